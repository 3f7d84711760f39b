"""Runs and tasks as anybody may see them."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo.database import Database

from domain.public_runs import since
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import MakeServer, a_worker, an_sprt, an_spsa, new_run, results

Db = Database[dict[str, Any]]
NOWHERE = "0123456789abcdef01234567"
DECIDED = {"num_games": 100, "auto_purge": False}


def finished_runs(fishtest: Fishtest, clock: FrozenClock, count: int, **args: Any) -> list[str]:
    """So many stopped runs, a minute apart."""
    made = [new_run(fishtest, auto_purge=False, **args) for _ in range(count)]
    for run_id in made:
        clock.advance(60)
        with fishtest.runs.cache.editing(run_id) as run:
            run["last_updated"] = clock.now()
        fishtest.runs.stop(run_id, "dave")
    return made


def a_bad_task(fishtest: Fishtest) -> str:
    """A run in which one machine crashed too often; its task is among the bad ones."""
    run_id = new_run(fishtest, num_games=100)
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.update_task(a_worker(), run_id, task_id, results(40, losses=10, crashes=5))
    return run_id


def test_active_runs_come_whole_but_for_what_is_long(fishtest: Fishtest) -> None:
    tuning, other = new_run(fishtest, spsa=an_spsa() | {"param_history": [[]]}), new_run(fishtest)
    fishtest.runs.stop(new_run(fishtest), "dave")
    fishtest.request_task(a_worker())
    fishtest.runs.cache.flush_all()
    found = fishtest.public_runs.active()
    assert sorted(found) == sorted([tuning, other])
    run = found[tuning]
    assert not {"tasks", "bad_tasks"} & set(run)
    assert "param_history" not in run["args"]["spsa"]
    assert (run["_id"], run["args"]["spsa"]["num_iter"]) == (tuning, 1000)
    assert [run["workers"] for run in found.values()].count(1) == 1


def test_times_are_printed_as_python_prints_them(fishtest: Fishtest, clock: FrozenClock, db: Db) -> None:
    """Without a fraction where there is none; with microseconds from memory, with milliseconds from the database."""
    run_id = new_run(fishtest)
    assert fishtest.public_runs.active()[run_id]["start_time"] == "2026-03-01 12:00:00+00:00"
    clock.advance(0.123456)
    odd = new_run(fishtest)
    shown = fishtest.public_runs.get(odd)
    assert shown is not None
    assert shown["start_time"] == shown["last_updated"] == "2026-03-01 12:00:00.123456+00:00"
    assert fishtest.public_runs.active()[odd]["start_time"] == "2026-03-01 12:00:00.123000+00:00"


def test_finished_runs_come_newest_first_in_pages_of_50(fishtest: Fishtest, clock: FrozenClock) -> None:
    """Deleted ones take their place on a page, but are not on it."""
    made = finished_runs(fishtest, clock, 52)
    new_run(fishtest)
    fishtest.runs.delete(made[-1], "dave")
    assert list(fishtest.public_runs.finished(1)) == made[-2:1:-1]
    assert list(fishtest.public_runs.finished(2)) == [made[1], made[0]]
    assert fishtest.public_runs.finished(3) == {}
    assert fishtest.public_runs.finished(10**15 - 1) == {}


def test_finished_runs_can_be_narrowed_down(fishtest: Fishtest, clock: FrozenClock, db: Db) -> None:
    green, yellow, long, old = finished_runs(fishtest, clock, 4)
    for run_id, change in (
        (green, {"is_green": True}),
        (yellow, {"is_yellow": True}),
        (long, {"tc_base": 40.0}),
        (old, {"args.username": "Dave", "last_updated": datetime(2001, 1, 1, tzinfo=UTC)}),
    ):
        db["runs"].update_one({"_id": ObjectId(run_id)}, {"$set": change})
    find = fishtest.public_runs.finished
    assert list(find(1, success_only=True)) == [green]
    assert list(find(1, yellow_only=True)) == [yellow]
    assert list(find(1, ltc_only=True)) == [long]
    assert list(find(1, username="Dave")) == [old]
    assert list(find(1, username="dave", success_only=False)) == [long, yellow, green]
    assert list(find(1, since=datetime(2001, 1, 2))) == [long, yellow, green]
    assert find(1, success_only=True, ltc_only=True) == {}


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_a_timestamp_is_read_on_the_servers_own_clock(fishtest: Fishtest, clock: FrozenClock) -> None:
    """Nine hours late in Tokyo: scripts know this server's habit."""
    assert since("1000000000.5") == datetime(2001, 9, 9, 10, 46, 40, 500000)
    run_id = finished_runs(fishtest, clock, 1)[0]
    updated = int(clock.now().timestamp())
    nine_hours = 9 * 3600
    assert list(fishtest.public_runs.finished(1, since=since(str(updated - nine_hours)))) == [run_id]
    assert fishtest.public_runs.finished(1, since=since(str(updated - nine_hours + 1))) == {}


def test_one_run_is_whole_but_its_lists_are_empty(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa() | {"param_history": [[{"theta": 1.0, "R": 1.0, "c": 1.0}]]})
    fishtest.request_task(a_worker())
    run, shown = fishtest.runs.get(run_id), fishtest.public_runs.get(run_id)
    assert run is not None
    assert shown is not None
    assert list(shown) == list(run)
    assert (shown["tasks"], shown["bad_tasks"], shown["args"]["spsa"]["param_history"]) == ([], [], [])
    assert (shown["_id"], shown["workers"]) == (run_id, 1)
    assert len(run["tasks"]) == len(run["args"]["spsa"]["param_history"]) == 1
    json.dumps(shown, allow_nan=False)


def test_what_is_shown_of_a_run_is_the_callers_own(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa())
    shown = fishtest.public_runs.get(run_id)
    assert shown is not None
    shown["args"]["spsa"]["params"][0]["theta"] = -1.0
    shown["results"]["pentanomial"][0] = 7
    again = fishtest.public_runs.get(run_id)
    assert again is not None
    assert (again["args"]["spsa"]["params"][0]["theta"], again["results"]["pentanomial"][0]) == (10.0, 0)
    assert "param_history" not in again["args"]["spsa"]


@pytest.mark.parametrize("run_id", ["", "zz", NOWHERE, NOWHERE[:-1]])
def test_a_run_that_is_not_there(fishtest: Fishtest, run_id: str) -> None:
    assert fishtest.public_runs.get(run_id) is None
    assert fishtest.public_runs.task(run_id, "0") is None


def test_an_id_in_upper_case_names_the_same_run(fishtest: Fishtest) -> None:
    """And not a second copy of it, which would stay as it is now."""
    run_id = new_run(fishtest)
    assert fishtest.public_runs.get(run_id.upper()) == fishtest.public_runs.get(run_id)
    fishtest.request_task(a_worker())
    shown = fishtest.public_runs.get(run_id.upper())
    assert shown is not None
    assert shown["workers"] == 1
    assert fishtest.public_runs.task(run_id.upper(), "0") is not None


def test_a_task_tells_neither_the_key_nor_the_address(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    fishtest.request_task(a_worker())
    run, shown = fishtest.runs.get(run_id), fishtest.public_runs.task(run_id, "0")
    assert run is not None
    assert shown is not None
    task = run["tasks"][0]
    assert list(shown) == list(task)
    assert shown["worker_info"] == task["worker_info"] | {"unique_key": "c0ffee00...", "remote_addr": "?.?.?.?"}
    assert shown["last_updated"] == "2026-03-01 12:00:00+00:00"
    assert task["worker_info"]["remote_addr"] == "192.0.2.7"
    assert "192.0.2.7" not in json.dumps(shown)


def test_tasks_are_counted_from_both_ends(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    for number in range(3):
        fishtest.request_task(a_worker(number))
    keys = {
        name: task["worker_info"]["unique_key"][:8]
        for name in ("0", "2", "-1", "-3", "+1", "002")
        if (task := fishtest.public_runs.task(run_id, name))
    }
    expected = {"0": 0, "2": 2, "-1": 2, "-3": 0, "+1": 1, "002": 2}
    assert keys == {name: f"c0ffee0{number}" for name, number in expected.items()}
    for name in ("3", "-4", "", "x", "0x0", "1.0", "bad", "0bad", "-1bad", "0badbad", "9" * 5000):
        assert fishtest.public_runs.task(run_id, name) is None, name


def test_bad_tasks_have_a_list_of_their_own(fishtest: Fishtest, db: Db) -> None:
    run_id = a_bad_task(fishtest)
    for name in ("0bad", "-1bad"):
        shown = fishtest.public_runs.task(run_id, name)
        assert shown is not None
        assert (shown["bad"], shown["residual"], shown["residual_color"]) == (True, 10.0, "red")
        assert shown["stats"]["crashes"] == 5
    assert fishtest.public_runs.task(run_id, "1bad") is None


def test_an_infinite_residual_is_a_word(fishtest: Fishtest) -> None:
    """JSON has no infinity."""
    run_id = a_bad_task(fishtest)
    with fishtest.runs.cache.editing(run_id) as run:
        run["bad_tasks"][0]["residual"] = math.inf
    shown = fishtest.public_runs.task(run_id, "0bad")
    assert shown is not None
    assert shown["residual"] == "inf"


def test_signs_of_a_tuning_are_numbers(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, spsa=an_spsa(params=9))
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.request_spsa(run_id, task_id)
    run, shown = fishtest.runs.get(run_id), fishtest.public_runs.task(run_id, str(task_id))
    assert run is not None
    assert shown is not None
    packed = run["tasks"][task_id]["spsa_params"]["packed_flips"]
    assert shown["spsa_params"] == {"iter": 1, "packed_flips": [packed[0], packed[1]]}


def test_a_standby_shows_what_the_database_holds(fishtest: Fishtest, make_server: MakeServer) -> None:
    run_id = new_run(fishtest, sprt=an_sprt())
    standby = make_server(role="standby")
    fishtest.request_task(a_worker())
    assert standby.public_runs.task(run_id, "0") is None
    fishtest.runs.cache.flush_all()
    shown = standby.public_runs.task(run_id, "0")
    assert shown is not None
    assert shown["active"] is True
    assert standby.public_runs.get(run_id) == fishtest.public_runs.get(run_id)
