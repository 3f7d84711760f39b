"""One test in the legacy application: what its page remarks, who may do what, its rows, statistics and live Elo."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from demo import cast
from demo.seed import finish_a_run
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.apps import App
from tests.support.fishtest import SPRT_ARCH, Browser, Seeded, Worker, drawn, seeded
from tests.support.mongo import mongo_client, mongo_url
from tests.support.old_runs import create_odd_run, seed_old_runs

__all__ = ["mongo_client", "mongo_url", "seeded"]

SUBMITTER = "grace"


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """With a run of every kind, and a task of the sequential one played half."""
    fishtest = Fishtest(Settings(db_url=seeded.url, db_name=seeded.name, flush="through", offline=True))
    fishtest.start()
    seeded.runs["finished"] = finish_a_run(fishtest)
    seeded.runs["odd"] = create_odd_run(fishtest, seeded.runs["finished"])
    fishtest.stop()
    seeded.runs.update(seed_old_runs(seeded.db, seeded.runs["finished"]))
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        with Worker(running, SPRT_ARCH) as worker:
            assert worker.ask("update_task", stats=drawn(6), **worker.take_task()).json()["task_alive"]
        yield running


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


def page(answer: httpx.Response, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    return LexborHTMLParser(answer.text)


def texts(html: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(found.text().split()) for found in html.css(selector)]


# What the page tells


def test_a_page_warns_of_all_that_is_odd(seeded: Seeded, client: httpx.Client) -> None:
    html = page(client.get(f"/tests/view/{seeded.runs['odd']}"))
    assert texts(html, "#warnings li") == [
        "throughput exceeds the normal limit: 150",
        "priority exceeds the normal limit: 5",
        "odd hash for this time control: base has 16 MiB where 64 are usual",
        "odd hash for this time control: new has 128 MiB where 64 are usual",
        "base options differ from new options",
        "this is a test with time odds: 30+0.3 against 60+0.6 (0.50)",
        "this test has an architecture filter: ^armv8$",
        "the developer repository is no fork of the official one but of https://github.com/somebody/else",
    ]
    assert texts(html, "#notes li") == [f"rescheduled from {seeded.runs['finished']}"]


def test_the_arguments_have_their_order_and_their_links(seeded: Seeded, client: httpx.Client) -> None:
    html = page(client.get(f"/tests/view/{seeded.runs['odd']}"))
    names = texts(html, "#details th")
    assert names[:6] == ["new_tag", "resolved_new", "msg_new", "new_signature", "new_options", "new_net"]
    assert names[-4:] == ["tests_repo", "master_repo", "rescheduled_from", "info"]
    assert html.css_first("#details tr[data-name=info] i") is None, "what people wrote is text"
    link = html.css_first("#details tr[data-name=new_tag] a").attributes["href"]
    assert link == f"https://github.com/grace/chess/commit/{seeded.run('odd')['args']['resolved_new']}"


@pytest.mark.parametrize(("query", "pressed"), [("", "false"), ("follow=1", "true"), ("follow", "true")])
def test_a_test_is_followed_by_its_address(seeded: Seeded, client: httpx.Client, query: str, pressed: str) -> None:
    html = page(client.get(f"/tests/view/{seeded.runs['fixed']}?{query}"))
    assert html.css_first("#follow").attributes["aria-pressed"] == pressed


# Who may do what

NOBODY, OTHER = "", "heidi"


@pytest.mark.parametrize(
    ("user", "kind", "forms"),
    [
        (NOBODY, "pending", []),
        (OTHER, "pending", []),
        (SUBMITTER, "pending", ["stop", "delete", "modify"]),
        (cast.APPROVER, "pending", ["approve", "stop", "delete", "modify"]),
        (SUBMITTER, "fixed", ["stop", "delete", "modify"]),
        (cast.APPROVER, "sprt", ["stop", "modify"]),
        (SUBMITTER, "finished", ["purge", "modify"]),
        (SUBMITTER, "failed", ["delete", "modify"]),
        (cast.APPROVER, "failed", ["delete", "modify"]),
        (cast.APPROVER, "odd", ["approve", "stop", "delete", "modify"]),
    ],
)
def test_each_visitor_has_the_forms_that_are_his(
    app: App, seeded: Seeded, user: str, kind: str, forms: list[str]
) -> None:
    with Browser(app) as browser:
        if user:
            browser.log_in(user)
        html = page(browser.client.get(f"/tests/view/{seeded.runs[kind]}"))
    assert [form.attributes["action"] for form in html.css("form")] == [f"/tests/{name}" for name in forms]
    for form in html.css("form"):
        name = "run" if form.attributes["action"] == "/tests/modify" else "run-id"
        assert form.css_first(f"input[name={name}]").attributes["value"] == seeded.runs[kind]
        assert form.css_first("input[name=csrf_token]") is None, "a script adds it"


@pytest.mark.parametrize(("user", "has_info"), [(SUBMITTER, True), (cast.APPROVER, False)])
def test_only_the_submitter_rewords_the_info(app: App, seeded: Seeded, user: str, has_info: bool) -> None:
    with Browser(app) as browser:
        browser.log_in(user)
        form = page(browser.client.get(f"/tests/view/{seeded.runs['fixed']}")).css_first("#modify form")
    values = {field.attributes["name"]: field.attributes.get("value") for field in form.css("input[type=number]")}
    assert values == {"num-games": "60000", "priority": "30", "throughput": "100"}
    assert "checked" not in form.css_first("input[name=auto_purge]").attributes
    assert (form.css_first("textarea[name=info]") is not None) == has_info


# Tasks


def test_rows_of_tasks_leave_the_session_alone(app: App, seeded: Seeded) -> None:
    with Browser(app) as browser:
        browser.token()
        answer = browser.client.get(f"/tests/tasks/{seeded.runs['sprt']}?show_task=0")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    html = LexborHTMLParser(f"<table>{answer.text}</table>")
    assert [row.attributes["id"] for row in html.css("tr")] == ["task-0"]
    assert set(html.css_first("tr").attributes["class"].split()) == {"active", "shown"}
    cells = texts(html, "td")
    assert cells[:2] == ["0", "carol-4cores-00000001-1a2b"]
    assert cells[4].startswith("6 / ")
    assert cells[5:9] == ["0", "0", "6", "0, 0, 3, 0, 0"]
    assert html.css_first("td a").attributes["href"] == f"/api/pgn/{seeded.runs['sprt']}-0.pgn"


def test_an_approver_is_led_to_the_worker(app: App, seeded: Seeded) -> None:
    with Browser(app) as browser:
        browser.log_in(cast.APPROVER)
        for path in (f"/tests/tasks/{seeded.runs['sprt']}", f"/tests/view/{seeded.runs['sprt']}"):
            assert 'href="/workers/carol-4cores-00000001"' in browser.client.get(path).text


def test_bad_tasks_come_last_and_are_struck_through(seeded: Seeded, client: httpx.Client) -> None:
    rows_text = client.get("/tests/tasks/" + seeded.runs["purged"]).text
    html = LexborHTMLParser(f"<table>{rows_text}</table>")
    rows = html.css("tr")
    assert rows[-1].attributes["id"] == "task-0"
    assert "bad" in rows[-1].attributes["class"].split()
    assert not any("bad" in row.attributes["class"].split() for row in rows[:-1])
    assert "red" in rows[-1].css_first("td.residual").attributes["class"].split()


def test_a_tuning_has_no_residuals(seeded: Seeded, client: httpx.Client) -> None:
    assert page(client.get(f"/tests/view/{seeded.runs['spsa']}")).css_first("#tasks th:nth-child(12)") is None


# Figures


def test_the_statistics_of_a_played_test(seeded: Seeded, client: httpx.Client) -> None:
    html = page(client.get(f"/tests/stats/{seeded.runs['sprt']}"))
    assert texts(html, "title") == ["Statistics - SPRT sequential vs master | Stockfish Testing"]
    assert texts(html, "h2") == ["Test", "Pentanomial", "Trinomial", "Sequential test"]
    rows = dict(zip(texts(html, "th"), texts(html, "td"), strict=True))
    assert rows["Counts (0-2)"] == "0, 0, 3, 0, 0"
    assert rows["Losses, draws, wins"] == "0, 6, 0"


def test_live_elo_is_there_for_sequential_tests_only(seeded: Seeded, client: httpx.Client) -> None:
    html = page(client.get(f"/tests/live_elo/{seeded.runs['sprt']}"))
    assert texts(html, "title") == ["Live Elo - SPRT sequential vs master | Stockfish Testing"]
    assert html.css_first("#live-elo").attributes["data-run"] == seeded.runs["sprt"]
    for kind in ("fixed", "spsa", "finished"):
        assert client.get(f"/tests/live_elo/{seeded.runs[kind]}").status_code == 404


@pytest.mark.parametrize("room", ["view", "tasks", "stats", "live_elo"])
@pytest.mark.parametrize("run", ["zz", "0123456789abcdef01234567", "0123456789abcdef0123456", "%3Cb%3E"])
def test_no_such_test(client: httpx.Client, room: str, run: str) -> None:
    assert texts(page(client.get(f"/tests/{room}/{run}"), 404), "h1") == ["404"]
