"""The table of requests that both applications must answer alike, in the order in which they are sent.

`$name` in a target, a header or a body stands for what the seed made (`$sprt` is a run id) or for what the side itself
gave earlier (`$token`, `$sig`). A row with a browser sends that browser's cookies and keeps what comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FORM = ("Content-Type", "application/x-www-form-urlencoded")
HTTPS = ("X-Forwarded-Proto", "https")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    target: str
    body: bytes | str | None = None
    headers: Pairs = ()
    browser: str = ""
    note: dict[str, str] = field(default_factory=dict)
    """What to remember from the body: name and pattern with one group."""

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


INFO: dict[str, Any] = {
    "uname": "Linux 6.8",
    "architecture": ["64bit", "ELF"],
    "concurrency": 4,
    "max_memory": 8000,
    "min_threads": 1,
    "username": "carol",
    "version": 311,
    "python_version": [3, 12, 4],
    "gcc_version": [13, 2, 0],
    "compiler": "g++",
    "unique_key": "c0ffee12-1a2b-4c3d-9e8f-0123456789ab",
    "modified": False,
    "worker_arch": "x86-64-avx2",
    "ARCH": "?",
    "nps": 0.0,
    "near_github_api_limit": False,
}
NO_STATS = {"wins": 0, "losses": 0, "draws": 0, "crashes": 0, "time_losses": 0, "pentanomial": [0, 0, 0, 0, 0]}
STATS = {**NO_STATS, "wins": 4, "losses": 4, "draws": 22, "pentanomial": [0, 4, 7, 4, 0]}
NO_SPSA = {"wins": 0, "losses": 0, "draws": 0, "num_games": 0, "sig": 0}


def asked(info: dict[str, Any] | None = None, password: str = "pw-carol", **fields: Any) -> dict[str, Any]:
    return {"password": password, "worker_info": {**INFO, **(info or {})}, **fields}


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    """The body less one key, named by its path."""
    if len(path) == 1:
        return {key: value for key, value in body.items() if key != path[0]}
    return {**body, path[0]: without(body[path[0]], *path[1:])}


def worker(name: str, route: str, body: Any, note: dict[str, str] | None = None, *headers: tuple[str, str]) -> Row:
    text = body if isinstance(body, str | bytes) else json.dumps(body).replace('"$sig"', "$sig")
    return Row(
        f"{route} {name}",
        "POST",
        f"/api/{route}",
        text,
        (("Content-Type", "application/json"), *headers),
        note=note or {},
    )


def table() -> list[Row]:
    return [
        *malformed_bodies(),
        *identity(),
        *schema(),
        *tasks(),
        *spsa(),
        *pgns(),
        *ends(),
        *wrong_methods_and_paths(),
        *pages(),
        *logins(),
        *browsing(),
        *protection(),
        *proxies(),
        *files(),
    ]


def malformed_bodies() -> Iterator[Row]:
    for name, body in (
        ("an empty body", ""),
        ("half an object", '{"password": "pw-carol", "worker_info": {'),
        ("text", "hello"),
        ("an empty list", "[]"),
        ("a number", "1"),
        ("a string", '"x"'),
        ("null", "null"),
        ("NaN", "NaN"),
        ("two objects", "{}{}"),
        ("single quotes", "{'password': 'x'}"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("bytes that are no UTF-8", b'{"password": "\xff"}'),
        ("UTF-16", '{"password": "x"}'.encode("utf-16")),
        ("a form", "password=x&worker_info=y"),
        ("a lone surrogate", '{"password": "\\ud800", "worker_info": {"username": "carol"}}'),
        ("endless nesting", "[" * 200_000),
    ):
        yield worker(name, "request_version", body)
    yield worker("text that is no JSON", "beat", "}")
    yield worker("in Latin-1", "request_version", '{"password": "\xe9"}'.encode("latin-1"), None)
    yield Row(
        "request_version declared as Latin-1",
        "POST",
        "/api/request_version",
        '{"password": "\xe9", "worker_info": {"username": "carol"}}'.encode("latin-1"),
        (("Content-Type", "application/json; charset=iso-8859-1"),),
    )
    yield Row("request_version without a body", "POST", "/api/request_version")
    yield Row(
        "request_version as plain text",
        "POST",
        "/api/request_version",
        json.dumps(asked()),
        (("Content-Type", "text/plain"),),
    )
    yield Row("request_version as a form", "POST", "/api/request_version", json.dumps(asked()), (FORM,))
    yield Row(
        "request_version in an unknown charset",
        "POST",
        "/api/request_version",
        "{}",
        (("Content-Type", "a/b; charset=x"),),
    )
    yield Row(
        "request_version with a query",
        "POST",
        "/api/request_version?x=1&y=%C3%A9",
        json.dumps(without(asked(), "password")),
    )
    yield Row(
        "request_version in pieces",
        "POST",
        "/api/request_version",
        in_pieces(json.dumps(asked())),
        (("Transfer-Encoding", "chunked"),),
    )


def in_pieces(text: str) -> bytes:
    """Chunked, as RFC 9112 7.1 has it."""
    pieces = [text[start : start + 100].encode() for start in range(0, len(text), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def identity() -> Iterator[Row]:
    route = "request_version"
    little = {"password": "pw-carol", "worker_info": {"username": "carol"}}
    yield worker("with little", route, little)
    yield worker("with everything", route, asked(surplus=1))
    yield worker("without password", route, without(little, "password"))
    yield worker("without worker_info", route, without(little, "worker_info"))
    yield worker("without username", route, without(little, "worker_info", "username"))
    yield worker("without anything", route, {})
    yield worker("with a number as password", route, {**little, "password": 7})
    yield worker("with a list as worker_info", route, {**little, "worker_info": []})
    yield worker("with a short name", route, {**little, "worker_info": {"username": "c"}})
    yield worker("with a name of other letters", route, {**little, "worker_info": {"username": "käte-☃"}})
    yield worker("with a very long name", route, {**little, "worker_info": {"username": "-" * 500}})
    yield worker("with both quotes", route, {**little, "worker_info": {"username": "a'b\"c"}})
    yield worker("with a wrong password", route, asked(password="wrong"))
    yield worker("with an empty password", route, asked(password=""))
    yield worker("with a password of other letters", route, asked(password="pässwörd☃"))
    yield worker("of an unknown user", route, asked({"username": "nobody"}))
    yield worker("of a blocked user", route, asked({"username": "bob"}, "pw-bob"))
    yield worker("of a blocked user with a wrong password", route, asked({"username": "bob"}))
    yield worker("of a pending user", route, asked({"username": "paul"}, "pw-paul"))
    yield worker("wrong password before a schema fault", "beat", asked({"concurrency": 0}, "wrong"))


def schema() -> Iterator[Row]:
    route = "request_task"
    for key in INFO:
        if key != "username":
            yield worker(f"without {key}", route, without(asked(), "worker_info", key))
    for name, change in (
        ("no threads", {"concurrency": 0}),
        ("threads as text", {"concurrency": "4"}),
        ("threads as a float", {"concurrency": 4.0}),
        ("negative memory", {"max_memory": -1}),
        ("one architecture", {"architecture": ["64bit"]}),
        ("three architectures", {"architecture": ["64bit", "ELF", "x"]}),
        ("a short version", {"python_version": [3, 12]}),
        ("a text in the version", {"python_version": [3, 12, "4"]}),
        ("an upper-case key", {"unique_key": "c0ffee12-1A2B-4c3d-9e8f-0123456789ab"}),
        ("a key with a line end", {"unique_key": "c0ffee12-1a2b-4c3d-9e8f-0123456789ab\n"}),
        ("another compiler", {"compiler": "icc"}),
        ("another architecture", {"worker_arch": "x86-1024"}),
        ("modified as a number", {"modified": 1}),
        ("negative speed", {"nps": -1}),
        ("speed that is no number", {"nps": float("nan")}),
        ("a long text for a number", {"concurrency": "x" * 300}),
        ("a surplus key", {"surplus": 1}),
        ("a surplus key of other letters", {"ключ": 1}),
    ):
        yield worker(name, route, asked(change))
    yield worker("a surplus key outside", route, asked(surplus=1))
    yield worker("a task without a run", "beat", asked(task_id=0))
    yield worker("a negative task", "beat", asked(run_id="$sprt", task_id=-1))
    yield worker("a task as text", "beat", asked(run_id="$sprt", task_id="0"))
    yield worker("a malformed run id", "beat", asked(run_id="zz", task_id=0))
    yield worker("a message that is no text", "worker_log", asked(message=1))
    for name, change in (
        ("stats without wins", {"wins": None}),
        ("games that do not add up", {"wins": 5}),
        ("four pentanomials", {"pentanomial": [0, 4, 8, 4]}),
        ("too many draws", {"wins": 3, "losses": 3, "draws": 26}),
        ("negative crashes", {"crashes": -1}),
    ):
        stats = {key: value for key, value in {**STATS, **change}.items() if value is not None}
        yield worker(name, "update_task", asked(run_id="$sprt", task_id=0, stats=stats))
    yield worker(
        "an odd number of games",
        "update_task",
        asked(run_id="$sprt", task_id=0, stats=STATS, spsa={**NO_SPSA, "num_games": 1}),
    )


ERIN = {"username": "erin", "compiler": "clang++", "unique_key": "deadbeef-1a2b-4c3d-9e8f-0123456789ab"}
OTHER_KEY = {"unique_key": "deadbeef-1a2b-4c3d-9e8f-0123456789ab"}


def tasks() -> Iterator[Row]:
    """One worker takes a task of the SPRT run and plays; others come too near."""
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    yield worker("the first task", "request_task", asked(), None, ("X-Country-Code", "DE"))
    yield worker(
        "the same name elsewhere", "request_task", asked({"unique_key": "c0ffee12-ffff-4c3d-9e8f-0123456789ab"})
    )
    yield worker("a blocked worker", "request_task", asked({"username": "dave"}, "pw-dave"))
    yield worker(
        "another user",
        "request_task",
        asked(ERIN, "pw-erin"),
        None,
        ("X-Country-Code", "ZZ"),
    )
    yield worker(
        "more than the limit",
        "request_task",
        asked({**ERIN, "unique_key": "feedbeef-1a2b-4c3d-9e8f-0123456789ab"}, "pw-erin"),
    )
    yield worker(
        "too little memory",
        "request_task",
        asked({"max_memory": 10, "unique_key": "abcd1234-1a2b-4c3d-9e8f-0123456789ab"}),
    )
    yield worker("an unknown run", "beat", asked(run_id="0123456789abcdef01234567", task_id=0))
    yield worker("an unknown task", "beat", asked(run_id="$sprt", task_id=99))
    yield worker("another key", "beat", asked(OTHER_KEY, **mine))
    yield worker("another user", "beat", asked({"username": "erin"}, "pw-erin", **mine))
    yield worker("without run", "beat", asked())
    yield worker("without task", "beat", asked(run_id="$sprt"))
    yield worker("of a live task", "beat", asked(**mine))
    yield worker("with an upper-case run id", "beat", asked(run_id="$SPRT", task_id=0))
    yield worker("with the query ignored", "beat?run_id=zz", asked(**mine))
    yield worker("results", "update_task", asked(stats=STATS, **mine))
    yield worker("the same results again", "update_task", asked(stats=STATS, **mine))
    yield worker("without stats", "update_task", asked(**mine))
    yield worker("without task", "update_task", asked(run_id="$sprt", stats=STATS))
    yield worker("without run", "update_task", asked(stats=STATS))
    yield worker("a message", "worker_log", asked(message="book checksum differs ☃"))
    yield worker("no message", "worker_log", asked())
    yield worker("a message that is too long", "worker_log", asked(message="x" * 9000))
    yield worker("fewer games than before", "update_task", asked(stats=NO_STATS, **mine))
    yield worker("a dead task", "update_task", asked(stats=STATS, **mine))
    yield worker("a dead task", "beat", asked(**mine))
    yield worker("a dead task", "failed_task", asked(message="late", **mine))
    yield worker("without run", "failed_task", asked())
    yield worker("without task", "failed_task", asked(run_id="$sprt"))


def spsa() -> Iterator[Row]:
    """The next task comes from the SPSA run, by its priority."""
    mine: dict[str, Any] = {"run_id": "$spsa", "task_id": 0}
    yield worker("on a run without it", "request_spsa", asked(run_id="$sprt", task_id=0))
    yield worker("without run", "request_spsa", asked())
    yield worker("without task", "request_spsa", asked(run_id="$spsa"))
    yield worker("of another worker", "request_spsa", asked(OTHER_KEY, **mine))
    yield worker(
        "parameters",
        "request_spsa",
        asked(ERIN, "pw-erin", **mine),
        {"sig": r'"sig": (\d+)'},
    )
    # As many wins as losses: whatever the signs were, the parameters stay where they are.
    stats = {**NO_STATS, "wins": 1, "losses": 1, "pentanomial": [0, 0, 1, 0, 0]}
    played = {**NO_SPSA, "wins": 1, "losses": 1, "num_games": 2, "sig": "$sig"}
    yield worker("played with parameters", "update_task", asked(ERIN, "pw-erin", stats=stats, spsa=played, **mine))
    yield worker("the same games again", "update_task", asked(ERIN, "pw-erin", stats=stats, spsa=played, **mine))
    yield worker("parameters of an ended task", "request_spsa", asked(ERIN, "pw-erin", **mine))
    yield worker("another task", "request_task", asked(ERIN, "pw-erin"))
    yield worker(
        "games without parameters", "update_task", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1, stats=stats)
    )


def pgns() -> Iterator[Row]:
    from base64 import b64encode
    from gzip import compress

    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    good = b64encode(compress(b'[Event "x"]\n', mtime=0)).decode()
    yield worker("games", "upload_pgn", asked(pgn=good, **mine))
    yield worker("games again with noise", "upload_pgn", asked(pgn=f"{good[:8]}\n {good[8:]}", message="", **mine))
    yield worker("without games", "upload_pgn", asked(**mine))
    yield worker("without run", "upload_pgn", asked(pgn=good))
    yield worker("without task", "upload_pgn", asked(pgn=good, run_id="$sprt"))
    yield worker("broken padding", "upload_pgn", asked(pgn="abc", **mine))
    yield worker("other letters", "upload_pgn", asked(pgn="☃☃☃☃", **mine))
    yield worker("not compressed", "upload_pgn", asked(pgn=b64encode(b"plain text, long enough").decode(), **mine))
    yield worker("nothing", "upload_pgn", asked(pgn="", **mine))


def ends() -> Iterator[Row]:
    yield worker("without run", "stop_run", asked())
    yield worker("without task", "stop_run", asked(run_id="$sprt"))
    yield worker("without the right", "stop_run", asked(run_id="$sprt", task_id=0, message="bench mismatch"))
    yield worker("with the right", "stop_run", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1))
    yield worker("of a finished run", "stop_run", asked(ERIN, "pw-erin", run_id="$spsa", task_id=1))
    yield worker(
        "of an ended task",
        "request_spsa",
        asked(ERIN, "pw-erin", run_id="$spsa", task_id=1),
    )
    yield worker("of a fresh task", "request_task", asked({"min_threads": 1}))
    yield worker(
        "my machine broke ☃", "failed_task", asked(run_id="$sprt", task_id=1, message="engine would not build")
    )
    yield worker("a second time", "failed_task", asked(run_id="$sprt", task_id=1))


def wrong_methods_and_paths() -> Iterator[Row]:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        yield Row(f"{method} on a worker route", method, "/api/beat")
    yield Row("PUT of a worker body", "PUT", "/api/request_version", json.dumps(asked()))
    for target in (
        "/api/beat/",
        "/api",
        "/api/",
        "/api/nothing",
        "/nope",
        "/tests/",
        "/login/",
        "/favicon.ico",
        "/robots.txt",
        "/tests/view/",
        "/tests/view/$sprt/",
        "/tests/view/a%2Fb",
        "/docs",
        "/openapi.json",
        "/internal/nothing",
    ):
        yield Row(f"GET {target}", "GET", target)
    yield Row("POST to a slash", "POST", "/api/beat/", json.dumps(asked()))
    yield Row("GET of logout", "GET", "/logout")
    yield Row("HEAD of logout", "HEAD", "/logout")
    yield Row("PUT of login", "PUT", "/login", "x=1", (FORM,))
    yield Row("DELETE of login", "DELETE", "/login")
    yield Row("OPTIONS of login", "OPTIONS", "/login")
    yield Row("two slashes", "GET", "//tests")
    yield Row("two slashes inside", "GET", "/tests//view")
    yield Row("a path that is no UTF-8", "GET", "/%ff")
    yield Row("a query that is no UTF-8", "GET", "/tests?page=%ff")
    yield Row("a fraction of the path encoded", "GET", "/%74ests?page=2")


def pages() -> Iterator[Row]:
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        yield Row(f"{method} /", method, "/")
        yield Row(f"{method} /tests", method, "/tests")
        yield Row(f"{method} a run", method, "/tests/view/$sprt")
    for accept in ("text/html", "application/json", "text/*;q=0.1", "image/png"):
        yield Row(f"/ as {accept}", "GET", "/", headers=(("Accept", accept),))
    for run in ("spsa", "fixed", "pending", "finished"):
        yield Row(f"the {run} run", "GET", f"/tests/view/${run}")
    for query in ("follow=1", "show_task=0", "show_task=99", "show_task=x", "follow"):
        yield Row(f"a run with {query}", "GET", f"/tests/view/$sprt?{query}")
    yield Row("an upper-case run", "GET", "/tests/view/$SPRT")
    yield Row("a malformed run", "GET", "/tests/view/zz")
    yield Row("an unknown run", "GET", "/tests/view/0123456789abcdef01234567")
    for query in (
        "page=2",
        "page=0",
        "page=-1",
        "page=x",
        "page=1",
        "page=99",
        "page=2&success_only=1",
        "ltc_only=yes",
        "yellow_only=1",
    ):
        yield Row(f"tests with {query}", "GET", f"/tests?{query}")


def logins() -> Iterator[Row]:
    note = {"token": r'name="csrf-token" content="([0-9a-f]{40})"'}
    for browser in ("carol", "dave", "stranger"):
        yield Row(
            f"{browser} sees the form", "GET", "/login", browser=browser, note={f"{browser}_token": note["token"]}
        )
    yield Row("HEAD of the form", "HEAD", "/login")
    yield Row("the form with a next page", "GET", "/login?next=/tests/view/$sprt")

    def login(name: str, browser: str, form: str, query: str = "", *headers: tuple[str, str]) -> Row:
        return Row(name, "POST", f"/login{query}", f"csrf_token=${browser}_token&{form}", (FORM, *headers), browser)

    yield login("a wrong password", "stranger", "username=carol&password=wrong")
    yield login("an unknown user", "stranger", "username=n%C3%B6body&password=x")
    yield login("no user at all", "stranger", "password=x")
    yield login("nothing at all", "stranger", "")
    yield login("a blocked user", "stranger", "username=bob&password=pw-bob")
    yield login("a pending user", "stranger", "username=paul&password=pw-paul")
    yield login("markup as a name", "stranger", "username=%3Cb%3E%26%22'&password=x")
    yield login("a form that is no UTF-8", "stranger", "username=%ff&password=x")
    yield login("a name in the query", "stranger", "username=carol&password=wrong", "?username=dave")
    yield login("carol logs in", "carol", "username=carol&password=pw-carol")
    yield Row("logged in already", "GET", "/login", browser="carol")
    yield login(
        "dave stays logged in", "dave", "username=dave&password=pw-dave&stay_logged_in=on", "?next=/tests/view/$sprt"
    )
    for number, (query, form) in enumerate(
        (
            ("?next=https://other.example/x", ""),
            ("?next=//other.example/x", ""),
            ("?next=tests%3Fpage=2", ""),
            ("?next=", ""),
            ("?came_from=/tests", ""),
            ("", "&next=/tests%3Fa%3D1"),
            ("?next=/%C3%BC", ""),
            ("?next=/a%0d%0aX-Evil:%201", ""),
        )
    ):
        browser = f"guest{number}"
        yield Row(
            f"{browser} sees the form", "GET", "/login", browser=browser, note={f"{browser}_token": note["token"]}
        )
        yield login(f"to {query}{form}", browser, f"username=erin&password=pw-erin{form}", query)


def browsing() -> Iterator[Row]:
    for target in (
        "/tests",
        "/tests/view/$sprt",
        "/tests/view/$pending",
        "/tests/view/$spsa",
        "/nope",
        "/tests?page=2",
    ):
        yield Row(f"carol looks at {target}", "GET", target, browser="carol")
        yield Row(f"dave looks at {target}", "GET", target, browser="dave")
    for cookies in (
        "theme=dark",
        "theme=light",
        "tasks_state=Hide",
        "pending_state=Hide; finished_state=Hide; finished_state=Show",
        "active_state=Show; active_state=Hide",
        "machines_state=Hide",
        'theme="dark"',
    ):
        yield Row(f"tests with {cookies}", "GET", "/tests", headers=(("Cookie", cookies),))
        yield Row(f"a run with {cookies}", "GET", "/tests/view/$sprt", headers=(("Cookie", cookies),))
    for cookies in (
        "session=rubbish",
        "session=",
        "session=$forged_session",
        "auth_tkt=rubbish",
        "auth_tkt=$forged_ticket",
        "auth_tkt=$ticket_of_nobody",
        "auth_tkt=$ticket_of_carol",
        "auth_tkt=$ticket_of_bob",
        "session=$session_of_strangers",
        "session=$old_session",
    ):
        yield Row(f"tests with {cookies}", "GET", "/tests", headers=(("Cookie", cookies),))
    yield Row(
        "the API with a blocked ticket",
        "POST",
        "/api/request_version",
        json.dumps(asked()),
        (("Cookie", "auth_tkt=$ticket_of_bob"),),
    )
    yield Row(
        "a file with a blocked ticket", "GET", "/static/css/$css", headers=(("Cookie", "auth_tkt=$ticket_of_bob"),)
    )
    yield Row("the API with cookies", "POST", "/api/request_version", json.dumps(asked()), browser="carol")


def protection() -> Iterator[Row]:
    for accept in ("", "text/html", "application/json"):
        headers = (FORM, ("Accept", accept)) if accept else (FORM,)
        yield Row(f"login without a token as {accept}", "POST", "/login", "username=carol&password=pw-carol", headers)
    yield Row("login with a wrong token", "POST", "/login", "csrf_token=0&username=carol", (FORM,), "stranger")
    yield Row(
        "login with the token in the query",
        "POST",
        "/login?csrf_token=$stranger_token",
        "username=x",
        (FORM,),
        "stranger",
    )
    yield Row(
        "login with a token in JSON",
        "POST",
        "/login",
        '{"csrf_token": "$stranger_token"}',
        (("Content-Type", "application/json"),),
        "stranger",
    )
    yield Row(
        "login with the token in the header",
        "POST",
        "/login",
        "username=x",
        (FORM, ("X-CSRF-Token", "$stranger_token")),
        "stranger",
    )
    yield Row(
        "login as multipart",
        "POST",
        "/login",
        MULTIPART,
        (("Content-Type", "multipart/form-data; boundary=XX"),),
        "stranger",
    )
    yield Row("logout without a token", "POST", "/logout", "", (FORM,), "carol")
    yield Row("logout of a stranger", "POST", "/logout", "csrf_token=$stranger_token", (FORM,), "stranger")
    yield Row("logout of carol", "POST", "/logout", "", (FORM, ("X-CSRF-Token", "$carol_token")), "carol")
    yield Row("carol is out", "GET", "/tests", browser="carol")
    token = (FORM, ("X-CSRF-Token", "$stranger_token"))
    for name, headers in (
        ("no origin", ()),
        ("the right origin", (("Origin", "https://fishtest.example"),)),
        ("another origin", (("Origin", "https://evil.example"),)),
        ("an http origin", (("Origin", "http://fishtest.example"),)),
        ("a null origin", (("Origin", "null"),)),
        ("the right referer", (("Referer", "https://fishtest.example/login"),)),
        ("another referer", (("Referer", "https://evil.example/fishtest.example"),)),
    ):
        yield Row(
            f"login over https with {name}", "POST", "/login", "username=x", (*token, HTTPS, *headers), "stranger"
        )


MULTIPART = (
    '--XX\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n$stranger_token\r\n'
    '--XX\r\nContent-Disposition: form-data; name="username"\r\n\r\nn\xf6body\r\n--XX--\r\n'
)


def proxies() -> Iterator[Row]:
    for name, headers in (
        ("a scheme", (HTTPS,)),
        ("a host", (("X-Forwarded-Host", "a.example"),)),
        ("a host and a port", (("X-Forwarded-Host", "a.example:8443"), HTTPS)),
        ("a port", (("X-Forwarded-Host", "a.example"), ("X-Forwarded-Port", "81"))),
        ("an unknown scheme", (("X-Forwarded-Proto", "gopher"),)),
        ("an address", (("X-Forwarded-For", "9.9.9.9, 1.2.3.4"),)),
        ("another host", (("Host", "b.example:80"),)),
        ("an IPv6 host", (("Host", "[::1]:8080"),)),
    ):
        yield Row(f"/ with {name}", "GET", "/", headers=headers)
        yield Row(f"login page with {name}", "GET", "/login", headers=headers)
    for target in ("/internal/flush", "/internal/reload"):
        yield Row(f"{target} through a proxy", "POST", target, "", (("X-Forwarded-For", "1.2.3.4"),))
        yield Row(f"{target} through a proxy on this machine", "POST", target, "", (("X-Forwarded-For", "127.0.0.1"),))
        yield Row(f"{target} through a proxy that says Forwarded", "POST", target, "", (("Forwarded", "for=1.2.3.4"),))
        yield Row(f"{target} through a proxy that names the host", "POST", target, "", (("X-Forwarded-Host", "x"),))
        yield Row(f"GET of {target}", "GET", target)


def files() -> Iterator[Row]:
    yield Row("a style sheet", "GET", "/static/css/$css")
    yield Row("HEAD of a style sheet", "HEAD", "/static/css/$css")
    yield Row("POST of a style sheet", "POST", "/static/css/$css")
    yield Row("a style sheet with a token", "GET", "/static/css/$css?x=anything")
    yield Row("a script", "GET", "/static/js/$js")
    for name, header in (
        ("since long ago", ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")),
        ("since later", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")),
        ("since never", ("If-Modified-Since", "rubbish")),
        ("the first bytes", ("Range", "bytes=0-9")),
        ("the last bytes", ("Range", "bytes=-9")),
        ("the rest", ("Range", "bytes=10-")),
        ("too much", ("Range", "bytes=0-99999999")),
        ("nothing there", ("Range", "bytes=99999999-")),
        ("an odd unit", ("Range", "lines=1-2")),
        ("backwards", ("Range", "bytes=9-1")),
    ):
        yield Row(f"a style sheet {name}", "GET", "/static/css/$css", headers=(header,))
    for target in (
        "/static",
        "/static/",
        "/static/css",
        "/static/css/",
        "/static/nope.css",
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static/css/%00",
    ):
        yield Row(f"GET {target}", "GET", target)
