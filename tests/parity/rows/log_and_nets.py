"""The event log with its filters, the networks and their upload, the tools that compute in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from domain.documents import ACTION_FIELDS
from tests.parity.rows.row import FORM, Pairs, Row
from tests.support.log_and_nets import LONG_AGO, RUN, WORKER, net_name

USERS = {"logger": "carol", "warden": "dave"}
"""Browsers of their own with who logs in there: a user, and an approver."""

TOKEN = r'name="csrf-token" content="([0-9a-f]{40})"'
AS_JSON = ("Accept", "application/json")
METHODS = ("POST", "HEAD", "PUT", "DELETE", "OPTIONS")


def rows() -> Iterator[Row]:
    yield from logins()
    yield from event_log()
    yield from searches()
    yield from pages_of_events()
    yield from networks()
    yield from uploads()
    yield from bodies_of_uploads()
    yield from tools()


def logins() -> Iterator[Row]:
    for browser, user in USERS.items():
        yield Row(f"{browser} sees the form", "GET", "/login", browser=browser, note={f"{browser}_token": TOKEN})
        form = f"csrf_token=${browser}_token&username={user}&password=pw-{user}"
        yield Row(f"{browser} logs in", "POST", "/login", form, (FORM,), browser)


def event_log() -> Iterator[Row]:
    yield Row("the event log", "GET", "/actions")
    for method in METHODS:
        yield Row(f"{method} of the event log", method, "/actions?max_actions=3")
    yield Row("the event log by a form", "POST", "/actions", "user=carol&action=failed_task", (FORM,))
    yield Row("the event log by query and form", "POST", "/actions?user=carol", "user=dave&text=build", (FORM,))
    for kind in (*sorted(ACTION_FIELDS), "update_stats", "nothing", "<b>"):
        yield Row(f"events of kind {kind}", "GET", f"/actions?action={kind}&max_actions=20")
    for user in ("carol", "nobody", "CAROL", "%3Ci%3Ex%3C/i%3E", "fishtest.system", "%22%20onfocus=%22alert(1)"):
        yield Row(f"events of {user}", "GET", f"/actions?user={user}")
    for run in ("$sprt", RUN, "zz", "%00"):
        yield Row(f"events of run {run}", "GET", f"/actions?run_id={run}")
    yield Row("events by everything", "GET", f"/actions?action=failed_task&user=carol&text=build&run_id={RUN}&page=1")
    yield Row("a filter given twice", "GET", "/actions?user=carol&user=dave")
    for browser in USERS:
        yield Row(f"{browser} looks at the event log", "GET", f"/actions?run_id={RUN}", browser=browser)
        yield Row(f"{browser} looks at blocked workers", "GET", "/actions?action=block_worker", browser=browser)


def searches() -> Iterator[Row]:
    """The text of a search, in every way to write one."""
    for text in (
        "build",
        "BUILD",
        "buil",
        "build bench",
        '"would not build"',
        '"would not" bench',
        "“would not build”",
        "«would not build»",
        "'would not build'",
        '"would not',
        f'"{WORKER}"',
        "carol-4cores",
        "checksum -book",
        'message -"message 1"',
        "-message",
        "☃",
        "Ünbekannt",
        ".*",
        "(",
        "\\",
        '"',
        " ",
        "nn-0123456789ab.nnue",
        "<b>",
        "\0",
    ):
        yield Row(f"text {text!r}", "GET", f"/actions?text={encoded(text)}")


def pages_of_events() -> Iterator[Row]:
    early = LONG_AGO.timestamp() + 600
    for query in (
        "page=2",
        "page=0",
        "page=-1",
        "page=x",
        "page=%D9%A3",
        "user=grace&page=2",
        "user=nobody&page=9",
        f"before={early}",
        f"before={int(early)}&page=2",
        "before=",
        "before=nan",
        "before=1e400",
        "before=-1",
        "before=%201e3%20",
        "max_actions=1",
        "max_actions=26",
        "max_actions=26&page=2",
        "max_actions=0&user=grace",
        "max_actions=-1&user=grace",
        "max_actions=x&user=grace",
        "max_actions=999999999",
        "max_actions=99999999999999999999&user=grace",
    ):
        yield Row(f"events with {query}", "GET", f"/actions?{query}")
    yield Row("events before no time", "GET", "/actions?before=x")
    yield Row("the time in a form", "POST", "/actions", "before=x", (FORM,))
    for query in (
        "user=grace&page=99",
        "user=grace&page=4",
        "user=grace&page=99&max_actions=30",
        "user=grace&text=message&page=999999999&before=1e11",
        "text=%22message+1%22&action=log_message&page=2",
        "text=%C3%BC+message&user=grace&page=9",
    ):
        yield Row(f"beyond the end with {query}", "GET", f"/actions?{query}")
        yield Row(f"beyond the end as JSON with {query}", "GET", f"/actions?{query}", None, (AS_JSON,))
    for browser in USERS:
        yield Row(f"{browser} beyond the end", "GET", "/actions?user=grace&page=99", browser=browser)


def networks() -> Iterator[Row]:
    yield Row("networks", "GET", "/nns")
    for method in METHODS:
        yield Row(f"{method} of networks", method, "/nns")
    for query in (
        "page=2",
        "page=0",
        "page=x",
        "page=99",
        "user=carol",
        "user=CAROL",
        "user=c.*l",
        "user=%5Ecarol",
        "user=nobody",
        "user=carol&page=2",
        f"network_name={net_name(7)}",
        "network_name=00(1%7C2)",
        "network_name=NN-",
        "network_name=%3Cb%3E",
        "user=erin&network_name=0",
        "master_only=true",
        "user=carol&user=erin",
    ):
        yield Row(f"networks with {query}", "GET", f"/nns?{query}")
    for broken in ("user=(", "network_name=%5B", "user=*", "user=a%5C"):
        yield Row(f"networks with a broken {broken}", "GET", f"/nns?{broken}")
    for cookie in ("true", "false", "TRUE", "", '"true"', "true; master_only=false", "false; master_only=true"):
        yield Row(f"networks with cookie {cookie}", "GET", "/nns", headers=(("Cookie", f"master_only={cookie}"),))
    for browser in USERS:
        yield Row(f"{browser} looks at networks", "GET", "/nns?user=grace", browser=browser)


def uploads() -> Iterator[Row]:
    """Whose file is kept, and why another's is not."""
    for method in ("GET", "HEAD", "OPTIONS"):
        yield Row(f"{method} of the upload by a stranger", method, "/upload")
    yield Row("the upload by a stranger with a query", "GET", "/upload?a=b c&d=%C3%BC".replace(" ", "%20"))
    for method in ("POST", "PUT", "DELETE"):
        yield Row(f"{method} of the upload without a token", method, "/upload", "", (FORM,))
    yield Row("the upload form", "GET", "/upload", browser="logger")
    yield Row("HEAD of the upload form", "HEAD", "/upload", browser="logger")
    yield Row("PUT of the upload form", "PUT", "/upload", "", token(), "logger")
    yield Row("DELETE of the upload form", "DELETE", "/upload", "", token(), "logger")
    yield Row("an upload without a token", "POST", "/upload", file("good"), MULTIPART, "logger")
    yield Row(
        "an upload with a wrong token", "POST", "/upload", file("x", fields={"csrf_token": "0"}), MULTIPART, "logger"
    )
    for name, content, given in (
        ("a network", "good", ""),
        ("the same network again", "good", ""),
        ("a network that is known", "x", net_name(3)),
        ("another name", "good", "nn-good.nnue"),
        ("another hash", "good", "nn-0123456789ff.nnue"),
        ("upper-case digits", "good", name_of("good").upper()),
        ("an empty network", "", name_of("x")),
        ("an empty network of its name", "", ""),
        ("a path", "good", f"../../{name_of('good')}"),
        ("a name with a line end", "good", name_of("good") + "%0A"),
        ("markup as a name", "good", "<b>&amp;'.nnue"),
        ("a name of other letters", "good", "нейросеть.nnue"),
        ("a network of many lines", "\r\n--\r\n--X\n\r\n" * 500, ""),
    ):
        yield Row(f"upload of {name}", "POST", "/upload", file(content, given), (*MULTIPART, *token()), "logger")
    yield Row(
        "upload with the token in a field",
        "POST",
        "/upload",
        file("by field", fields={"csrf_token": "$logger_token"}),
        MULTIPART,
        "logger",
    )
    yield Row("what was uploaded", "GET", "/nns", browser="warden")
    yield Row("what was written down", "GET", "/actions?action=upload_nn", browser="warden")


def bodies_of_uploads() -> Iterator[Row]:
    """Bodies that no form of ours sends."""
    disposition = 'Content-Disposition: form-data; name="network"'
    for name, body in (
        ("no fields", "--XX--\r\n"),
        ("nothing", ""),
        ("a field of another name", part('Content-Disposition: form-data; name="net"; filename="a"', "x")),
        ("a text instead of a file", part(disposition, "x")),
        ("no file chosen", part(f'{disposition}; filename=""', "")),
        ("base64", part(f'{disposition}; filename="{name_of("abc")}"\r\nContent-Transfer-Encoding: 8bit', "abc")),
        ("two files", part(f'{disposition}; filename="a"', "x", last=False) + file("second")),
        ("a file and a text", file("third").removesuffix("--XX--\r\n") + part(disposition, "x")),
    ):
        yield Row(f"upload with {name}", "POST", "/upload", body, (*MULTIPART, *token()), "logger")
    for name, kind in (
        ("a form", FORM[1]),
        ("JSON", "application/json"),
        ("no kind", ""),
        ("a form without a boundary", "multipart/form-data"),
        ("another charset", "multipart/form-data; charset=latin-1; boundary=XX"),
    ):
        yield Row(f"upload as {name}", "POST", "/upload", "network=x", (("Content-Type", kind), *token()), "logger")
    chunks = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in (file("in chunks")[:50], file("in chunks")[50:]))
    yield Row(
        "upload in chunks",
        "POST",
        "/upload",
        f"{chunks}0\r\n\r\n",
        (*MULTIPART, *token(), ("Transfer-Encoding", "chunked")),
        "logger",
    )


def tools() -> Iterator[Row]:
    for path in ("/sprt_calc", "/rate_limits"):
        yield Row(f"GET {path}", "GET", path)
        for method in METHODS:
            yield Row(f"{method} of {path}", method, path)
        yield Row(f"{path} in the dark", "GET", path, headers=(("Cookie", "theme=dark"),))
        yield Row(f"{path} with a query", "GET", f"{path}?elo0=1&elo1=2")
        yield Row(f"{path} with a slash", "GET", f"{path}/")
        yield Row(f"warden looks at {path}", "GET", path, browser="warden")


MULTIPART: Pairs = (("Content-Type", "multipart/form-data; boundary=XX"),)


def token() -> Pairs:
    return (("X-CSRF-Token", "$logger_token"),)


def name_of(content: str) -> str:
    return f"nn-{sha256(content.encode()).hexdigest()[:12]}.nnue"


def file(content: str, name: str = "", fields: dict[str, str] | None = None) -> str:
    """The body of an upload; without a name the file gets the one it must have."""
    parts = [
        part(f'Content-Disposition: form-data; name="{key}"', value, last=False)
        for key, value in (fields or {}).items()
    ]
    disposition = f'Content-Disposition: form-data; name="network"; filename="{name or name_of(content)}"'
    return "".join(parts) + part(f"{disposition}\r\nContent-Type: application/octet-stream", content)


def part(head: str, content: str, *, last: bool = True) -> str:
    return f"--XX\r\n{head}\r\n\r\n{content}\r\n" + ("--XX--\r\n" if last else "")


def encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
