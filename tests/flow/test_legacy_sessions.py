"""Login, logout, tickets, tokens and the session cookie of the legacy application, as a browser meets them."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from demo import cast
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

# The form that the port must read and write too (spec ui §1); the words are salt and secret.
SESSION_KEY = b"pyramid.session." + b"fishtest"


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def browser(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        yield one


def cookies(answer: httpx.Response) -> dict[str, str]:
    """Set-Cookie fields by name, with everything after the name."""
    return dict(field.split("=", 1) for field in answer.headers.get_list("set-cookie"))


def session_data(value: str) -> dict[str, object]:
    text = value.partition(";")[0]
    signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert hmac.digest(SESSION_KEY, signed[64:], "sha512") == signed[:64]
    return json.loads(signed[64:])[2]


def session_cookie(data: dict[str, object], renewed: float | None = None) -> str:
    now = time.time() if renewed is None else renewed
    payload = json.dumps([now, now, data]).encode()
    signed = hmac.digest(SESSION_KEY, payload, "sha512") + payload
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def is_logged_in(browser: Browser) -> bool:
    return 'id="logout"' in browser.client.get("/tests").text


# The session cookie


def test_a_first_visit_gets_a_session_with_a_token(browser: Browser) -> None:
    answer = browser.client.get("/tests")
    value = cookies(answer)["session"]
    assert value.endswith("; Path=/; SameSite=Lax")
    assert value.count(";") == 2
    assert list(session_data(value)) == ["_csrft_"]
    assert session_data(value)["_csrft_"] in answer.text


def test_a_visit_within_the_second_does_not_renew_the_session(app: App) -> None:
    with app.client(cookies={"session": session_cookie({"_csrft_": "a" * 40}, time.time() + 5)}) as client:
        assert "set-cookie" not in client.get("/tests").headers


def test_a_later_visit_renews_the_session_and_keeps_its_token(app: App) -> None:
    with app.client(cookies={"session": session_cookie({"_csrft_": "a" * 40}, time.time() - 2)}) as client:
        answer = client.get("/tests")
    assert session_data(cookies(answer)["session"]) == {"_csrft_": "a" * 40}


def test_a_session_of_twenty_minutes_ago_is_empty(app: App) -> None:
    with app.client(cookies={"session": session_cookie({"_csrft_": "a" * 40}, time.time() - 1201)}) as client:
        answer = client.get("/tests")
    assert session_data(cookies(answer)["session"])["_csrft_"] != "a" * 40


@pytest.mark.parametrize("value", ["", "x", "AAAA", "é", session_cookie({"_csrft_": "a" * 40})[:-4] + "AAAA"])
def test_a_forged_session_is_replaced(app: App, value: str) -> None:
    with app.client() as client:
        answer = client.get("/tests", headers={"Cookie": f"session={value}".encode("latin-1")})
    assert answer.status_code == 200
    assert session_data(cookies(answer)["session"])["_csrft_"] != "a" * 40


def test_redirects_and_the_api_leave_the_session_alone(app: App) -> None:
    with app.client(cookies={"session": session_cookie({"_csrft_": "a" * 40}, time.time() - 2)}) as client:
        assert "set-cookie" not in client.get("/").headers
        assert "set-cookie" not in client.post("/api/beat", content=b"").headers
        assert "set-cookie" not in client.get("/static/css/site.css").headers


def test_flash_messages_are_shown_once_errors_first(app: App) -> None:
    data = {"_csrft_": "a" * 40, "_f_": ["fine"], "_f_error": ["<bad>", "worse"], "_f_warning": ["odd"]}
    with app.client(cookies={"session": session_cookie(data)}) as client:
        page = client.get("/no-such-page")
        shown = [page.text.index(text) for text in ("&lt;bad&gt;", "worse", "odd", "fine")]
        assert shown == sorted(shown)
        assert session_data(cookies(page)["session"]) == {"_csrft_": "a" * 40}


def test_a_session_too_large_for_a_cookie_is_a_crash(app: App) -> None:
    large = session_cookie({"_csrft_": "a" * 40, "more": "x" * 4000}, time.time() - 2)
    with app.client() as client:
        assert client.get("/tests", headers={"Cookie": f"session={large}"}).status_code == 500


# Tokens


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "text/html; charset=UTF-8"),
        ("*/*", "text/html; charset=UTF-8"),
        ("application/json", "application/json"),
        ("image/png", "text/plain; charset=UTF-8"),
    ],
)
def test_a_post_without_the_token_is_a_plain_400(app: App, path: str, accept: str, kind: str) -> None:
    with app.client(headers={"Accept": accept}) as client:
        answer = client.post(path, data={"username": "carol", "password": "carol-plays-chess"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == kind
    assert "Bad CSRF token received" in answer.text
    assert "auth_tkt" not in cookies(answer)


@pytest.mark.parametrize("token", ["", "b" * 40, "ü"])
def test_a_wrong_token_is_refused_in_header_and_form(browser: Browser, token: str) -> None:
    browser.token()
    assert browser.client.post("/login", data={"csrf_token": token}).status_code == 400
    header = {"X-CSRF-Token": token.encode("latin-1")}
    assert browser.client.post("/login", headers=header).status_code == 400


def test_the_token_is_never_taken_from_the_query(browser: Browser) -> None:
    answer = browser.client.post("/login", params={"csrf_token": browser.token()})
    assert answer.status_code == 400


def test_a_token_in_the_header_wins_over_one_in_the_form(browser: Browser) -> None:
    token = browser.token()
    body = {"csrf_token": token, "username": "x"}
    assert browser.client.post("/login", data=body, headers={"X-CSRF-Token": "b" * 40}).status_code == 400
    assert browser.client.post("/login", headers={"X-CSRF-Token": token}).status_code == 200
    assert browser.client.post("/login", data=body, headers={"X-CSRF-Token": ""}).status_code == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 400),
        ({"Origin": "https://fishtest.example"}, 200),
        ({"Origin": "https://a.example https://fishtest.example"}, 200),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "http://fishtest.example"}, 400),
        ({"Origin": "null"}, 400),
        ({"Referer": "https://fishtest.example/login"}, 200),
        ({"Referer": "https://evil.example/"}, 400),
        ({"Origin": "https://evil.example", "Referer": "https://fishtest.example/"}, 400),
    ],
)
def test_over_https_the_form_must_come_from_this_site(browser: Browser, more: dict[str, str], status: int) -> None:
    token = browser.token()
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "fishtest.example", "X-CSRF-Token": token}
    answer = browser.client.post("/login", headers={**https, **more})
    assert answer.status_code == status
    assert ("Bad CSRF Origin" in answer.text) == (status == 400)


# Login


def test_a_login_sets_a_ticket_for_the_browser_session(browser: Browser) -> None:
    answer = browser.log_in("carol")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{browser.client.base_url}/".removesuffix("/") + "/"
    ticket = cookies(answer)["auth_tkt"]
    assert ticket.endswith("; Domain=127.0.0.1; Path=/; HttpOnly; SameSite=Lax")
    assert "!userid_type:b64unicode" in ticket
    assert is_logged_in(browser)
    assert ">carol</span>" in browser.client.get("/tests").text


def test_remember_me_keeps_the_ticket_for_a_year(browser: Browser) -> None:
    cookie = SimpleCookie(f"auth_tkt={cookies(browser.log_in('carol', stay_logged_in='1'))['auth_tkt']}")["auth_tkt"]
    assert cookie["max-age"] == "31536000"
    assert cookie["expires"].endswith(" GMT")
    assert (cookie["domain"], cookie["path"], cookie["samesite"]) == ("127.0.0.1", "/", "Lax")


def test_a_login_keeps_session_and_token(browser: Browser) -> None:
    before = browser.token()
    browser.log_in("carol")
    assert browser.token() == before


@pytest.mark.parametrize(
    ("query", "form", "location"),
    [
        ("", {}, "/"),
        ("?x=1", {}, "/login?x=1"),
        ("?next=/tests/view/1", {"next": "/other"}, "/tests/view/1"),
        ("", {"next": "/tests?page=2"}, "/tests?page=2"),
        ("", {"came_from": "/tests"}, "/tests"),
        ("?came_from=/a", {"next": "/b"}, "/b"),
        ("?next=", {"came_from": "/tests"}, "/tests"),
        ("?next=" + quote("/tests?a=b&c=d"), {}, "/tests?a=b&c=d"),
        ("?next=https://elsewhere.example/x", {}, "https://elsewhere.example/x"),
    ],
)
def test_a_login_leads_back(browser: Browser, query: str, form: dict[str, str], location: str) -> None:
    who = {"username": "carol", "password": "carol-plays-chess", "csrf_token": browser.token()}
    answer = browser.client.post(f"/login{query}", data=who | form)
    expected = location if location.startswith("https:") else str(browser.client.base_url).rstrip("/") + location
    assert (answer.status_code, answer.headers["location"]) == (302, expected)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"username": "carol", "password": "wrong"}, "Invalid password for user: carol"),
        ({"username": "<b>", "password": "x"}, "Invalid password for user: &lt;b&gt;"),
        ({}, "Invalid password for user: None"),
        ({"username": cast.BLOCKED, "password": f"{cast.BLOCKED}-plays-chess"}, "Account blocked for user: mallory"),
        ({"username": cast.PENDING, "password": f"{cast.PENDING}-plays-chess"}, "Account pending for user: peggy - "),
    ],
)
def test_a_failed_login_shows_the_form_again_and_why(browser: Browser, form: dict[str, str], message: str) -> None:
    answer = browser.post("/login", **form)
    assert answer.status_code == 200
    assert f'<p class="flash error" role="alert">{message}' in answer.text
    assert 'name="password"' in answer.text
    assert "auth_tkt" not in cookies(answer)
    assert message not in browser.client.get("/login").text


def test_credentials_in_the_query_do_not_count(browser: Browser) -> None:
    token = browser.token()
    query = {"username": "carol", "password": "carol-plays-chess"}
    answer = browser.client.post("/login", params=query, data={"csrf_token": token})
    assert "Invalid password for user: None" in answer.text


def test_who_is_logged_in_needs_no_form(browser: Browser) -> None:
    browser.log_in("carol")
    for answer in (browser.client.get("/login"), browser.post("/login")):
        assert answer.status_code == 302
        assert answer.headers["location"].endswith("/tests")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_form_takes_no_other_method(browser: Browser, method: str) -> None:
    assert browser.client.request(method, "/login").status_code == 404


@pytest.mark.parametrize("value", ["", "x", "0" * 128 + "6a02b2f7Y2Fyb2w=!userid_type:b64unicode", '"quoted"'])
def test_a_forged_ticket_is_nobody(app: App, value: str) -> None:
    with app.client() as client:
        page = client.get("/tests", headers={"Cookie": f"auth_tkt={value}"})
    assert page.status_code == 200
    assert 'id="login"' in page.text


# Logout


@pytest.mark.parametrize("way", ["header", "form"])
def test_a_logout_clears_ticket_and_session(browser: Browser, way: str) -> None:
    browser.log_in("carol")
    token = browser.token()
    if way == "header":
        answer = browser.client.post("/logout", headers={"X-CSRF-Token": token})
    else:
        answer = browser.client.post("/logout", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"{browser.client.base_url}".rstrip("/") + "/tests",
    )
    cleared = SimpleCookie(f"auth_tkt={cookies(answer)['auth_tkt']}")["auth_tkt"]
    assert (cleared.value, cleared["max-age"], cleared["domain"]) == ("", "0", "127.0.0.1")
    assert session_data(cookies(answer)["session"]) == {}
    assert not is_logged_in(browser)
    assert browser.token() != token


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_logout_is_a_post(browser: Browser, method: str) -> None:
    assert browser.client.request(method, "/logout").status_code == 404


# Users who go away


def test_a_blocked_user_is_thrown_out_everywhere(browser: Browser, seeded: Seeded) -> None:
    seeded.add_user("troll", password="troll-plays-chess")
    token = browser.token()
    who = {"username": "troll", "password": "troll-plays-chess", "csrf_token": token}
    ticket = cookies(browser.client.post("/login", data=who))["auth_tkt"].partition(";")[0]
    seeded.db["users"].update_one({"username": "troll"}, {"$set": {"blocked": True}})
    headers = {"Cookie": f"auth_tkt={ticket}"}
    # The list of blocked users is read anew every second.
    await_block(browser, headers)
    for method, path in (
        ("GET", "/tests"),
        ("GET", "/static/css/site.css"),
        ("POST", "/api/beat"),
        ("GET", "/nothing"),
    ):
        answer = browser.client.request(method, path, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (
            302,
            str(browser.client.base_url).rstrip("/") + "/tests",
        )
        assert "Max-Age=0" in cookies(answer)["auth_tkt"]
        assert session_data(cookies(answer)["session"]) == {}


def await_block(browser: Browser, headers: dict[str, str]) -> None:
    deadline = time.monotonic() + 10
    while browser.client.get("/tests", headers=headers).status_code != 302:
        assert time.monotonic() < deadline, "the user is blocked and still served"
        time.sleep(0.1)


def test_a_user_who_was_deleted_is_nobody(seeded: Seeded, tmp_path: Path) -> None:
    """A process that has not cached the user sees it at once; others within the cache's two minutes."""
    seeded.add_user("ghost", password="ghost-plays-chess")
    standby = {"folder": tmp_path, "db_url": seeded.url, "db_name": seeded.name, "FISHTEST_ROLE": "standby"}
    with App("legacy_pyramid", **standby) as first, Browser(first) as one:
        who = {"username": "ghost", "password": "ghost-plays-chess", "csrf_token": one.token()}
        ticket = cookies(one.client.post("/login", data=who))["auth_tkt"].partition(";")[0]
    seeded.db["users"].delete_one({"username": "ghost"})
    with App("legacy_pyramid", **standby) as second, second.client() as client:
        page = client.get("/tests", headers={"Cookie": f"auth_tkt={ticket}"})
    assert 'id="login"' in page.text
