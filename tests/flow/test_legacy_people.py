"""Accounts on the legacy application, as a browser meets them: sign-up, one's profile, and what approvers decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from demo import cast
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

STRONG = "plum7 trolley9 Quartz"
ADA = {
    "username": "ada",
    "password": STRONG,
    "password2": STRONG,
    "email": "ada@example.org",
    "tests_repo": "https://github.com/ada/Stockfish",
}


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def browser(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        yield one


@pytest.fixture
def approver(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        one.log_in(cast.APPROVER)
        yield one


def somebody(seeded: Seeded, app: App, name: str, **changes: Any) -> Browser:
    """A user of the test's own, logged in where that is possible."""
    seeded.add_user(name, **changes)
    one = Browser(app)
    one.log_in(name)
    return one


def flashes(answer: httpx.Response) -> list[tuple[str, str]]:
    """Kind and text of each message on a page."""
    found = LexborHTMLParser(answer.text).css(".flash")
    return [((each.attributes["class"] or "").removeprefix("flash "), each.text()) for each in found]


def led_to(answer: httpx.Response) -> str:
    """Where a redirect leads, as path and query."""
    assert answer.status_code == 302, answer.text
    return "/" + answer.headers["location"].split("/", 3)[3]


def told(browser: Browser) -> list[tuple[str, str]]:
    """What the next page says."""
    return flashes(browser.client.get("/no-such-page"))


def stored(seeded: Seeded, name: str) -> dict[str, Any] | None:
    return seeded.db["users"].find_one({"username": name})


def last_action(seeded: Seeded, **query: Any) -> dict[str, Any] | None:
    return seeded.db["actions"].find_one(query, {"_id": 0, "time": 0}, sort=[("_id", -1)])


# Sign-up


def test_the_sign_up_form_carries_token_and_captcha(browser: Browser) -> None:
    answer = browser.client.get("/signup")
    html = LexborHTMLParser(answer.text)
    assert html.css_first("title").text() == "Sign up | Stockfish Testing"
    names = [field.attributes["name"] for field in html.css("main form input")]
    assert names == ["csrf_token", "username", "password", "password2", "email", "tests_repo"]
    assert html.css_first("input[name=csrf_token]").attributes["value"] == browser.token()
    assert html.css_first("main form").attributes["method"] == "POST"
    assert html.css_first(".g-recaptcha").attributes["data-sitekey"]
    assert html.css_first('script[src^="https://www.google.com/recaptcha/"]') is not None


def test_a_new_account_waits_for_an_approver(browser: Browser, seeded: Seeded) -> None:
    assert led_to(browser.post("/signup", **ADA)) == "/login"
    ((kind, text),) = flashes(browser.client.get("/login"))
    assert kind == "success"
    assert "approves every new account" in text
    user = stored(seeded, "ada")
    assert user is not None
    assert (user["pending"], user["password"], user["groups"], user["machine_limit"]) == (True, STRONG, [], 16)
    assert flashes(browser.log_in("ada", password=STRONG))[0][1].startswith("Account pending for user: ada")


def test_each_fault_of_a_sign_up_is_a_message_of_its_own(browser: Browser, seeded: Seeded) -> None:
    answer = browser.post("/signup", username="<b>", password="x", password2="y", email="z", tests_repo="q")
    assert answer.status_code == 200
    found = flashes(answer)
    assert [kind for kind, _ in found] == ["error"] * 5
    assert 'name="password2"' in answer.text
    assert len(flashes(browser.post("/signup"))) == 4
    assert stored(seeded, "<b>") is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"username": "carol"}, "Username or email is already registered"),
        ({"email": "carol@example.org"}, "Username or email is already registered"),
        ({"username": "é"}, "Invalid username: give at least two letters or digits, without accents"),
    ],
)
def test_a_name_that_cannot_be_had_is_told_alone(browser: Browser, changes: dict[str, str], text: str) -> None:
    answer = browser.post("/signup", **(ADA | {"username": "other", "email": "other@example.org"} | changes))
    assert (answer.status_code, flashes(answer)) == (200, [("error", text)])


def test_a_sign_up_needs_the_token_before_anything_else(browser: Browser) -> None:
    assert browser.client.post("/signup", data=ADA).status_code == 400
    browser.log_in("carol")
    assert browser.client.post("/signup", data=ADA).status_code == 400
    assert led_to(browser.post("/signup", **ADA)) == "/tests"
    assert led_to(browser.client.get("/signup")) == "/tests"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_the_sign_up_form_takes_no_other_method(browser: Browser, method: str) -> None:
    assert browser.client.request(method, "/signup").status_code == 404


# A profile


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["/user", "/user/carol", "/user/nobody?a=1&b=2"])
def test_strangers_are_sent_to_the_login_and_back(browser: Browser, method: str, path: str) -> None:
    answer = browser.client.request(method, path)
    assert led_to(answer) == f"/login?next={quote(path, safe='')}"
    assert told(browser) == [("success", "Please login")]


@pytest.mark.parametrize("path", ["/user", "/user/carol"])
def test_a_profile_shows_its_account_without_the_password(browser: Browser, path: str) -> None:
    browser.log_in("carol")
    answer = browser.client.get(path)
    html = LexborHTMLParser(answer.text)
    assert html.css_first("title").text() == "carol - Profile | Stockfish Testing"
    assert html.css_first("#cpu-hours").text() == "310"
    assert html.css_first("#machine-limit").text() == "1000"
    assert html.css_first("#tests-repo").text() == "grace/chess"
    fields = {field.attributes["name"]: field.attributes.get("value") for field in html.css("main form input")}
    assert fields == {
        "user": "carol",
        "email": "carol@example.org",
        "tests_repo": "https://github.com/grace/chess",
        "password": None,
        "password2": None,
        "old_password": None,
    }
    assert cast.person("carol").password not in answer.text


@pytest.mark.parametrize("name", ["grace", "nobody", "CAROL", "%3Cb%3E"])
def test_other_users_are_for_approvers(browser: Browser, name: str) -> None:
    browser.log_in("carol")
    assert led_to(browser.client.get(f"/user/{name}")) == "/tests"
    assert told(browser) == [("error", "Only approvers can look at other users")]


def test_a_profile_changes_without_a_token_and_the_query_wins(app: App, seeded: Seeded) -> None:
    with somebody(seeded, app, "ulla") as ulla:
        form = {"user": "ulla", "old_password": "wrong", "email": "u@example.org", "tests_repo": ""}
        answer = ulla.client.post("/user", params={"old_password": "ulla-plays-chess"}, data=form)
        assert led_to(answer) == "/tests"
        assert told(ulla) == [("success", "Your profile is stored")]
    user = stored(seeded, "ulla")
    assert user is not None
    assert (user["email"], user["tests_repo"], user["password"]) == ("u@example.org", "", "ulla-plays-chess")


def test_a_form_that_names_no_user_is_only_looked_at(browser: Browser) -> None:
    browser.log_in("carol")
    answer = browser.client.post("/user?user=carol", data={"old_password": "wrong"})
    assert answer.status_code == 200
    assert 'name="old_password"' in answer.text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"old_password": "wrong"}, "Invalid password!"),
        ({"old_password": ""}, "Invalid password!"),
        ({"password": STRONG}, "The two passwords differ"),
        ({"password": "frank", "password2": "frank"}, "Weak password: "),
        ({"tests_repo": "http://github.com/a/b"}, "Invalid tests repo"),
        ({"email": "x"}, "Invalid email: "),
    ],
)
def test_the_first_fault_of_a_profile_is_told(
    browser: Browser, seeded: Seeded, changes: dict[str, str], text: str
) -> None:
    browser.log_in("frank")
    before = stored(seeded, "frank")
    form = {"user": "frank", "old_password": "frank-plays-chess", "email": "frank@example.org", "tests_repo": ""}
    assert led_to(browser.client.post("/user", data=form | changes)) == "/tests"
    ((kind, message),) = told(browser)
    assert (kind, message.startswith(text)) == ("error", True)
    assert stored(seeded, "frank") == before


def test_a_new_password_holds_unstored_after_a_later_fault(app: App, seeded: Seeded, browser: Browser) -> None:
    with somebody(seeded, app, "vera") as vera:
        form = {"user": "vera", "old_password": "vera-plays-chess", "password": STRONG, "password2": STRONG}
        vera.client.post("/user", data={**form, "email": "x"})
    user = stored(seeded, "vera")
    assert user is not None
    assert user["password"] == "vera-plays-chess"
    assert flashes(browser.log_in("vera")) == [("error", "Invalid password for user: vera")]
    assert browser.log_in("vera", password=STRONG).status_code == 302


# Approvers


def test_an_approver_sees_an_account_and_can_block_it(approver: Browser) -> None:
    answer = approver.client.get("/user/grace")
    html = LexborHTMLParser(answer.text)
    assert html.css_first("#email").attributes["href"] == "mailto:grace@example.org"
    (button,) = html.css("main form button")
    assert (button.attributes["name"], button.attributes["value"], button.text()) == ("blocked", "1", "Block")
    assert cast.person("grace").password not in answer.text
    pending = LexborHTMLParser(approver.client.get(f"/user/{cast.PENDING}").text).css("main form button")
    assert [(each.attributes["value"], each.text()) for each in pending] == [("0", "Accept"), ("1", "Reject")]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_user_who_is_not_there_has_no_page(approver: Browser, method: str) -> None:
    assert approver.client.request(method, "/user/nobody").status_code == 404


def test_a_blocked_user_is_out_with_the_next_request(app: App, seeded: Seeded, approver: Browser) -> None:
    with somebody(seeded, app, "willi") as willi:
        assert willi.client.get("/user").status_code == 200
        answer = approver.client.post("/user/willi", data={"user": "willi", "blocked": "1"})
        assert led_to(answer) == "/tests"
        assert told(approver) == [("success", "Blocked user willi")]
        assert led_to(willi.client.get("/user")) == "/tests"
        assert led_to(willi.client.get("/user")).startswith("/login")
    expected = {"action": "block_user", "username": cast.APPROVER, "user": "willi"}
    assert last_action(seeded, user="willi") == expected | {"message": "blocked"}
    approver.client.post("/user/willi", data={"user": "", "blocked": "0"})
    assert last_action(seeded, user="willi") == expected | {"message": "unblocked"}
    with Browser(app) as again:
        assert again.log_in("willi").status_code == 302


def test_a_pending_user_is_accepted_or_deleted(app: App, seeded: Seeded, approver: Browser, browser: Browser) -> None:
    for name in ("xaver", "yves"):
        seeded.add_user(name, pending=True)
    assert led_to(approver.client.post("/user/xaver", data={"user": "xaver", "pending": "0"})) == "/tests"
    assert led_to(approver.client.post("/user/yves", data={"user": "yves", "pending": "2"})) == "/tests"
    assert told(approver) == []
    assert last_action(seeded, action="accept_user") == {
        "action": "accept_user",
        "username": cast.APPROVER,
        "user": "xaver",
        "message": "accepted",
    }
    assert browser.log_in("xaver").status_code == 302
    assert stored(seeded, "yves") is None


def test_the_users_are_listed_for_approvers_only(browser: Browser, approver: Browser) -> None:
    for name in ("", "carol"):
        if name:
            browser.log_in(name)
        assert led_to(browser.client.get("/user_management")) == "/tests"
        assert told(browser) == [("error", "Only approvers can manage users")]
    html = LexborHTMLParser(approver.client.get("/user_management").text)

    def names(part: str) -> list[str]:
        return [row.attributes["data-user"] or "" for row in html.css(f"#{part} tbody tr[data-user]")]

    assert cast.PENDING in names("pending")
    assert names("approvers") == [cast.APPROVER]
    assert cast.BLOCKED in names("blocked")
    assert "carol" not in names("idle")
    assert names("all") == sorted(names("all"))
    assert {person.name for person in cast.PEOPLE} <= set(names("all"))
