"""Forms, logins, cookies and protection against forgery."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.parity.rows.row import (
    FORM,
    HTTPS,
    Row,
    asked,
)


def rows() -> Iterator[Row]:
    yield from logins()
    yield from browsing()
    yield from protection()


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
