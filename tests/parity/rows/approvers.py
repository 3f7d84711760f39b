"""What approvers see and decide, who contributes, and which machines are kept out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.parity.rows.people import MULTIPART, a_form, enters, parts
from tests.parity.rows.row import FORM, Row, asked


def rows() -> Iterator[Row]:
    yield from enters("ivy", "ivy")
    yield from enters("gus", "gus")
    yield from contributors()
    yield from users()
    yield from blocks()
    yield from decisions()
    yield from worker_list()
    yield from worker_forms()
    yield from statistics_of_nobody()


def contributors() -> Iterator[Row]:
    for target in ("/contributors", "/contributors/monthly"):
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            yield Row(f"{method} {target}", method, target)
        for browser in ("gus", "ivy"):
            yield Row(f"{browser} looks at {target}", "GET", target, browser=browser)
    for target in ("/contributors/", "/contributors/weekly", "/contributors/monthly/", "/contributors?page=2"):
        yield Row(f"GET {target}", "GET", target)


# Users


def users() -> Iterator[Row]:
    for target in ("/user/ella", "/user/paul", "/user/bob", "/user/ivy", "/user/nobody", "/user/j%C3%BCrgen"):
        yield Row(f"an approver looks at {target}", "GET", target, browser="ivy")
    for name, target in (
        ("markup", "/user/%3Cb%3E%20%26%20%22x'"),
        ("a slash", "/user/a%2Fb"),
        ("a percent sign", "/user/100%25"),
        ("two names", "/user/ella/paul"),
        ("another case", "/user/Ella"),
    ):
        yield Row(f"an approver looks at a name with {name}", "GET", target, browser="ivy")
    for method in ("HEAD", "PUT", "OPTIONS"):
        yield Row(f"{method} of another user", method, "/user/ella", browser="ivy")
        yield Row(f"{method} of the users", method, "/user_management", browser="ivy")
    for browser in ("", "gus", "ivy"):
        yield Row(f"the users for {browser or 'a stranger'}", "GET", "/user_management", browser=browser)
    yield Row("a visitor is told", "GET", "/nope", browser="gus")
    yield Row("POST to the users", "POST", "/user_management", "user=ella&blocked=1", (FORM,), "ivy")
    yield Row("the users with a slash", "GET", "/user_management/", browser="ivy")


def decides(name: str, target: str, form: dict[str, str]) -> Row:
    return Row(f"an approver {name}", "POST", target, a_form(form), (FORM,), "ivy")


def blocks() -> Iterator[Row]:
    yield from enters("troll", "trudy")
    trudy = "/user/trudy"
    yield decides("sends no mark", trudy, {"blocked": "1"})
    yield decides("sends the mark alone", trudy, {"user": "trudy"})
    for value in ("", "x", "-1", "1.0", " 1", "yes"):
        yield decides(f"blocks with {value!r}", trudy, {"user": "trudy", "blocked": value})
    yield Row("the troll is still there", "GET", "/tests", browser="troll")
    yield decides("blocks", trudy, {"user": "trudy", "blocked": "1"})
    yield Row("an approver sees the block", "GET", trudy, browser="ivy")
    for method, target in (("GET", "/tests"), ("GET", "/user"), ("POST", "/user"), ("HEAD", "/nope")):
        yield from enters_again(f"{method} {target}", method, target)
        yield Row(f"the troll is out at {method} {target}", method, target, browser="troll")
    yield decides("blocks again", trudy, {"user": "anybody", "blocked": "٢"})
    for value in ("0", "00", "٠"):
        yield decides(f"unblocks with {value!r}", trudy, {"user": "trudy", "blocked": value})
    yield from enters("reformed", "trudy")
    yield decides("unblocks with a square", trudy, {"user": "trudy", "blocked": "²"})
    yield decides("unblocks with the query", f"{trudy}?blocked=0", {"user": "trudy"})
    yield Row(
        "an approver blocks as multipart", "POST", trudy, parts({"user": "", "blocked": "0"}), (MULTIPART,), "ivy"
    )
    yield Row("an approver doubles", "POST", trudy, "user=trudy&blocked=1&blocked=0", (FORM,), "ivy")
    yield decides("blocks nobody", "/user/nobody", {"user": "nobody", "blocked": "1"})
    yield Row("an approver reads the flashes", "GET", "/nope", browser="ivy")


def enters_again(name: str, method: str, target: str) -> Iterator[Row]:
    """The ticket of before the block, sent once more, without a session."""
    ticket = (("Cookie", "auth_tkt=$ticket_of_trudy"),)
    yield Row(f"the troll's ticket at {name}", method, target, headers=ticket)
    yield Row(f"the troll's worker after {name}", "POST", "/api/request_version", json.dumps(asked()), ticket)


def decisions() -> Iterator[Row]:
    yield decides("accepts who does not wait", "/user/ella", {"user": "ella", "pending": "0"})
    yield decides("rejects who does not wait", "/user/ella", {"user": "ella", "pending": "1"})
    yield Row("an approver sees who does not wait", "GET", "/user/ella", browser="ivy")
    yield decides("accepts", "/user/nina", {"user": "nina", "pending": "0"})
    yield from enters("accepted", "nina")
    yield decides("rejects", "/user/otto", {"user": "otto", "pending": "1"})
    yield decides("rejects with nothing", "/user/pia", {"user": "pia", "pending": ""})
    yield decides("rejects once more", "/user/otto", {"user": "otto", "pending": "1"})
    yield from enters("rejected", "otto")
    yield decides("blocks who waits", "/user/quin", {"user": "quin", "pending": "1", "blocked": "1"})
    yield Row("an approver sees who waits", "GET", "/user/quin", browser="ivy")
    yield decides("accepts by two zeros", "/user/quin", {"user": "quin", "pending": "00"})
    yield Row("the users after all that", "GET", "/user_management", browser="ivy")


# Workers


def worker_list() -> Iterator[Row]:
    for browser in ("", "gus", "ivy"):
        yield Row(f"the workers for {browser or 'a stranger'}", "GET", "/workers/show", browser=browser)
    for method in ("HEAD", "OPTIONS", "POST", "PUT"):
        yield Row(f"{method} of the workers", method, "/workers/show", "", (FORM,), "gus")
    for target in ("/workers", "/workers/", "/workers/show/", "/workers/a%2Fb"):
        yield Row(f"GET {target}", "GET", target)
    for name in (
        "SHOW",
        "x",
        "gus-4cores",
        "gus-xcores-c0ffee00",
        "a-gus-4cores-c0ffee00",
        "%3Cb%3E%26",
        "gus%0A-4cores-ab",
    ):
        yield Row(f"a stranger names a worker {name}", "GET", f"/workers/{name}")
        yield Row(f"an approver names a worker {name}", "GET", f"/workers/{name}", browser="ivy")
    yield Row("a worker with a long name", "GET", f"/workers/{'x' * 300}")
    yield Row("a worker that is no UTF-8", "GET", "/workers/%ff")
    yield Row("a post to a wrong name", "POST", "/workers/x", "csrf_token=$gus_token", (FORM,), "gus")


def submits(name: str, form: dict[str, str], browser: str = "gus", worker: str = "gus-4cores-c0ffee00") -> Row:
    sent = a_form({"csrf_token": f"${browser}_token", **form})
    return Row(f"{browser} {name}", "POST", f"/workers/{worker}", sent, (FORM,), browser)


def worker_forms() -> Iterator[Row]:
    mine, other = "/workers/gus-4cores-c0ffee00", "/workers/ella-4cores-c0ffee00"
    yield Row("a stranger at a worker", "GET", f"{mine}?a=%C3%BC")
    yield Row("a stranger posts to a worker", "POST", mine, "submit=Submit", (FORM,))
    yield Row("a visitor at another's worker", "GET", other, browser="gus")
    yield submits("submits another's worker", {"submit": "Submit", "blocked": "1"}, worker="ella-4cores-c0ffee00")
    for method in ("GET", "HEAD", "OPTIONS"):
        yield Row(f"{method} of one's worker", method, mine, browser="gus")
    yield Row("a visitor posts without a token", "POST", mine, "submit=Submit&blocked=1", (FORM,), "gus")
    yield Row("PUT without a token", "PUT", mine, "submit=Submit", (FORM,), "gus")
    yield Row("PUT with a token", "PUT", mine, "submit=Submit", (FORM, ("X-CSRF-Token", "$gus_token")), "gus")
    for name, form in (
        ("posts nothing", {}),
        ("cancels", {"sumbit": "Cancel", "blocked": "1"}),
        ("submits another word", {"submit": "submit", "blocked": "1"}),
        ("submits nothing", {"submit": "Submit"}),
        ("blocks", {"submit": "Submit", "blocked": "", "message": "one\r\ntwo\rthree  \n"}),
        ("blocks again", {"submit": "Submit", "blocked": "0", "message": "<b>&\"'"}),
        ("blocks at length", {"submit": "Submit", "blocked": "1", "message": "ü" * 501}),
        ("fills the space", {"submit": "Submit", "blocked": "1", "message": "x" * 500}),
    ):
        yield submits(name, form)
        yield Row(f"the list after gus {name}", "GET", "/workers/show", browser="gus")
    yield Row("a blocked worker's form", "GET", mine, browser="gus")
    doubled = "csrf_token=$gus_token&submit=x&submit=Submit&message=a&message=b"
    yield Row("a visitor doubles", "POST", mine, doubled, (FORM,), "gus")
    yield Row("an approver at a worker", "GET", mine, browser="ivy")
    for worker in ("nobody-1cores-ab", "j%C3%BCrgen-1cores-ab"):
        yield submits(f"blocks {worker}", {"submit": "Submit", "blocked": "1"}, "ivy", worker)
        yield Row(f"an approver at {worker}", "GET", f"/workers/{worker}", browser="ivy")
    yield submits("unblocks", {"submit": "Submit"}, "ivy", "dave-4cores-c0ffee12")


def statistics_of_nobody() -> Iterator[Row]:
    """Deleting a user whom the statistics know breaks the page; everything after this row meets it broken."""
    yield decides("rejects who has given hours", "/user/ghost", {"user": "ghost", "pending": "1"})
    yield Row("the users with one too few", "GET", "/user_management", browser="ivy")
