"""Lists of tests: the machines, what is finished, and what one user has submitted, with every filter and cookie."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.row import FORM, Row, asked, worker

METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH")
QUERIES = (
    "success_only=1",
    "yellow_only=1",
    "ltc_only=1",
    "success_only=0",
    "success_only=",
    "success_only=%20",
    "success_only=a%26b%3Dc",
    "yellow_only=1&ltc_only=1",
    "success_only=1&yellow_only=1&ltc_only=1",
    "success_only=1&success_only=",
    "page=2",
    "page=3",
    "page=4",
    "page=1000",
    "page=02",
    "page=%32",
    "page=%C2%B2",
    "page=2&page=3",
    "page=2&ltc_only=1",
    "page=2&success_only=x&nothing=1",
)
USER = "6361726f6c"  # carol
TOKEN = {"reader_token": r'name="csrf-token" content="([0-9a-f]{40})"'}
CRASHES = ("finished tests with a filter that is no UTF-8", "tests of a user that is no UTF-8")


def rows() -> Iterator[Row]:
    yield from readers()
    yield from machines()
    yield from finished()
    yield from users_tests()
    yield from sessions()


def readers() -> Iterator[Row]:
    """A submitter and an approver log in; a machine takes a task, which it keeps for the rows of one test."""
    for name, user in (("reader", "erin"), ("approver", "dave")):
        note = {f"{name}_token": TOKEN["reader_token"]}
        yield Row(f"the {name} sees the form", "GET", "/login", browser=name, note=note)
        form = f"csrf_token=${name}_token&username={user}&password=pw-{user}"
        yield Row(f"the {name} logs in", "POST", "/login", form, (FORM,), name)
    yield Row("no machines at work", "GET", "/tests/machines")
    yield worker("for the lists", "request_task", asked(), None, ("X-Country-Code", "FR"))


def machines() -> Iterator[Row]:
    for method in METHODS:
        yield Row(f"{method} the machines", method, "/tests/machines")
    yield Row("the machines as JSON", "GET", "/tests/machines", headers=(("Accept", "application/json"),))
    yield Row("the machines with a query", "GET", "/tests/machines?page=2&x=%3C")
    yield Row("the machines with a slash", "GET", "/tests/machines/")
    yield Row("the machines for a reader", "GET", "/tests/machines", browser="reader")
    for cookies in (
        "machines_state=Hide",
        "machines_state=Show",
        "machines_state=Hide; machines_state=Show",
        "machines_state=Show; machines_state=Hide",
        'machines_state="Hide"',
        "machines_state=hide",
    ):
        yield Row(f"the queue with {cookies}", "GET", "/tests", headers=(("Cookie", cookies),))
    yield Row("the queue for a reader", "GET", "/tests", browser="reader")
    yield Row("the queue for an approver", "GET", "/tests", browser="approver")


def finished() -> Iterator[Row]:
    for method in METHODS:
        yield Row(f"{method} finished tests", method, "/tests/finished")
    for query in QUERIES:
        yield Row(f"finished tests with {query}", "GET", f"/tests/finished?{query}")
        yield Row(f"the queue with {query}", "GET", f"/tests?{query}")
    yield Row("finished tests with a filter that is no UTF-8", "GET", "/tests/finished?success_only=%ff")
    yield Row("finished tests by a form", "POST", "/tests/finished", "page=2&ltc_only=1", (FORM,))
    yield Row("finished tests by a form and a query", "POST", "/tests/finished?page=3", "page=2", (FORM,))
    yield Row("finished tests with a slash", "GET", "/tests/finished/")
    yield Row("finished tests for a reader", "GET", "/tests/finished", browser="reader")
    yield Row("finished tests in the dark", "GET", "/tests/finished", headers=(("Cookie", "theme=dark"),))


def users_tests() -> Iterator[Row]:
    for method in METHODS:
        yield Row(f"{method} tests of carol", method, "/tests/user/carol")
    for user in ("erin", "grace", "alice", "dave", "paul", "bob"):
        yield Row(f"tests of {user}", "GET", f"/tests/user/{user}")
    for name in ("nobody", "Carol", "", "carol/", "%63arol", "c%2Farol", "%20carol", "%3Cb%3E", "a%00b", "k%C3%A4the"):
        yield Row(f"tests of {name!r}", "GET", f"/tests/user/{name}")
    yield Row("tests of a user that is no UTF-8", "GET", "/tests/user/%ff")
    for query in ("page=2", "page=2&success_only=1", "yellow_only=1", "ltc_only=1", "page=9"):
        yield Row(f"tests of grace with {query}", "GET", f"/tests/user/grace?{query}")
    for cookies in (
        "pending_state=Hide",
        f"user{USER}_pending_state=Hide",
        f"user{USER}_active_state=Show; user{USER}_finished_state=Show",
        f"user{USER}_paused_state=Hide; user{USER}_paused_state=Show",
        f"user{USER}_paused_state=Show; user{USER}_paused_state=Hide",
        "user00_pending_state=Hide",
    ):
        yield Row(f"tests of carol with {cookies}", "GET", "/tests/user/carol", headers=(("Cookie", cookies),))
    yield Row("tests of carol for a reader", "GET", "/tests/user/carol", browser="reader")
    yield Row("tests of carol for an approver", "GET", "/tests/user/carol", browser="approver")


def sessions() -> Iterator[Row]:
    """A session that is due again goes out with a full page; a fragment leaves it alone, and its messages with it."""
    due = (("Cookie", "session=$session_of_strangers"),)
    for target in (
        "/tests/machines",
        "/tests/finished",
        "/tests/finished?page=2",
        "/tests/user/carol",
        "/tests/user/x",
    ):
        yield Row(f"a waiting message at {target}", "GET", target, headers=due)
        yield Row(f"a waiting message at HEAD {target}", "HEAD", target, headers=due)
        yield Row(f"a blocked reader at {target}", "GET", target, headers=(("Cookie", "auth_tkt=$ticket_of_bob"),))
