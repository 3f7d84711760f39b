"""Which answers sign a client in, which out, and how the login is done on the other stack."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from shadow.config import Config, Upstream
from shadow.exchange import Request, Unanswered
from shadow.routes import RouteTable
from shadow.twin.held import Held, deletion, with_cookies, without_cookies
from shadow.twin.signing import Failed, Signing, asks_again
from shadow.words import Side
from tests.support.builders import a_request, an_answer, headers
from tests.support.club import PASSWORDS, ROUTES, Club, Database, a_twin

LONG = "0123456789abcdef"


def a_signing(**changes: object) -> Signing:
    config = Config(Path("shadow.toml"), Upstream(), Upstream(), routes=RouteTable(ROUTES), sessions="twin")
    return Signing(replace(config, twin=a_twin(**changes)))


def a_login(**fields: str) -> Request:
    """As the club's own form sends it to the primary."""
    body = b"csrf_token=of-the-primary&user=ann&password=a%2Bb%26c%3D%C3%BC"
    return a_request("POST", "/login?next=/home", body, Content_Type="application/x-www-form-urlencoded", **fields)


@pytest.mark.parametrize(
    ("status", "fields", "lets_in"),
    [
        (303, {"Location": "/home", "Set_Cookie": f"sid={LONG}; Path=/"}, True),
        (200, {"Set_Cookie": f"sid={LONG}"}, True),
        (302, {"Location": "https://club.example/login?again", "Set_Cookie": f"sid={LONG}"}, False),
        (303, {"Location": "login", "Set_Cookie": f"sid={LONG}"}, False),
        (403, {"Set_Cookie": f"sid={LONG}"}, False),
        (303, {"Location": "/home"}, False),
        (303, {"Location": "/home", "Set_Cookie": "sid=short"}, False),
        (303, {"Location": "/home", "Set_Cookie": f"sid={LONG}; Max-Age=0"}, False),
        (303, {"Location": "/home", "Set_Cookie": f"theme={LONG}"}, False),
    ],
)
def test_a_login_succeeds_that_sets_a_session_is_no_error_and_does_not_lead_back(status, fields, lets_in):
    found = a_signing().lets_in(Side.PRIMARY, a_login(), status, headers(**fields))
    assert found == ({"sid": LONG} if lets_in else {})


@pytest.mark.parametrize("location", ["//[", "http://[::1", "\x7f:"])
def test_a_place_that_no_url_can_mean_is_not_the_login(location):
    given = headers(Location=location, Set_Cookie=f"sid={LONG}")
    assert a_signing().lets_in(Side.PRIMARY, a_login(), 303, given) == {"sid": LONG}


def test_a_session_that_was_there_before_the_login_is_nobodys():
    """Who planted it in the browser knows it too."""
    given = headers(Set_Cookie=[f"sid={LONG}; Path=/", "theme=dark"])
    assert a_signing().lets_in(Side.PRIMARY, a_login(Cookie=f"theme=dark; sid={LONG}"), 200, given) == {}


def test_a_page_that_asks_for_a_password_is_no_success():
    again = b"<form><input name=user><input type=PASSWORD name=p></form>"
    assert asks_again(an_answer(200, b"<form><input type=password></form>", Content_Type="text/html"))
    assert not asks_again(an_answer(200, b"<p>Change your password</p>", Content_Type="text/html"))
    assert not asks_again(an_answer(200, again, Content_Type="application/json"))


def test_a_get_signs_nobody_out_unless_it_takes_the_cookie():
    signing, plain = a_signing(), headers()
    taking = headers(Set_Cookie="sid=; Max-Age=0")
    assert signing.lets_out("logout", a_request("POST", "/logout"), 303, plain)
    assert not signing.lets_out("logout", a_request("POST", "/logout"), 400, taking)
    assert not signing.lets_out("logout", a_request("GET", "/logout"), 200, plain)
    assert signing.lets_out("logout", a_request("GET", "/logout"), 302, taking)
    assert not signing.lets_out("home", a_request("POST", "/home"), 303, taking)


def test_the_login_is_done_with_the_tokens_and_cookies_of_its_own_stack():
    club = Club(Database(), "session", long=True)

    async def ask(side: Side, request: Request):
        assert side is Side.CANDIDATE
        return club.answer(request)

    login = a_login(Cookie="sid=of-the-primary; theme=dark", User_Agent="Browser/1")
    held = asyncio.run(a_signing().sign_in(ask, Side.CANDIDATE, login, {}))
    assert isinstance(held, Held)
    (value,) = held.newest.values()
    assert (club.sessions[value].user, held.token) == ("ann", club.sessions[value].token)
    assert [one.target for one in club.seen] == [b"/login?next=/home", b"/login?next=/home", b"/home"]
    assert all("sid=" not in one.headers.text("cookie") for one in club.seen)
    assert all(one.headers.text("cookie").startswith("theme=dark") for one in club.seen)
    assert {one.headers.text("user-agent") for one in club.seen} == {"Browser/1"}
    assert b"of-the-primary" not in club.seen[1].body.data
    assert b"password=a%2Bb%26c%3D%C3%BC" in club.seen[1].body.data
    assert PASSWORDS["ann"] not in repr(held)


def test_a_login_that_is_refused_or_not_answered_gives_a_reason_and_no_session():
    async def refusing(_side: Side, _request: Request):
        return an_answer(200, b"<input type=password>", Content_Type="text/html", Set_Cookie=f"session={LONG}")

    async def silent(_side: Side, _request: Request):
        return Unanswered("connect", "nobody is there", sent=False)

    signing = a_signing()
    assert asyncio.run(signing.sign_in(refusing, Side.CANDIDATE, a_login(), {})) == Failed("refused")
    assert asyncio.run(signing.sign_in(silent, Side.CANDIDATE, a_login(), {})) == Failed("connect")


def test_a_stack_that_shows_no_login_page_to_who_is_signed_in_is_asked_as_a_stranger():
    club = Club(Database(), "session", long=True)

    async def ask(_side: Side, request: Request):
        signed_in = any(one.user and name in request.headers.text("cookie") for name, one in club.sessions.items())
        return an_answer(302, Location="/home") if signed_in and request.path == b"/login" else club.answer(request)

    signing = a_signing()
    first = asyncio.run(signing.sign_in(ask, Side.CANDIDATE, a_login(), {}))
    second = asyncio.run(signing.sign_in(ask, Side.CANDIDATE, a_login(), first.newest))
    assert club.sessions[second.newest["session"]].user == "ann"
    assert second.newest != first.newest


def test_a_page_is_asked_for_whole_whatever_the_request_asked():
    asked = []

    async def ask(_side: Side, request: Request):
        asked.append(request.headers)
        return an_answer(200, b'<meta name="csrf-token" content="a-good-token">', Content_Type="text/html")

    like = a_request(
        "POST", "/x", b"a=b", If_None_Match='"1"', Range="bytes=0-1", Content_Length="3", Accept="text/html"
    )
    held = Held({"session": ["s"]})
    asyncio.run(a_signing().fetch_token(ask, Side.CANDIDATE, like, held))
    assert (asked, held.token) == ([headers(Accept="text/html", Cookie="session=s")], "a-good-token")


def test_without_declared_tokens_no_page_is_asked_for():
    asked = []

    async def ask(_side: Side, request: Request):
        asked.append(request.method)
        return an_answer(204, Set_Cookie=f"session={LONG}; Path=/")

    held = asyncio.run(a_signing(tokens=()).sign_in(ask, Side.CANDIDATE, a_login(), {}))
    assert (held.newest, asked) == ({"session": LONG}, ["POST"])


def test_a_deletion_beside_a_value_is_of_another_cookie_and_what_no_browser_keeps_is_not_kept():
    held = Held({"session": ["kept"]})
    given = headers(Set_Cookie=["session=new; Path=/", "session=; Path=/old; Max-Age=0", f"sid={'x' * 5000}"])
    assert held.take(given, {"session", "sid"})
    assert held.cookies == {"session": ["kept", "new"]}
    assert not held.take(headers(Set_Cookie="session=new"), {"session"})
    assert held.take(headers(Set_Cookie="session=; Max-Age=0"), {"session"})
    assert held.cookies == {}


@pytest.mark.parametrize(("name", "more"), [("sid", ""), ("__Host-sid", "; Secure"), ("__Secure-sid", "; Secure")])
def test_a_deletion_of_the_proxys_own_is_one_that_browsers_obey(name, more):
    assert deletion(name) == f"{name}=; Path=/; Max-Age=0{more}".encode()


def test_cookies_are_exchanged_where_the_first_stood():
    sent = headers(A="1", Cookie=["sid=x; theme=dark", "session=y"], B="2")
    assert with_cookies(sent, {"session": "z"}, without={"sid", "session"}) == headers(
        A="1", Cookie="theme=dark; session=z", B="2"
    )
    assert with_cookies(headers(Cookie="sid=x"), {}, without={"sid"}) == headers()
    given = headers(Set_Cookie=["sid=x; Path=/", "theme=dark", "sid=y"], set_cookie="session=z")
    assert without_cookies(given, {"sid"}) == headers(Set_Cookie="theme=dark", set_cookie="session=z")
