"""The lists of the legacy application: machines at work, finished tests, a user's tests, deleting from a list."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from demo import cast
from demo.seed import finish_a_run
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, Browser, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url
from tests.support.old_runs import MANY, seed_old_runs

__all__ = ["mongo_client", "mongo_url", "seeded"]


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    fishtest = Fishtest(Settings(db_url=seeded.url, db_name=seeded.name, flush="through", offline=True))
    fishtest.start()
    finished = finish_a_run(fishtest)
    fishtest.stop()
    seed_old_runs(seeded.db, finished)
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


def page(answer: httpx.Response, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    return LexborHTMLParser(answer.text)


def text(html: LexborHTMLParser, selector: str) -> str:
    found = html.css_first(selector)
    assert found is not None, selector
    return " ".join(found.text().split())


def branches(html: LexborHTMLParser, panel: str) -> list[str]:
    return [cell.text().strip() for cell in html.css(f"#{panel} td.branch")]


def pages(html: LexborHTMLParser) -> list[tuple[str, str | None]]:
    return [(one.text(), one.attributes.get("href")) for one in html.css(".pages")[0].iter()]


# Machines


def test_machines_are_a_fragment_that_may_be_kept_for_ten_seconds(app: App, seeded: Seeded) -> None:
    with Worker(app, FIXED_ARCH) as worker, Browser(app) as browser:
        browser.token()
        assert "No machines at work" in browser.client.get("/tests/machines").text
        task = worker.take_task()
        answer = browser.client.get("/tests/machines")
        worker.ask("failed_task", **task)
    assert answer.headers["cache-control"] == "max-age=10"
    lives = parsedate_to_datetime(answer.headers["expires"]) - parsedate_to_datetime(answer.headers["date"])
    assert 9 <= lives.total_seconds() <= 10
    assert "set-cookie" not in answer.headers
    html = page(answer)
    assert html.css_first("title") is None
    assert text(html, "td.machine") == "carol-4cores-00000001-1a2b"
    link = html.css_first("td a")
    assert link.attributes["href"] == f"/tests/view/{task['run_id']}?show_task={task['task_id']}"
    assert link.text() == f"fixed_games/{task['task_id']}"


@pytest.mark.parametrize(
    ("cookie", "is_open"),
    [
        ("", False),
        ("machines_state=Hide", True),
        ("machines_state=Show", False),
        ("machines_state=Hide; machines_state=Show", False),
        ("machines_state=Show; machines_state=Hide", True),
    ],
)
def test_the_machines_open_as_the_last_cookie_says(client: httpx.Client, cookie: str, is_open: bool) -> None:
    panel = page(client.get("/tests", headers={"Cookie": cookie})).css_first("#machines")
    assert ("open" in panel.attributes) == is_open


# Finished


def test_finished_tests_have_a_page_of_their_own(client: httpx.Client) -> None:
    answer = client.get("/tests/finished")
    html = page(answer)
    assert "cache-control" not in answer.headers
    assert text(html, "title") == "Finished tests | Stockfish Testing"
    assert text(html, "#finished-count") == str(MANY + 1)
    assert branches(html, "finished")[:3] == ["old_idea", "old_00", "old_02"], "the deleted one is not shown"
    assert len(branches(html, "finished")) == 24, "deleted ones vanish after paging"
    assert pages(html) == [("Prev", None), ("1", None), ("2", "?page=2"), ("3", "?page=3"), ("Next", "?page=2")]
    assert html.css_first("#active") is None


@pytest.mark.parametrize(
    ("query", "heading", "count"),
    [
        ("success_only=1", "Finished tests - Greens", 20),
        ("yellow_only=yes", "Finished tests - Yellows", 15),
        ("ltc_only=0", "Finished tests - LTC", 31),
        ("success_only=1&ltc_only=1", "Finished tests - Greens - LTC", 10),
        ("success_only=", "Finished tests", 61),
    ],
)
def test_filters_choose_and_are_named(client: httpx.Client, query: str, heading: str, count: int) -> None:
    html = page(client.get(f"/tests/finished?{query}"))
    assert text(html, "title") == f"{heading} | Stockfish Testing"
    assert text(html, "h1") == f"{heading} {count}"


def test_links_to_pages_carry_the_filters(client: httpx.Client) -> None:
    html = page(client.get("/tests/finished?page=2&ltc_only=anything"))
    assert text(html, "title") == "Finished tests - LTC - page 2 | Stockfish Testing"
    assert ("1", "?page=1&ltc_only=1") in pages(html)
    assert html.css_first('.pages [aria-current="page"]').text() == "2"


# A user's tests


def test_a_users_tests_are_the_queue_of_one(client: httpx.Client) -> None:
    answer = client.get("/tests/user/grace")
    html = page(answer)
    assert (answer.headers["cache-control"], answer.headers["expires"]) == ("no-store", "0")
    assert text(html, "title") == "grace - tests | Stockfish Testing"
    assert branches(html, "pending") == ["not_yet_approved"]
    assert branches(html, "failed") == ["old_02"]
    assert {cell.text().strip() for cell in html.css("td.user")} == {"gra"}
    assert html.css_first("h1 a") is None
    assert html.css_first("#machines") is None
    second = page(client.get("/tests/user/grace?page=2"))
    assert text(second, "title") == "grace - tests - page 2 | Stockfish Testing"
    assert second.css_first("#pending") is None


def test_an_approvers_heading_leads_to_the_user(app: App) -> None:
    with Browser(app) as browser:
        browser.log_in(cast.APPROVER)
        link = page(browser.client.get("/tests/user/grace")).css_first("h1 a")
    assert link.attributes["href"] == "/user/grace"


@pytest.mark.parametrize("name", ["nobody", "Grace", "gra%20ce", "%3Cb%3E"])
def test_an_unknown_user_is_not_found(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/tests/user/{name}")
    assert text(page(answer, 404), "h1") == "404"
    assert "cache-control" not in answer.headers


def test_the_panels_of_each_user_have_cookies_of_their_own(client: httpx.Client) -> None:
    html = page(client.get("/tests/user/grace"))
    assert html.css_first("#pending").attributes["data-cookie"] == "user6772616365_pending_state"

    def open_panels(cookie: str) -> set[str]:
        found = page(client.get("/tests/user/grace", headers={"Cookie": cookie}))
        return {panel.attributes["id"] for panel in found.css("details[open]")}

    assert open_panels("pending_state=Hide") == {"active", "finished"}
    assert open_panels("user6772616365_pending_state=Hide") == {"pending", "active", "finished"}
    twice = "user6772616365_paused_state=Hide; user6772616365_paused_state=Show"
    assert open_panels(twice) == {"paused", "active", "finished"}, "of two cookies the first one counts"


# Deleting


def test_pending_paused_and_failed_tests_can_be_deleted_from_the_list(client: httpx.Client, seeded: Seeded) -> None:
    html = page(client.get("/tests"))
    for panel, deletable in (("pending", True), ("paused", True), ("failed", True), ("active", False)):
        forms = html.css(f"#{panel} form")
        assert len(forms) == (len(branches(html, panel)) if deletable else 0)
    assert html.css_first("#finished form") is None
    form = html.css_first("#pending form")
    assert (form.attributes["action"], form.attributes["method"]) == ("/tests/delete", "POST")
    fields = {field.attributes["name"]: field.attributes["value"] for field in form.css("input")}
    token = html.css_first('meta[name="csrf-token"]').attributes["content"]
    assert fields == {"csrf_token": token, "run-id": seeded.runs["pending"]}


def test_the_rooms_that_a_visitor_may_enter_are_in_the_menu(app: App, client: httpx.Client) -> None:
    def rooms(html: LexborHTMLParser) -> list[str]:
        return [link.text() for link in html.css("#rooms a")]

    shown = rooms(page(client.get("/tests/finished")))
    assert shown[:3] == ["Tests", "Finished", "New test"]
    assert "Users" not in shown
    assert text(page(client.get("/tests/finished")), '#rooms [aria-current="page"]') == "Finished"
    with Browser(app) as browser:
        browser.log_in(cast.APPROVER)
        assert rooms(page(browser.client.get("/tests"))) == [*shown, "Users"]
