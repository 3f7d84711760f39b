"""What the first pages show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from domain.figures import run_state
from domain.formatting import page_title, pagination, result_box, run_row, sparkline, time_ago
from domain.names import long_worker_name, run_name, short_worker_name
from domain.progression import PT_INFO
from domain.queries import page_number, task_number
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import NOON, a_worker, add_user, an_sprt, an_spsa, new_run, results, run_args

Db = Database[dict[str, Any]]


def ids(runs: list[dict[str, Any]]) -> list[str]:
    return [str(run["_id"]) for run in runs]


def test_the_queue_is_split_and_summed(fishtest: Fishtest) -> None:
    pending = fishtest.runs.create(run_args())
    active, paused = new_run(fishtest, priority=1, num_games=600), new_run(fishtest)
    fishtest.request_task(a_worker())
    fishtest.upkeep.refresh_speed()
    fishtest.runs.cache.flush_all()
    found = fishtest.queries.unfinished()
    assert {state: ids(runs) for state, runs in found["runs"].items()} == {
        "pending": [pending],
        "paused": [paused],
        "active": [active],
    }
    assert (found["cores"], found["machines_count"], found["nps"]) == (4, 1, 4 * 628000.0)
    assert found["games_per_minute"] == 7
    assert found["pending_hours"] == f"{120600 * 30.912 / 3600 / 4:.1f}"
    assert "tasks" not in found["runs"]["active"][0]


def test_active_runs_show_the_furthest_sequential_test_first(fishtest: Fishtest, db: Db) -> None:
    tuning = new_run(fishtest, spsa=an_spsa())
    fixed, behind, ahead = new_run(fishtest), new_run(fishtest, sprt=an_sprt()), new_run(fishtest, sprt=an_sprt())
    db["runs"].update_many({}, {"$set": {"workers": 1}})
    db["runs"].update_one(
        {"args.sprt": {"$exists": True}, "_id": fishtest.runs.get(ahead)["_id"]}, {"$set": {"args.sprt.llr": 1.5}}
    )  # type: ignore[index]
    assert ids(fishtest.queries.unfinished()["runs"]["active"]) == [ahead, behind, fixed, tuning]


def test_finished_runs_come_newest_first_in_pages_of_25(fishtest: Fishtest, clock: FrozenClock, db: Db) -> None:
    made = [new_run(fishtest, auto_purge=False) for _ in range(27)]
    for run_id in made:
        clock.advance(60)
        with fishtest.runs.cache.editing(run_id) as run:
            run["last_updated"] = clock.now()
        fishtest.runs.stop(run_id, "dave")
    fishtest.runs.delete(made[-1], "dave")
    first, second = fishtest.queries.finished(), fishtest.queries.finished(page=2)
    assert ids(first["finished_runs"]) == made[25:1:-1]
    assert ids(second["finished_runs"]) == made[1::-1]
    assert (first["num_finished_runs"], first["page_idx"], second["page_idx"]) == (27, 0, 1)
    assert [page["idx"] for page in first["finished_runs_pages"]] == ["Prev", "1", "2", "Next"]


def test_filters_choose_by_colour_and_time_control(fishtest: Fishtest, db: Db) -> None:
    green, yellow, long = new_run(fishtest), new_run(fishtest), new_run(fishtest, tc="60+0.6", new_tc="60+0.6")
    for run_id in (green, yellow, long):
        fishtest.runs.stop(run_id, "dave")
    db["runs"].update_one({"tc_base": 10, "is_green": False}, {"$set": {"is_green": True}})
    found = fishtest.queries.finished(success_only=True)
    assert found["num_finished_runs"] == 1
    assert ids(fishtest.queries.finished(ltc_only=True)["finished_runs"]) == [long]
    assert fishtest.queries.finished(yellow_only=True)["finished_runs"] == []


def test_failed_runs_show_on_the_first_page(fishtest: Fishtest, db: Db) -> None:
    db["user_cache"].insert_one({"username": "carol", "cpu_hours": 5000})
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.stop_run(a_worker(), run_id, task_id)
    assert ids(fishtest.queries.finished()["failed_runs"]) == [run_id]
    assert fishtest.queries.finished(page=2)["failed_runs"] == []


def test_the_page_of_a_test_has_all_parts(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, sprt=an_sprt(), throughput=150, priority=1, new_options="Hash=32", arch_filter="avx2")
    fishtest.request_task(a_worker())
    page = fishtest.queries.test_page(run_id)
    assert page is not None
    assert page["page_title"] == "SPRT lmr_tweak vs master"
    assert page["totals"] == {"active_workers": 1, "active_cores": 4}
    assert [row["worker"] for row in page["tasks"]] == ["carol-4cores-c0ffee00-1a2b"]
    assert page["document_size"] > 1000
    assert page["run_args"][0] == ("new_tag", "lmr_tweak", f"{run_args()['tests_repo']}/commit/{'b' * 40}")
    assert [warning.split(":")[0] for warning in page["warnings"]] == [
        "throughput exceeds the normal limit",
        "priority exceeds the normal limit",
        "odd hash for this time control",
        "base options differ from new options",
        "this test has an architecture filter",
    ]
    assert page["spsa_data"] is None
    assert fishtest.queries.test_page("zz") is None


def test_bad_tasks_come_last(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, num_games=100)
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.update_task(a_worker(), run_id, task_id, results(40, losses=10, crashes=5))
    fishtest.request_task(a_worker(1))
    page = fishtest.queries.test_page(run_id)
    assert page is not None
    assert [(row["task_id"], row["bad"], row["residual_color"]) for row in page["tasks"]] == [
        (1, False, ""),
        (0, True, "red"),
    ]


def test_a_tuning_brings_its_parameters(fishtest: Fishtest) -> None:
    page = fishtest.queries.test_page(new_run(fishtest, spsa=an_spsa()))
    assert page is not None
    assert page["page_title"] == "SPSA lmr_tweak"
    assert [param["name"] for param in page["spsa_data"]["params"]] == ["p0", "p1", "p2"]


def test_a_tuning_shows_the_way_of_each_parameter(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa(params=1))
    with fishtest.runs.cache.editing(run_id) as run:
        run["args"]["spsa"]["param_history"] = [[{"theta": theta, "R": 1.0, "c": 1.0}] for theta in (0.0, 10.0, 20.0)]
    page = fishtest.queries.test_page(run_id)
    assert page is not None
    assert page["spsa_data"]["params"][0]["path"] == "0.0,24.0 60.0,12.0 120.0,0.0"


def test_a_line_through_one_value_or_none(fishtest: Fishtest) -> None:
    assert (sparkline([], 0, 1), sparkline([3], 3, 3)) == ("", "0.0,0.0")


def test_one_users_queue_holds_nothing_of_others(fishtest: Fishtest) -> None:
    mine, _ = new_run(fishtest, username="carol"), new_run(fishtest)
    assert ids(fishtest.queries.unfinished("carol")["runs"]["paused"]) == [mine]
    assert fishtest.queries.unfinished("nobody")["runs"] == {"pending": [], "paused": [], "active": []}


def test_machines_at_work_come_by_name(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    for number in (2, 1):
        fishtest.request_task(a_worker(number, modified=True))
    fishtest.failed_task(run_id, fishtest.request_task(a_worker(3))["task_id"])
    fishtest.runs.cache.flush_all()
    first, second = fishtest.queries.machines()
    assert (first["worker"], second["worker"]) == ("carol-4cores-c0ffee01-1a2b*", "carol-4cores-c0ffee02-1a2b*")
    assert (first["compiler"], first["python"], first["version"]) == ("g++ 13.2.0", "3.12.4", "311*")
    assert (first["run_id"], first["new_tag"], first["task_id"], first["cores"]) == (run_id, "lmr_tweak", 1, 4)


def test_notes_tell_where_a_test_comes_from(fishtest: Fishtest) -> None:
    origin = new_run(fishtest)
    run_id = fishtest.runs.create(run_args(resolved_base=PT_INFO["pt_branch"]), rescheduled_from=origin)
    page = fishtest.queries.test_page(run_id)
    assert page is not None
    assert page["notes"] == [f"rescheduled from {origin}", "this is a progression test against SF_17"]
    assert ("rescheduled_from", origin, f"/tests/view/{origin}") in page["run_args"]


@pytest.mark.parametrize(
    ("text", "page"), [("2", 2), ("0", 1), ("", 1), (None, 1), ("-1", 1), ("x", 1), ("1e3", 1), ("٣", 1), ("007", 7)]
)
def test_a_page_is_a_number_or_the_first(text: str | None, page: int) -> None:
    assert page_number(text) == page


@pytest.mark.parametrize(
    ("text", "task"), [("0", 0), ("2", 2), ("3", -1), ("-1", -1), ("x", -1), ("", -1), (None, -1), ("9" * 5000, -1)]
)
def test_a_task_is_one_of_those_there_are_or_none(text: str | None, task: int) -> None:
    assert task_number(text, 3) == task


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "pending"),
        ({"approved": True}, "paused"),
        ({"workers": 1}, "active"),
        ({"finished": True}, "finished"),
        ({"finished": True, "failed": True}, "failed"),
        ({"finished": True, "failed": True, "deleted": True}, "deleted"),
    ],
)
def test_a_run_stands_somewhere(fields: dict[str, Any], state: str) -> None:
    nowhere = {"workers": 0, **dict.fromkeys(("approved", "finished", "failed", "deleted"), False)}
    assert run_state(nowhere | fields) == state


@pytest.mark.parametrize(
    ("page", "total", "shown"),
    [
        (1, 25, []),
        (1, 0, []),
        (1, 50, ["Prev", "1", "2", "Next"]),
        (3, 250, ["Prev", "1", "2", "3", "4", "...", "10", "Next"]),
        (5, 250, ["Prev", "1", "...", "4", "5", "6", "...", "10", "Next"]),
        (9, 250, ["Prev", "1", "...", "7", "8", "9", "10", "Next"]),
    ],
)
def test_links_to_pages(page: int, total: int, shown: list[str]) -> None:
    assert [entry["idx"] for entry in pagination(page, total, 25)] == shown


def test_a_link_carries_its_state_and_the_filters() -> None:
    entries = {entry["idx"]: entry for entry in pagination(2, 75, 25, "&ltc_only=1")}
    assert entries["2"] == {"idx": "2", "url": "?page=2&ltc_only=1", "state": "active"}
    assert entries["Prev"] == {"idx": "Prev", "url": "?page=1&ltc_only=1", "state": ""}
    assert pagination(3, 75, 25)[-1]["state"] == "disabled"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=59), "seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1, hours=5), "1 day ago"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_how_long_ago(age: timedelta, text: str) -> None:
    assert time_ago(NOON - age, NOON) == text


def test_the_year_one_is_never() -> None:
    assert time_ago(datetime(1, 1, 1, tzinfo=UTC), NOON) == "Never"


def test_a_row_and_its_box(fishtest: Fishtest) -> None:
    run = fishtest.runs.get(new_run(fishtest, new_tag="a_branch_with_quite_a_long_name"))
    assert run is not None
    row = run_row(run)
    assert (row["date"], row["user"], row["new_tag"]) == ("26-03-01", "dav", "a_branch_with_quite_a_l")
    assert (row["details"], row["deletable"]) == ("60000 @ 10+0.1", True)
    assert result_box(run) == {"color": "", "lines": ["Pending..."]}
    run["results"] = results(40, wins=12, losses=3)
    assert [line.split(":")[0] for line in result_box(run)["lines"]] == ["Elo", "Total", "Ptnml(0-2)", "nElo"]


@pytest.mark.parametrize(
    ("state", "elo0", "wins", "color"),
    [
        ("accepted", 0.0, 9, "green"),
        ("accepted", -1.75, 9, "blue"),
        ("rejected", 0.0, 0, "red"),
        ("rejected", 0.0, 9, "yellow"),
        ("", 0.0, 9, ""),
    ],
)
def test_colours_of_finished_sequential_tests(
    fishtest: Fishtest, state: str, elo0: float, wins: int, color: str
) -> None:
    run_id = new_run(fishtest, sprt=an_sprt() | {"elo0": elo0, "elo1": elo0 + 1.5}, auto_purge=False)
    with fishtest.runs.cache.editing(run_id) as run:
        run["results"] = results(40, wins=wins, losses=3)
        run["args"]["sprt"]["state"] = state
        fishtest.runs.finish(run)
        assert result_box(run)["color"] == color


def test_titles_of_fixed_games(fishtest: Fishtest) -> None:
    run = fishtest.runs.get(new_run(fishtest))
    assert run is not None
    assert page_title(run) == "60000 games - lmr_tweak vs master"


def test_derived_names(fishtest: Fishtest) -> None:
    assert short_worker_name(a_worker()) == "carol-4cores-c0ffee00"
    assert long_worker_name(a_worker(modified=True)) == "carol-4cores-c0ffee00-1a2b*"
    name = run_name({"_id": "65f0a1b2c3d4e5f601234567", "args": {"new_tag": "x" * 40}})
    assert name == "x" * 23 + "-8ff7bad"


def test_other_users_are_counted_apart(fishtest: Fishtest) -> None:
    add_user(fishtest, "ed")
    assert fishtest.queries.finished(username="ed")["num_finished_runs"] == 0
