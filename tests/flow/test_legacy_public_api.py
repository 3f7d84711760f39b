"""The public API of the legacy application over real HTTP, literally as the specification has it (worker-api §6, §7).

The server lives in Tokyo, nine hours ahead of UTC, and knows a GitHub.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, SPSA_ARCH, Seeded, Worker, drawn, refused, seeded
from tests.support.github import RESET, GithubServer
from tests.support.mongo import mongo_client, mongo_url
from tests.support.relic import RELIC, seed_relic

__all__ = ["mongo_client", "mongo_url", "seeded"]

NOWHERE = "0123456789abcdef01234567"
TEXT_OF_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\+00:00")
CORS = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    seed_relic(seeded.db)
    with GithubServer() as github:
        told = {"limit": 5000, "remaining": 4871, "reset": RESET, "used": 129, "resource": "core"}
        github.answers["/rate_limit"] = {"resources": {"core": told}}
        online = {"FISHTEST_OFFLINE": "0", "FISHTEST_GITHUB_URL": github.url, "TZ": "Asia/Tokyo"}
        with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name, **online) as running:
            yield running


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    """Without cookies as yet."""
    with app.client() as one:
        yield one


def told(answer: httpx.Response, cors: dict[str, str] | None = None) -> Any:
    """The body of a 200, once its form has been checked: spaced JSON, no cookie, nothing about caching."""
    assert answer.status_code == 200, answer.text
    ours = {name: value for name, value in answer.headers.items() if name not in ("server", "date")}
    length = str(len(answer.content))
    assert ours == {"content-type": "application/json", "content-length": length, **(cors or {})}
    found = answer.json()
    assert answer.text == json.dumps(found)
    return found


def missing(answer: httpx.Response) -> str:
    """The error text of a 404 in JSON, whose separators are spaced."""
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    assert not set(CORS) & set(answer.headers)
    found = answer.json()
    assert list(found) == ["error", "duration"]
    assert answer.text == json.dumps(found)
    return found["error"]


def is_the_page(answer: httpx.Response) -> bool:
    """Whether this is the not-found page of the site."""
    return (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


@pytest.mark.parametrize(
    "target",
    [
        "/api/rate_limit",
        "/api/active_runs",
        "/api/finished_runs?page=1",
        "/api/actions",
        f"/api/get_run/{RELIC}",
        f"/api/get_task/{RELIC}/0",
        f"/api/get_elo/{RELIC}",
        "/api/calc_elo?W=1&D=1&L=1",
    ],
)
def test_any_method_runs_the_handler_and_a_slash_leads_nowhere(client: httpx.Client, target: str) -> None:
    expected = client.get(target)
    assert expected.status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert client.request(method, target).content == expected.content, method
    head = client.head(target)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(expected.content))
    path, _, query = target.partition("?")
    assert is_the_page(client.get(f"{path}/?{query}"))


# Lists


def test_the_quota_is_githubs(client: httpx.Client) -> None:
    answer = client.get("/api/rate_limit")
    told(answer)
    assert answer.text == '{"limit": 5000, "remaining": 4871, "reset": 4000000000, "used": 129, "resource": "core"}'


def test_active_runs_are_the_unfinished_ones_without_what_is_long(client: httpx.Client, seeded: Seeded) -> None:
    found = told(client.get("/api/active_runs"))
    assert set(found) == set(seeded.runs.values())
    for run_id, run in found.items():
        assert run["_id"] == run_id
        assert not {"tasks", "bad_tasks"} & set(run)
        assert TEXT_OF_TIME.fullmatch(run["start_time"])
        assert TEXT_OF_TIME.fullmatch(run["last_updated"])
    stored = seeded.run("spsa")
    assert list(found[seeded.runs["spsa"]]) == [key for key in stored if key not in ("tasks", "bad_tasks")]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "Please provide a Page number."),
        ("page=", "Please provide a Page number."),
        ("timestamp=x", "Please provide a Page number."),
        ("page=0", "Please provide a valid Page number."),
        ("page=-1", "Please provide a valid Page number."),
        ("page=x&timestamp=x", "Please provide a valid Page number."),
        ("page=1&timestamp=x", "Please provide a valid UNIX timestamp."),
        ("page=1&timestamp=999999999", "Please provide a valid UNIX timestamp."),
        ("page=1&timestamp=12345678901", "Please provide a valid UNIX timestamp."),
        ("page=1&timestamp=1234567890.", "Please provide a valid UNIX timestamp."),
    ],
)
def test_finished_runs_want_a_page_and_perhaps_a_time(client: httpx.Client, query: str, error: str) -> None:
    assert refused(client.get(f"/api/finished_runs?{query}"), 400) == f"/api/finished_runs: {error}"


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("page=1", True),
        ("page=2", False),
        ("page=2&page=1", True),
        ("page=1&username=dave", True),
        ("page=1&username=erin", False),
        ("page=1&success_only=", True),
        ("page=1&success_only=0", False),
        ("page=1&yellow_only=no", False),
        ("page=1&ltc_only=false", False),
        # Updated at 23:59:59 UTC: 1767225599. In Tokyo this number is 08:59:59 of the next day.
        ("page=1&timestamp=1767193199", True),
        ("page=1&timestamp=1767193199.5", False),
        ("page=1&timestamp=1767225599", False),
    ],
)
def test_finished_runs_by_page_user_kind_and_time(client: httpx.Client, query: str, is_found: bool) -> None:
    """Any text makes a filter true, and a time is read on the server's own clock."""
    assert list(told(client.get(f"/api/finished_runs?{query}"))) == ([RELIC] if is_found else [])


def test_times_are_in_utc_wherever_the_server_is(client: httpx.Client) -> None:
    """A fraction where there is one, in six digits."""
    run = told(client.get("/api/finished_runs?page=1"))[RELIC]
    assert run["start_time"] == "2025-12-31 23:59:59.250000+00:00"
    assert run["last_updated"] == "2025-12-31 23:59:59+00:00"


def test_events_are_found_by_a_database_filter(client: httpx.Client, seeded: Seeded) -> None:
    wanted = {"action": "approve_run", "run_id": seeded.runs["sprt"]}
    seeded.db["actions"].insert_one({**wanted, "time": 1790000001.25, "message": "☃"})
    answer = client.post("/api/actions", content=json.dumps(wanted))
    [found] = told(answer, CORS)
    stored = seeded.db["actions"].find_one({"message": "☃"})
    assert stored is not None
    assert found == {**wanted, "time": 1790000001.25, "message": "☃", "_id": str(stored["_id"])}
    assert '"message": "\\u2603"' in answer.text
    seeded.db["actions"].insert_many([{"action": "many"} for _ in range(201)])
    assert len(told(client.post("/api/actions", json={"action": "many"}), CORS)) == 200


@pytest.mark.parametrize("body", ["", "rubbish", "[]", '[{"action": "new_run"}]', "null", "1", '"new_run"', "{'a': 1}"])
def test_what_is_no_filter_finds_nothing(client: httpx.Client, body: str) -> None:
    assert client.post("/api/actions", content=body).text == "[]"


@pytest.mark.parametrize("body", ['{"$nothing": 1}', '{"time": {"$nothing": 1}}', '{"time": 123456789012345678901}'])
def test_a_filter_that_the_database_refuses_is_a_crash(client: httpx.Client, body: str) -> None:
    answer = client.post("/api/actions", content=body)
    assert (answer.status_code, len(answer.content)) == (500, 110)
    assert not set(CORS) & set(answer.headers)


def test_other_sites_may_read_two_of_the_routes(client: httpx.Client) -> None:
    """A browser asks first; the answer is the one that it would get."""
    asking = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    assert told(client.options("/api/actions", headers=asking), CORS) == []
    assert told(client.options(f"/api/get_run/{RELIC}", headers=asking), CORS)["_id"] == RELIC
    missing(client.options("/api/get_run/zz", headers=asking))


# One run, one task


def test_a_run_is_whole_with_its_lists_emptied(client: httpx.Client, seeded: Seeded) -> None:
    run = told(client.get(f"/api/get_run/{RELIC}"), CORS)
    stored = seeded.db["runs"].find_one({"version": 23, "finished": True})
    assert stored is not None
    assert list(run) == list(stored)
    assert (run["tasks"], run["bad_tasks"], run["args"]["spsa"]["param_history"]) == ([], [], [])
    assert run["args"]["spsa"]["params"] == stored["args"]["spsa"]["params"]
    assert told(client.get(f"/api/get_run/{RELIC.upper()}"), CORS) == run


@pytest.mark.parametrize(
    ("asked", "path", "shown"),
    [
        ("zz", "zz", "zz"),
        (NOWHERE, NOWHERE, NOWHERE),
        ("%C3%A9%20b", "%C3%A9%20b", "é b"),
        ("a%5Cb", "a%5Cb", "a\\b"),
    ],
)
def test_a_run_that_is_not_there(client: httpx.Client, asked: str, path: str, shown: str) -> None:
    """The path is written with percent signs, the id as it was meant."""
    answer = client.get(f"/api/get_run/{asked}")
    assert missing(answer) == f"/api/get_run/{path}: The run {shown} does not exist"
    assert missing(client.get(f"/api/get_elo/{asked}")) == f"/api/get_elo/{path}: The run {shown} does not exist"


@pytest.mark.parametrize("asked", ["a'b", "a%22b", "a'%22b", "a%00b", "a%C2%A0b"])
def test_an_id_with_a_quote_is_answered_by_the_page(client: httpx.Client, asked: str) -> None:
    """And one with a character that Python prints as an escape that JSON does not know. The page begins a session."""
    assert client.get(f"/api/get_run/{asked}").headers["set-cookie"].startswith("session=")
    for route in ("get_run", "get_elo", "pgn", "nn"):
        assert is_the_page(client.get(f"/api/{route}/{asked}")), route
    assert is_the_page(client.get(f"/api/get_task/{asked}/0"))
    assert is_the_page(client.get(f"/api/get_task/{RELIC}/{asked}"))


def test_a_task_is_shown_without_its_workers_secrets(client: httpx.Client) -> None:
    task = told(client.get(f"/api/get_task/{RELIC}/0"))
    info = task["worker_info"]
    assert (info["unique_key"], info["remote_addr"]) == ("c0ffee00...", "?.?.?.?")
    assert info["username"] == "carol"
    assert task["last_updated"] == "2025-12-31 23:59:59.250000+00:00"
    assert list(task) == ["num_games", "active", "worker_info", "last_updated", "start", "stats"]


def test_tasks_and_bad_tasks_by_number(client: httpx.Client) -> None:
    def task(name: str) -> dict[str, Any]:
        return told(client.get(f"/api/get_task/{RELIC}/{name}"))

    assert task("1")["spsa_params"] == {"iter": 1, "packed_flips": [0xA5, 0x80]}
    assert task("-1") == task("1")
    assert task("-2") == task("0")
    assert (task("0bad")["task_id"], task("0bad")["residual"]) == (0, 10.0)
    assert task("1bad") == task("-1bad")
    assert task("1bad")["residual"] == "inf"


@pytest.mark.parametrize(("name", "shown"), [("2", "2"), ("-3", "-3"), ("x", "x"), ("2bad", "2"), ("bad", "")])
def test_a_task_that_is_not_there(client: httpx.Client, name: str, shown: str) -> None:
    error = missing(client.get(f"/api/get_task/{RELIC}/{name}"))
    assert error == f"/api/get_task/{RELIC}/{name}: The task {RELIC}/{shown} does not exist"
    assert (
        missing(client.get(f"/api/get_task/zz/{name}"))
        == f"/api/get_task/zz/{name}: The task zz/{shown} does not exist"
    )


def test_what_a_worker_does_is_seen_at_once(app: App, client: httpx.Client, seeded: Seeded) -> None:
    with Worker(app, FIXED_ARCH) as worker:
        task = worker.take_task()
        worker.ask("update_task", **task, stats=drawn(4))
    shown = told(client.get(f"/api/get_task/{task['run_id']}/{task['task_id']}"))
    assert (shown["active"], shown["stats"]["draws"]) == (True, 4)
    assert TEXT_OF_TIME.fullmatch(shown["last_updated"])
    run = told(client.get(f"/api/get_run/{task['run_id']}"), CORS)
    assert (run["results"]["draws"], run["workers"]) == (4, 1)


def test_the_signs_of_a_live_tuning_are_numbers(app: App, client: httpx.Client, seeded: Seeded) -> None:
    with Worker(app, SPSA_ARCH, number=2) as worker:
        task = worker.take_task()
        worker.ask("request_spsa", **task)
    shown = told(client.get(f"/api/get_task/{task['run_id']}/{task['task_id']}"))
    stored = seeded.run("spsa")["tasks"][task["task_id"]]["spsa_params"]
    assert shown["spsa_params"] == {"iter": 1, "packed_flips": list(stored["packed_flips"])}


# Elo


def test_elo_is_that_of_a_sequential_test_only(client: httpx.Client, seeded: Seeded) -> None:
    assert client.get(f"/api/get_elo/{RELIC}").text == "{}"
    found = told(client.get(f"/api/get_elo/{seeded.runs['sprt']}"))
    elo = found.pop("elo")
    assert found == told(client.get(f"/api/get_run/{seeded.runs['sprt']}"), CORS)
    assert list(elo) == ["a", "b", "elo", "ci", "LOS", "LLR"]
    assert (len(elo["ci"]), elo["b"]) == (2, pytest.approx(2.9444389791664403))


def test_elo_of_some_games_is_the_specifications_example(client: httpx.Client) -> None:
    found = told(client.get("/api/calc_elo?W=10&D=20&L=5"))
    assert list(found) == ["elo", "ci", "LOS"]
    assert found["elo"] == pytest.approx(49.975494643319976, rel=1e-9)
    assert found["ci"] == pytest.approx([-26.37424578461905, 126.325235071259], rel=1e-9)
    assert found["LOS"] == pytest.approx(0.907061633817062, rel=1e-9)


def test_elo_of_pairs_with_bounds(client: httpx.Client) -> None:
    pairs = "LL=20&LD=220&DDWL=500&WD=230&WW=30"
    found = told(client.get(f"/api/calc_elo?{pairs}&W=1&D=1&L=1&elo0=0&elo1=2"))
    assert list(found) == ["a", "b", "elo", "ci", "LOS", "LLR"]
    assert found["elo"] == pytest.approx(5.21192470064806, rel=1e-9)
    assert found["LOS"] == pytest.approx(0.8806315928092294, rel=1e-9)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("W=10&D=20", "Invalid or missing parameters. Please provide all values as valid numbers."),
        ("W=10&D=20&L=-5", "Invalid or missing parameters. Please provide all values as valid numbers."),
        ("W=4294967297&D=0&L=0", "Number of games exceeds the limit."),
        ("W=0&D=0&L=0&elo0=x&elo1=x", "No games to calculate Elo."),
        ("W=1&D=1&L=1&elo0=0&elo1=0.4&elo_model=x", "Bad elo0, and elo1 values."),
        ("W=1&D=1&L=1&elo0=0&elo1=2&elo_model=x", "Valid Elo models are: BayesElo, logistic, and normalized."),
    ],
)
def test_counts_that_make_no_sense(client: httpx.Client, query: str, error: str) -> None:
    assert refused(client.get(f"/api/calc_elo?{query}"), 400) == f"/api/calc_elo: {error}"


def test_a_decimal_count_is_a_crash(client: httpx.Client) -> None:
    assert client.get("/api/calc_elo?W=1.5&D=20&L=5").status_code == 500
