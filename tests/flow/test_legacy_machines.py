"""Who gave how much, and which machines are kept out: two lists of the legacy application, and the worker's form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from demo import cast
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

MACHINE = "carol-4cores-00000001"
REASON = "Loses on time in <every> second game.\nPlease look & tell us."


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    seeded.db["user_cache"].update_one(
        {"username": "erin"}, {"$set": {"last_updated": datetime.min.replace(tzinfo=UTC), "games_per_hour": 1234.5}}
    )
    seeded.db["top_month"].insert_one({**(seeded.db["user_cache"].find_one({"username": "dave"}) or {}), "tests": 12})
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def browser(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        yield one


def html_of(browser: Browser, path: str) -> LexborHTMLParser:
    answer = browser.client.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def cells(row: LexborNode) -> list[str]:
    return [" ".join(cell.text().split()) for cell in row.css("td")]


def flashes(html: LexborHTMLParser) -> list[str]:
    return [each.text() for each in html.css(".flash")]


# Contributors


def test_contributors_come_by_their_hours_with_six_sums(browser: Browser) -> None:
    html = html_of(browser, "/contributors")
    assert html.css_first("title").text() == "Contributors | Stockfish Testing"
    rows = html.css("#contributors tbody tr")
    people = sorted(cast.PEOPLE, key=lambda person: (-person.cpu_hours, person.name))
    assert [row.attributes["data-user"] for row in rows] == [person.name for person in people]
    hours = sum(person.cpu_hours for person in people)
    shown = {name: html.css_first(f"#{name}").text() for name in ("testers", "active-testers", "developers", "tests")}
    assert shown == {"testers": "8", "active-testers": "1", "developers": "0", "tests": "0"}
    assert html.css_first("#cpu-years").text() == f"{hours / 8760:.2f}"
    assert html.css_first("#games").text() == f"{hours * 60:,}"
    assert cells(html.css_first('tr[data-user="erin"]'))[1:] == ["erin", "Never", "1,234", "0", "0", "0", "grace/chess"]


def test_the_month_is_a_list_of_its_own(browser: Browser) -> None:
    html = html_of(browser, "/contributors/monthly")
    assert html.css_first("title").text() == "Contributors - Top Month | Stockfish Testing"
    (row,) = html.css("#contributors tbody tr")
    assert cells(row)[1:] == ["dave", "seconds ago", "0", "25", "1,500", "12", "grace/chess"]
    assert html.css_first("#tests").text() == "12"


@pytest.mark.parametrize(("name", "links"), [("", 0), ("carol", 0), (cast.APPROVER, len(cast.PEOPLE))])
def test_names_lead_to_accounts_for_approvers_only(browser: Browser, name: str, links: int) -> None:
    if name:
        browser.log_in(name)
    assert len(html_of(browser, "/contributors").css('#contributors a[href^="/user/"]')) == links


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_contributors_answer_any_method(browser: Browser, method: str) -> None:
    assert browser.client.request(method, "/contributors").status_code == 200


# Workers


def test_a_worker_is_blocked_by_its_owner_and_gets_no_task(app: App, browser: Browser, seeded: Seeded) -> None:
    browser.log_in("carol")
    path = f"/workers/{MACHINE}"
    before = html_of(browser, path)
    assert before.css_first("title").text() == f"{MACHINE} | Stockfish Testing"
    assert before.css_first("#last-updated").text() == "Never"
    assert "checked" not in before.css_first("input[name=blocked]").attributes

    form = {"submit": "Submit", "blocked": "1", "message": REASON.replace("\n", "\r\n") + "\r\n  "}
    answer = browser.post(path, **form)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{app.url}/workers/show")
    html = html_of(browser, "/workers/show")
    assert flashes(html) == [f"Worker {MACHINE} blocked!"]
    row = html.css_first(f'tr[data-worker="{MACHINE}"]')
    assert row.css_first(".info").text() == REASON
    stored = seeded.db["workers"].find_one({"worker_name": MACHINE}, {"_id": 0, "last_updated": 0})
    assert stored == {"worker_name": MACHINE, "blocked": True, "message": REASON}
    action = {"action": "block_worker", "username": "carol", "worker": MACHINE, "message": "blocked"}
    assert seeded.db["actions"].find_one({"worker": MACHINE}, {"_id": 0, "time": 0}) == action
    with Worker(app, "x86-64-avx2") as worker:
        assert "was blocked by the operators" in worker.ask("request_task").json()["error"]

    assert html_of(browser, path).css_first("textarea").text() == REASON
    browser.post(path, submit="Submit", message=REASON)
    assert flashes(html_of(browser, "/workers/show")) == [f"Worker {MACHINE} unblocked!"]
    with Worker(app, "x86-64-avx2") as worker:
        assert "error" not in worker.ask("request_task").json()


def test_a_reason_is_cut_at_500_characters_and_that_is_told(browser: Browser, seeded: Seeded) -> None:
    browser.log_in("dave")
    browser.post("/workers/dave-4cores-c0ffee00", submit="Submit", blocked="1", message="ü" * 501)
    assert flashes(html_of(browser, "/nns")) == [
        "Your description of the issue was cut to 500 characters",
        "Worker dave-4cores-c0ffee00 blocked!",
    ]
    stored = seeded.db["workers"].find_one({"worker_name": "dave-4cores-c0ffee00"})
    assert stored is not None
    assert stored["message"] == "ü" * 500


@pytest.mark.parametrize("fields", [{}, {"sumbit": "Cancel", "blocked": "1"}, {"submit": "submit", "blocked": "1"}])
def test_any_other_button_only_leads_to_the_list(browser: Browser, seeded: Seeded, fields: dict[str, str]) -> None:
    browser.log_in("erin")
    answer = browser.post("/workers/erin-4cores-c0ffee00", **fields)
    assert answer.headers["location"].endswith("/workers/show")
    assert seeded.db["workers"].find_one({"worker_name": "erin-4cores-c0ffee00"}) is None


@pytest.mark.parametrize("name", ["x", "SHOW", "carol-4cores", f"{MACHINE}-1a2b", "<b>"])
def test_what_is_no_short_name_is_told_above_the_list(browser: Browser, name: str) -> None:
    html = html_of(browser, f"/workers/{name}")
    assert flashes(html) == [f"worker_name (value:'{name}') is not of type 'short_worker_name'"]
    assert html.css_first("#blocked-workers") is not None
    assert html.css_first("textarea") is None


def test_a_form_is_for_its_owner_and_for_approvers(browser: Browser) -> None:
    path = f"/workers/{MACHINE}"
    answer = browser.client.get(path)
    assert answer.headers["location"].endswith(f"/login?next=%2Fworkers%2F{MACHINE}")
    assert flashes(html_of(browser, "/login")) == ["Please login"]
    browser.log_in("dave")
    html = html_of(browser, path)
    assert flashes(html) == ["Only owners and approvers can block or unblock a worker"]
    assert html.css_first("textarea") is None
    browser.client.cookies.clear()
    browser.log_in(cast.APPROVER)
    assert html_of(browser, path).css_first("textarea") is not None


def test_the_token_comes_before_every_other_question(browser: Browser) -> None:
    for name in ("show", "x", MACHINE):
        assert browser.client.post(f"/workers/{name}", data={"submit": "Submit"}).status_code == 400
        assert browser.client.put(f"/workers/{name}").status_code == 400


def test_approvers_see_the_owners_and_a_letter_begun(app: App, browser: Browser) -> None:
    browser.log_in(cast.APPROVER)
    browser.post("/workers/frank-4cores-c0ffee00", submit="Submit", blocked="1", message=REASON)
    browser.post("/workers/gone-4cores-c0ffee00", submit="Submit", blocked="1")
    html = html_of(browser, "/workers/show")
    link = html.css_first('tr[data-worker="frank-4cores-c0ffee00"] a[href^="mailto:"]')
    assert link.text() == "frank@example.org"
    address = link.attributes["href"] or ""
    assert address.startswith(
        "mailto:frank@example.org?subject=Issue%28s%29%20with%20worker%20frank-4cores-c0ffee00&body="
    )
    assert "%3Cevery%3E%20second%20game.%0APlease%20look%20%26%20tell%20us." in address
    assert html.css_first('tr[data-worker="gone-4cores-c0ffee00"] a[href^="mailto:"]') is None
    with Browser(app) as stranger:
        assert "frank@example.org" not in stranger.client.get("/workers/show").text
