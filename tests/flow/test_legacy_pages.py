"""The pages of the legacy application: redirects, the queue, one test, what does not exist, headers and methods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from bson.objectid import ObjectId
from selectolax.lexbor import LexborHTMLParser

from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, PLANS, SPSA_ARCH, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

FINISHED = 60


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    seeded.db["runs"].insert_many([finished_run(seeded, number) for number in range(FINISHED)])
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


def finished_run(seeded: Seeded, number: int) -> dict[str, Any]:
    """A test that was stopped `number` hours ago; every third one green, every fifth failed, one deleted."""
    run = seeded.run("fixed")
    run["args"]["new_tag"] = f"done_{number:02}"
    when = datetime(2026, 3, 1, 12, tzinfo=UTC) - timedelta(hours=number)
    return run | {
        "_id": ObjectId(),
        "start_time": when,
        "last_updated": when,
        "finished": True,
        "is_green": number % 3 == 0,
        "failed": number % 5 == 0,
        "deleted": number == 7,
    }


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


# The queue


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_the_front_page_leads_to_the_tests(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{client.base_url}".rstrip("/") + "/tests"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "text/html; charset=UTF-8"),
        ("application/json", "application/json"),
        ("", "text/html; charset=UTF-8"),
    ],
)
def test_a_redirect_has_a_small_body_of_the_wanted_kind(client: httpx.Client, accept: str, kind: str) -> None:
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"] == kind
    assert "The resource was found at /tests; you should be redirected automatically." in answer.text


def test_a_redirect_follows_the_proxys_scheme_host_and_port(client: httpx.Client) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "fishtest.example", "X-Forwarded-Port": "8443"}
    assert client.get("/", headers=headers).headers["location"] == "https://fishtest.example:8443/tests"


def test_the_queue_shows_runs_by_state_and_may_not_be_kept(app: App, client: httpx.Client) -> None:
    with Worker(app, FIXED_ARCH) as worker:
        worker.take_task()
        answer = client.get("/tests")
        worker.ask("failed_task", run_id=worker.take_task()["run_id"])
    html = page(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["expires"] == "0"
    assert text(html, "title") == "Tests | Stockfish Testing"
    assert branches(html, "pending") == ["not_yet_approved"]
    assert sorted(branches(html, "paused")) == ["sequential", "stoppable", "tuning"]
    assert branches(html, "active") == ["fixed_games"]
    assert branches(html, "failed") == [f"done_{number:02}" for number in (0, 5, 10, 15, 20)]
    assert (text(html, "#cores"), text(html, "#machines-count")) == ("4", "1")
    assert text(html, "#nps") == "0.00"
    assert text(html, "#games-per-minute") == "0"
    assert float(text(html, "#pending-hours")) > 0
    assert text(html, "#active tbody td.cores") == "4 (1)"
    assert text(html, "#pending tbody td.cores") == "0 (0)"
    assert text(html, "#active tbody td.limit") == f"{PLANS['fixed'].games} @ 60+0.6"
    assert text(html, "#pending tbody td.limit") == "sprt @ 60+0.6"


def test_what_people_wrote_is_shown_as_text(client: httpx.Client) -> None:
    answer = client.get("/tests")
    assert "<1%" not in answer.text
    assert text(page(answer), "#pending td.info") == 'not_yet_approved: <1% slower & "safer" than before'


def test_finished_runs_come_newest_first_in_pages(client: httpx.Client) -> None:
    first, second = page(client.get("/tests")), page(client.get("/tests?page=2"))
    kept = [f"done_{number:02}" for number in range(50) if number != 7]
    assert branches(first, "finished") + branches(second, "finished") == kept
    assert text(first, "#finished-count") == str(FINISHED)
    assert text(second, "title") == "Tests - page 2 | Stockfish Testing"
    assert second.css_first("#active") is None
    links = [(one.text(), one.attributes.get("href")) for one in first.css(".pages")[0].iter()]
    assert links == [("Prev", None), ("1", None), ("2", "?page=2"), ("3", "?page=3"), ("Next", "?page=2")]


@pytest.mark.parametrize("value", ["1", "0", "no"])
def test_any_text_turns_a_filter_on(client: httpx.Client, value: str) -> None:
    html = page(client.get("/tests", params={"success_only": value}))
    assert text(html, "#finished-count") == "20"
    assert html.css_first('.filters a[aria-current="true"]').text() == "Greens"
    assert text(page(client.get("/tests?success_only=")), "#finished-count") == str(FINISHED)


@pytest.mark.parametrize("value", ["0", "", "x", "-1", "1.5", "²"])
def test_a_page_that_is_no_number_is_the_first(client: httpx.Client, value: str) -> None:
    assert page(client.get("/tests", params={"page": value})).css_first("#active") is not None


def test_panels_open_as_the_first_cookie_of_their_name_says(client: httpx.Client) -> None:
    def open_panels(cookie: str) -> set[str]:
        html = page(client.get("/tests", headers={"Cookie": cookie}))
        return {panel.attributes["id"] for panel in html.css("details[open]")}

    assert open_panels("") == {"active", "finished"}
    assert open_panels("pending_state=Hide; active_state=Show") == {"pending", "finished"}
    assert open_panels("failed_state=Hide; failed_state=Show") == {"failed", "active", "finished"}


@pytest.mark.parametrize(("cookie", "theme"), [("theme=dark", "dark"), ("theme=light", ""), ("theme=x", ""), ("", "")])
def test_only_the_dark_theme_changes_the_page(client: httpx.Client, cookie: str, theme: str) -> None:
    html = page(client.get("/tests", headers={"Cookie": cookie}))
    assert html.css_first("html").attributes["data-theme"] == theme


def test_the_number_of_pending_users_is_shown_to_everybody(client: httpx.Client) -> None:
    assert text(page(client.get("/tests")), "#pending-users") == "1"


# One test


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("fixed", "60000 games - fixed_games vs master"),
        ("sprt", "SPRT sequential vs master"),
        ("spsa", "SPSA tuning"),
        ("pending", "SPRT not_yet_approved vs master"),
    ],
)
def test_a_test_has_its_title_arguments_and_tasks(seeded: Seeded, client: httpx.Client, kind: str, title: str) -> None:
    answer = client.get(f"/tests/view/{seeded.runs[kind]}")
    html = page(answer)
    assert "cache-control" not in answer.headers
    assert text(html, "title") == f"{title} | Stockfish Testing"
    assert text(html, "h1") == title
    rows = {row.css_first("th").text(): " ".join(row.css_first("td").text().split()) for row in html.css("#details tr")}
    args = seeded.run(kind)["args"]
    assert rows["new_tag"] == args["new_tag"]
    assert rows["info"] == args["info"]
    assert (html.css_first("table#spsa") is not None) == (kind == "spsa")
    assert (text(html, "#run-state") == "pending") == (kind == "pending")
    assert html.css_first("table#tasks") is not None


def test_tasks_are_listed_and_one_can_be_pointed_at(app: App, seeded: Seeded, client: httpx.Client) -> None:
    with Worker(app, SPSA_ARCH, number=9) as worker:
        task = worker.take_task()
    path, task_id = f"/tests/view/{task['run_id']}", task["task_id"]
    plain = page(client.get(path))
    assert "open" not in plain.css_first("#task-list").attributes
    assert [cell.text() for cell in plain.css(f"#task-{task_id} td")][:2] == [
        str(task_id),
        "carol-4cores-00000009-1a2b",
    ]
    assert plain.css_first(f"#task-{task_id}.active") is not None
    assert plain.css_first("tr.shown") is None

    pointed = page(client.get(f"{path}?show_task={task_id}"))
    assert "open" in pointed.css_first("#task-list").attributes
    assert pointed.css_first("tr.shown").attributes["id"] == f"task-{task_id}"
    for wrong in ("1000", "-1", "x", ""):
        assert page(client.get(path, params={"show_task": wrong})).css_first("tr.shown") is None


def test_the_task_list_opens_as_the_last_cookie_says(seeded: Seeded, client: httpx.Client) -> None:
    path = f"/tests/view/{seeded.runs['fixed']}"
    for cookie, is_open in (("tasks_state=Hide", True), ("tasks_state=Hide; tasks_state=Show", False)):
        panel = page(client.get(path, headers={"Cookie": cookie})).css_first("#task-list")
        assert ("open" in panel.attributes) == is_open


def test_a_run_id_counts_in_either_case(seeded: Seeded, client: httpx.Client) -> None:
    assert client.get(f"/tests/view/{seeded.runs['fixed'].upper()}").status_code == 200


# What does not exist


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/tests/",
        "/login/",
        "/tests/view/zz",
        "/tests/view/0123456789abcdef01234567",
        "/robots.txt",
        "/favicon.ico",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_what_does_not_exist_is_one_page(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path)
    html = page(answer, 404)
    assert answer.headers["set-cookie"].startswith("session=")
    if method != "HEAD":
        assert text(html, "h1") == "404"


@pytest.mark.parametrize("path", ["/tests/view/%ff", "/tests?page=%ff", "/%ff"])
def test_an_address_that_is_no_utf8_is_a_crash(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 500
    assert answer.headers["connection"] == "close"
    assert len(answer.content) == 110


# Methods


@pytest.mark.parametrize("path", ["/", "/tests", "/tests?page=2", "/login", "/nope"])
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    client.get("/tests")
    get, head = client.get(path), client.head(path)
    assert head.content == b""
    changing = {"date", "set-cookie"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in get.headers.items() if k not in changing
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_pages_to_read_answer_any_method(seeded: Seeded, client: httpx.Client, method: str) -> None:
    for path in ("/tests", f"/tests/view/{seeded.runs['sprt']}"):
        assert client.request(method, path).status_code == 200
