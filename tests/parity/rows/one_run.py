"""One test: its page, tasks, statistics and live Elo, for each kind of run and each kind of visitor."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.lists import METHODS
from tests.parity.rows.row import FORM, STATS, Row, asked, worker

KINDS = ("sprt", "spsa", "fixed", "pending", "finished", "odd", "deleted", "failed", "purged")
PAGES = ("view", "tasks", "stats", "live_elo")
NO_RUNS = ("zz", "0123456789abcdef01234567", "", "0123456789abcdef0123456", "%3Cb%3E", "a%00b", "k%C3%A4the", "$sprt/x")
CRASHES = ("tasks of a run that is no UTF-8",)


def rows() -> Iterator[Row]:
    yield from kinds()
    yield from tasks()
    yield from wrong_ids()
    yield from methods()
    yield from sessions()


def kinds() -> Iterator[Row]:
    for kind in KINDS:
        for page in PAGES:
            yield Row(f"{page} of the {kind} test", "GET", f"/tests/{page}/${kind}")
        yield Row(f"view of the {kind} test for its submitter", "GET", f"/tests/view/${kind}", browser="reader")
        yield Row(f"view of the {kind} test for an approver", "GET", f"/tests/view/${kind}", browser="approver")
    for query in ("follow", "follow=", "follow=0", "Follow=1", "x=follow", "follow=1&show_task=0"):
        yield Row(f"view with {query}", "GET", f"/tests/view/$fixed?{query}")
    yield Row("view with follow in a form", "POST", "/tests/view/$fixed", "follow=1&show_task=0", (FORM,))


def tasks() -> Iterator[Row]:
    """The machine that took a task before the lists gives it up at the end."""
    yield worker("for one test", "update_task", asked(run_id="$sprt", task_id=2, stats=STATS))
    for task in ("0", "1", "2", "3", "-1", "01", "x", "", "99999999999", "%C2%B2"):
        yield Row(f"tasks with show_task={task}", "GET", f"/tests/tasks/$sprt?show_task={task}")
        yield Row(f"view with show_task={task}", "GET", f"/tests/view/$sprt?show_task={task}")
    for page in PAGES:
        yield Row(f"{page} of a played test", "GET", f"/tests/{page}/$sprt")
        yield Row(f"{page} of a played test for an approver", "GET", f"/tests/{page}/$sprt", browser="approver")
    for cookies in ("tasks_state=Hide", "tasks_state=Show; tasks_state=Hide", "tasks_state=Hide; tasks_state=Show"):
        yield Row(f"view with {cookies}", "GET", "/tests/view/$sprt", headers=(("Cookie", cookies),))
    yield worker("after one test", "failed_task", asked(run_id="$sprt", task_id=2, message="done looking"))


def wrong_ids() -> Iterator[Row]:
    for page in PAGES:
        for run in NO_RUNS:
            yield Row(f"{page} of {run!r}", "GET", f"/tests/{page}/{run}")
        yield Row(f"{page} of an upper-case run", "GET", f"/tests/{page}/$SPRT")
    yield Row("tasks of a run that is no UTF-8", "GET", "/tests/tasks/%ff")


def methods() -> Iterator[Row]:
    for page in PAGES:
        for method in METHODS[1:]:
            yield Row(f"{method} {page}", method, f"/tests/{page}/$sprt")


def sessions() -> Iterator[Row]:
    """Rows of tasks are a fragment: they leave the session and its messages alone."""
    due = (("Cookie", "session=$session_of_strangers"),)
    for page in PAGES:
        yield Row(f"a waiting message at {page}", "GET", f"/tests/{page}/$sprt", headers=due)
        yield Row(f"a waiting message at {page} of no run", "GET", f"/tests/{page}/zz", headers=due)
