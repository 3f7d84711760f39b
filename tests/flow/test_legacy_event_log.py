"""The event log of the legacy application, as the specification has it (ui §7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from demo import cast
from domain.indexes import make_indexes
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.log_and_nets import EVENTS, LONG_AGO, RUN, WORKER, seed_log
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

MANY = 5100
"""More than strangers may see."""


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    make_indexes(seeded.db)
    seeded.db["actions"].drop()
    seed_log(seeded.db)
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture(scope="module")
def crowd(seeded: Seeded) -> None:
    """Late, since the embedded database has to walk through all of it for every later page."""
    dead = {"action": "dead_task", "username": "frank", "run_id": RUN, "run": "x-1", "task_id": 1, "worker": WORKER}
    seeded.db["actions"].insert_many([dead | {"time": float(number)} for number in range(MANY)])


@pytest.fixture(scope="module")
def user(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        one.log_in("carol")
        yield one


@pytest.fixture(scope="module")
def approver(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        one.log_in(cast.APPROVER)
        yield one


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


def page(answer: httpx.Response) -> LexborHTMLParser:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    return LexborHTMLParser(answer.text)


def rows(answer: httpx.Response) -> list[list[str]]:
    """The texts of each row: time, event, source, target, comment."""
    found = page(answer).css("#actions tbody tr:not(.none)")
    return [[" ".join(cell.text().split()) for cell in row.css("td")] for row in found]


def kinds(answer: httpx.Response) -> list[str]:
    return [row[1] for row in rows(answer)]


def links(answer: httpx.Response, selector: str) -> list[str | None]:
    return [link.attributes["href"] for link in page(answer).css(f"#actions {selector} a")]


def test_the_newest_events_come_first_without_the_crowds(client: httpx.Client) -> None:
    answer = client.get("/actions")
    assert page(answer).css_first("title").text() == "Event log | Stockfish Testing"
    assert rows(answer)[2:5] == [
        ["26-03-01 13:14:00", "block_worker", "dave", "dave-4cores-c0ffee12", "blocked"],
        ["26-03-01 13:13:00", "accept_user", "dave", "erin", "accepted"],
        ["26-03-01 13:12:00", "block_user", "dave", "bob", "blocked"],
    ]
    assert len(rows(answer)) == 25
    assert not {"system_event", "update_stats", "dead_task"} & set(kinds(answer))
    assert kinds(client.get("/actions?action=system_event"))[-1] == "system_event"


def test_every_kind_can_be_asked_for(client: httpx.Client) -> None:
    for kind in {event["action"] for event in EVENTS}:
        assert set(kinds(client.get("/actions", params={"action": kind, "max_actions": "9"}))) == {kind}
    assert rows(client.get("/actions?action=nothing")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"user": "dave", "run_id": RUN}, ["delete_run", "approve_run"]),
        ({"user": "erin", "text": "bench"}, ["stop_run"]),
        ({"text": '"would not build"'}, ["failed_task"]),
        ({"text": "“would not build”"}, ["failed_task"]),
        ({"text": "Build -Engine"}, []),
        ({"run_id": RUN, "before": str(LONG_AGO.timestamp() + 61 * 60)}, ["approve_run", "new_run"]),
        ({"action": "stop_run", "max_actions": "1"}, ["stop_run"]),
        ({"user": "nobody"}, []),
    ],
)
def test_filters_narrow_the_log(client: httpx.Client, query: dict[str, str], expected: list[str]) -> None:
    assert kinds(client.get("/actions", params=query)) == expected


def test_a_row_links_to_run_and_task(client: httpx.Client) -> None:
    answer = client.get(f"/actions?run_id={RUN}&action=failed_task")
    assert rows(answer) == [
        ["26-03-01 13:03:00", "failed_task", WORKER, "lmr_tweak-1a2b3c4/3", "Engine would not build: <b>no g++</b>"]
    ]
    assert links(answer, ".target") == [f"/tests/view/{RUN}?show_task=3"]
    assert links(client.get("/actions?action=upload_nn"), ".target") == ["/api/nn/nn-0123456789ab.nnue"]


def test_only_approvers_get_links_to_workers_and_users(client: httpx.Client, approver: Browser) -> None:
    for query, link in (
        ("action=failed_task", "/workers/carol-4cores-c0ffee12"),
        ("action=block_worker", "/workers/dave-4cores-c0ffee12"),
        ("action=block_user", "/user/bob"),
    ):
        assert link in links(approver.client.get(f"/actions?{query}"), "tbody")
        assert link not in links(client.get(f"/actions?{query}"), "tbody")


def test_what_workers_and_people_wrote_is_text(client: httpx.Client, approver: Browser) -> None:
    """The original printed the names of workers as they came (spec ui §10): a danger that is mended."""
    for visitor in (client, approver.client):
        answer = visitor.get("/actions?action=log_message")
        assert "<script>alert" not in answer.text
        assert "<i>x" not in answer.text
        assert rows(answer)[0][2] == "<script>alert(1)</script>-1cores-a"
    answer = client.get("/actions", params={"text": '"><b>', "user": "'><i>"})
    assert page(answer).css_first("input[name=text]").attributes["value"] == '"><b>'
    assert page(answer).css_first("input[name=user]").attributes["value"] == "'><i>"


def test_all_users_are_offered_for_the_search(client: httpx.Client) -> None:
    names = [option.attributes["value"] for option in page(client.get("/actions")).css("#usernames option")]
    assert names == sorted(person.name for person in cast.PEOPLE)


# Pages


def test_the_redirect_of_a_page_beyond_the_end_shows_that_page(client: httpx.Client) -> None:
    answer = client.get("/actions?user=grace&page=99")
    assert kinds(client.get(answer.headers["location"]))[-1] == "log_message"


def test_no_hit_is_an_empty_page_and_no_redirect(client: httpx.Client) -> None:
    answer = client.get("/actions?user=nobody&page=99")
    assert rows(answer) == []
    assert page(answer).css_first("#actions .none").text().strip() == "No events"


def test_links_to_pages_carry_the_filters_as_they_are(client: httpx.Client) -> None:
    pages = page(client.get("/actions?user=grace&text=a message&max_actions=60")).css_first(".pages")
    hrefs = [link.attributes["href"] for link in pages.css("a")]
    assert hrefs[0] == "?page=2&user=grace&text=a message&max_actions=60"


@pytest.mark.parametrize("query", ["before=x", "before=1,5", "before=0x10", "user=%ff"])
def test_what_cannot_be_read_is_a_crash(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/actions?{query}")
    assert answer.status_code == 500
    assert len(answer.content) == 110


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_log_answers_any_method(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/actions?action=new_run").status_code == 200


def test_a_form_asks_as_well_as_the_address(client: httpx.Client) -> None:
    answer = client.post("/actions?user=erin", data={"user": "dave", "action": "new_run"})
    assert [(row[1], row[2]) for row in rows(answer)] == [("new_run", "erin")]


# Limits


def location(answer: httpx.Response) -> Any:
    assert answer.status_code == 302
    target = httpx.URL(answer.headers["location"])
    assert target.path == "/actions"
    return dict(target.params)


def last_page(answer: httpx.Response) -> str | None:
    found = [link.text() for link in page(answer).css(".pages")[0].css("a, span")]
    assert found[-1] == "Next"
    return found[-2]


@pytest.mark.usefixtures("crowd")
def test_strangers_see_5000_events_and_users_all(client: httpx.Client, user: Browser) -> None:
    query = "/actions?action=dead_task"
    assert last_page(client.get(query)) == "200"
    assert last_page(client.get(f"{query}&max_actions=60000")) == "200"
    assert last_page(user.client.get(query)) == "205"
    assert last_page(user.client.get(f"{query}&max_actions=100")) == "4"


@pytest.mark.usefixtures("crowd")
def test_a_page_beyond_the_end_leads_to_the_last_one_with_the_limit(client: httpx.Client, user: Browser) -> None:
    query = "/actions?action=dead_task&page=9999"
    assert location(client.get(query)) == {"page": "200", "action": "dead_task", "max_actions": "5000"}
    assert location(user.client.get(f"{query}&max_actions=100")) == {
        "page": "4",
        "action": "dead_task",
        "max_actions": "100",
    }
    assert location(user.client.get(query))["page"] == "205"
    assert location(client.get("/actions?user=grace&text=message %26 more&page=9")) == {
        "page": "3",
        "user": "grace",
        "text": "message & more",
        "max_actions": "5000",
    }
