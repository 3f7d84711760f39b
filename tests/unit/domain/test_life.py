"""Tasks and runs from their first game to their last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database
from vtjson import ValidationError, validate

from domain.documents import run_schema
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import MakeServer, a_worker, add_user, an_sprt, new_run, results, run_args, stored_run

Db = Database[dict[str, Any]]


def actions_of(db: Db, *names: str) -> list[dict[str, Any]]:
    return list(db["actions"].find({"action": {"$in": list(names)}}).sort("_id"))


def start_task(fishtest: Fishtest, number: int = 0, **overrides: Any) -> tuple[str, int]:
    answer = fishtest.request_task(a_worker(number, **overrides))
    assert "run" in answer, answer
    return answer["run"]["_id"], answer["task_id"]


def run_of(fishtest: Fishtest, run_id: str) -> dict[str, Any]:
    run = fishtest.runs.get(run_id)
    assert run is not None
    return run


def test_a_new_run_validates_and_is_stored_at_once(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    run = stored_run(db, run_of(fishtest, run_id))
    validate(run_schema, run, "run")
    assert list(run)[:6] == ["_id", "version", "args", "start_time", "last_updated", "tc_base"]
    assert [action["action"] for action in actions_of(db, "new_run")] == ["new_run"]


def test_a_run_with_a_bad_argument_is_refused(fishtest: Fishtest) -> None:
    with pytest.raises(ValidationError, match=r"run\['args'\]\['num_games'\]"):
        fishtest.runs.create(run_args(num_games=7))


def test_a_task_is_handed_out_with_all_that_the_worker_reads(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, sprt=an_sprt())
    answer = fishtest.request_task(a_worker())
    assert list(answer) == ["run", "task_id"]
    assert list(answer["run"]) == ["_id", "args", "my_task"]
    assert answer["run"]["_id"] == run_id
    assert answer["run"]["my_task"]["num_games"] == 224
    assert answer["run"]["my_task"]["start"] == 0
    assert answer["run"]["args"]["sprt"]["batch_size"] == 16


def test_an_update_counts_in_task_and_run(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    assert fishtest.update_task(a_worker(), run_id, task_id, results(8, wins=2)) == {"task_alive": True}
    assert fishtest.update_task(a_worker(), run_id, task_id, results(8, wins=2)) == {"task_alive": True}
    run = run_of(fishtest, run_id)
    assert run["results"] == results(8, wins=2)
    assert run["tasks"][task_id]["stats"] == results(8, wins=2)
    validate(run_schema, run, "run")


def test_an_update_keeps_the_stored_address_and_takes_the_new_country(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    moved = a_worker(remote_addr="198.51.100.1", country_code="NO")
    fishtest.update_task(moved, run_id, task_id, results(2))
    info = run_of(fishtest, run_id)["tasks"][task_id]["worker_info"]
    assert (info["remote_addr"], info["country_code"]) == ("192.0.2.7", "NO")


@pytest.mark.parametrize(
    ("stats", "text"),
    [
        (results(3), "has incompatible stats"),
        (results(16) | {"draws": 33}, "odd number"),
        (results(17), "not a multiple of 32"),
    ],
)
def test_totals_that_cannot_be_are_refused_and_end_the_task(
    fishtest: Fishtest, stats: dict[str, Any], text: str
) -> None:
    run_id = new_run(fishtest, sprt=an_sprt())
    _, task_id = start_task(fishtest)
    fishtest.update_task(a_worker(), run_id, task_id, results(16))
    answer = fishtest.update_task(a_worker(), run_id, task_id, stats)
    assert answer["task_alive"] is False
    assert text in answer["error"]
    run = run_of(fishtest, run_id)
    assert not run["tasks"][task_id]["active"]
    assert run["results"] == results(16)
    validate(run_schema, run, "run")


def test_a_full_task_ends_and_later_calls_say_so(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    assert fishtest.update_task(a_worker(), run_id, task_id, results(116)) == {"task_alive": False}
    info = f"task {run_id}/{task_id} is not active"
    assert fishtest.update_task(a_worker(), run_id, task_id, results(116)) == {
        "task_alive": False,
        "info": f"Update_task: {info}",
    }
    assert fishtest.failed_task(run_id, task_id) == {"task_alive": False, "info": f"Failed_task: {info}"}
    assert fishtest.beat(run_id, task_id) == {"task_alive": False}
    run = run_of(fishtest, run_id)
    assert (run["workers"], run["cores"], run["committed_games"]) == (0, 0, 232)


def test_a_decided_run_is_finished_flagged_saved_and_logged(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest, num_games=100)
    _, task_id = start_task(fishtest)
    assert fishtest.update_task(a_worker(), run_id, task_id, results(10, wins=38, losses=2)) == {"task_alive": False}
    run = stored_run(db, run_of(fishtest, run_id))
    assert (run["finished"], run["is_green"], run["is_yellow"], run["nps"]) == (True, True, False, 0.0)
    assert [action["message"] for action in actions_of(db, "purge_run")] == [
        "Auto purge (not performed): No bad workers"
    ]
    (finished,) = actions_of(db, "finished_run")
    assert finished["username"] == "dave"
    assert finished["message"].startswith("Elo: ")
    assert fishtest.request_task(a_worker()) == {"task_waiting": False}


def test_an_sprt_ends_when_its_state_is_known(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, sprt=an_sprt(), num_games=800000)
    large: dict[str, Any] = {"concurrency": 64, "max_memory": 100_000}
    for number in range(4):
        _, task_id = start_task(fishtest, number, **large)
        size = run_of(fishtest, run_id)["tasks"][task_id]["num_games"] // 2
        stats = results(size - size // 4, wins=size // 4)
        if not fishtest.update_task(a_worker(number, **large), run_id, task_id, stats)["task_alive"]:
            break
    run = run_of(fishtest, run_id)
    assert (run["finished"], run["args"]["sprt"]["state"], run["is_green"]) == (True, "accepted", True)


def test_failure_is_logged_with_a_capped_message(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    assert fishtest.failed_task(run_id, task_id, "x" * 9000) == {}
    (action,) = actions_of(db, "failed_task")
    assert len(action["message"]) == 5120
    assert list(action)[1:] == ["action", "username", "worker", "run_id", "run", "task_id", "message", "time"]
    assert action["worker"] == "carol-4cores-c0ffee00-1a2b"


def test_many_crashes_are_logged_when_the_task_ends(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    fishtest.update_task(a_worker(), run_id, task_id, results(20, losses=2, crashes=4))
    assert actions_of(db, "crash_or_time") == []
    fishtest.failed_task(run_id, task_id, "tired")
    assert [a["action"] for a in actions_of(db, "crash_or_time", "failed_task")] == ["crash_or_time", "failed_task"]


@pytest.mark.parametrize(("silence", "dead"), [(360, False), (361, True)])
def test_a_task_is_dead_after_more_than_360_seconds(
    fishtest: Fishtest, db: Db, clock: FrozenClock, silence: int, dead: bool
) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    fishtest.update_task(a_worker(), run_id, task_id, results(4))
    clock.advance(silence)
    fishtest.upkeep.end_dead_tasks()
    run = run_of(fishtest, run_id)
    assert run["tasks"][task_id]["active"] is not dead
    assert run["results"] == results(4)
    assert len(actions_of(db, "dead_task")) == dead
    late = fishtest.update_task(a_worker(), run_id, task_id, results(8))
    assert ("info" in late, late["task_alive"]) == (dead, not dead)
    assert run["results"] == results(4 if dead else 8), "what comes after the end does not count"


def test_a_beat_keeps_a_task_alive(fishtest: Fishtest, clock: FrozenClock) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    clock.advance(300)
    assert fishtest.beat(run_id, task_id) == {"task_alive": True}
    clock.advance(300)
    fishtest.upkeep.end_dead_tasks()
    assert fishtest.beat(run_id, task_id) == {"task_alive": True}


def test_a_user_with_few_hours_stops_only_the_own_task(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    answer = fishtest.stop_run(a_worker(), run_id, task_id, "bench mismatch")
    assert answer == {"error": "User carol has too few games to stop a run"}
    run = run_of(fishtest, run_id)
    assert (run["finished"], run["tasks"][task_id]["active"]) == (False, False)
    (action,) = actions_of(db, "stop_run")
    assert action["message"] == "bench mismatch (not authorized)"


def test_a_long_standing_user_stops_the_run(fishtest: Fishtest, db: Db) -> None:
    db["user_cache"].insert_one({"username": "carol", "cpu_hours": 1000})
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    assert fishtest.stop_run(a_worker(), run_id, task_id, "bad" * 5000) == {}
    run = stored_run(db, run_of(fishtest, run_id))
    assert (run["finished"], run["failed"], run["failures"], run["workers"]) == (True, True, 1, 0)
    assert len(actions_of(db, "stop_run")[0]["message"]) == 5120
    assert actions_of(db, "purge_run")[0]["message"] == ("Auto purge (not performed): You cannot purge a failed run")
    assert fishtest.stop_run(a_worker(), run_id, task_id) == {"error": f"Run {run_id} is already finished"}


def test_approval_is_for_others_and_once(fishtest: Fishtest, db: Db) -> None:
    run_id = fishtest.runs.create(run_args())
    assert fishtest.request_task(a_worker()) == {"task_waiting": False}
    assert "own" in fishtest.runs.approve(run_id, "dave")
    assert fishtest.runs.approve(run_id, "eve") == ""
    assert "already" in fishtest.runs.approve(run_id, "frank")
    assert fishtest.runs.approve("f" * 24, "eve") == f"Run {'f' * 24} not found!"
    assert stored_run(db, run_of(fishtest, run_id))["approver"] == "eve"
    assert "run" in fishtest.request_task(a_worker())


def test_a_deleted_run_is_finished_and_hidden(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    start_task(fishtest)
    fishtest.runs.delete(run_id, "dave")
    run = stored_run(db, run_of(fishtest, run_id))
    assert (run["finished"], run["deleted"], run["workers"]) == (True, True, 0)
    assert fishtest.queries.finished()["finished_runs"] == []


def test_a_stopped_run_keeps_its_games(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    _, task_id = start_task(fishtest)
    fishtest.update_task(a_worker(), run_id, task_id, results(6))
    fishtest.runs.stop(run_id, "dave")
    run = stored_run(db, run_of(fishtest, run_id))
    assert (run["finished"], run["results"]) == (True, results(6))
    validate(run_schema, run, "run")


def test_purge_takes_out_crashed_tasks_and_the_run_goes_on(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest, num_games=100)
    _, task_id = start_task(fishtest)
    stats = results(10, wins=20, losses=20, crashes=4)
    assert fishtest.update_task(a_worker(), run_id, task_id, stats) == {"task_alive": False}
    run = stored_run(db, run_of(fishtest, run_id))
    assert run["finished"] is False
    assert run["results"] == results(0)
    assert run["tasks"][task_id]["bad"] is True
    (bad,) = run["bad_tasks"]
    assert (bad["task_id"], bad["residual"], bad["residual_color"], bad["stats"]) == (task_id, 10.0, "red", stats)
    assert actions_of(db, "purge_run")[0]["message"] == "Auto purge"
    assert actions_of(db, "finished_run") == []
    validate(run_schema, run, "run")
    assert start_task(fishtest) == (run_id, 1)


def play_three_workers(fishtest: Fishtest, run_id: str) -> None:
    """Two that agree and one far out."""
    for number, pentanomial in enumerate(([5, 50, 100, 50, 5], [4, 48, 110, 48, 4], [60, 60, 60, 20, 10])):
        worker = a_worker(number)
        _, task_id = start_task(fishtest, number)
        p = pentanomial
        wins, losses = 2 * p[4] + p[3], 2 * p[0] + p[1]
        stats = {"wins": wins, "losses": losses, "draws": 2 * sum(p) - wins - losses}
        stats |= {"crashes": 0, "time_losses": 0, "pentanomial": p}
        with fishtest.runs.cache.editing(run_id) as run:
            grown = 2 * sum(p) - run["tasks"][task_id]["num_games"]
            run["tasks"][task_id]["num_games"] += grown
            run["committed_games"] += grown
            run["total_games"] += grown
        fishtest.update_task(worker, run_id, task_id, stats)


def test_purge_by_hand_takes_out_the_worst_worker(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest, auto_purge=False)
    play_three_workers(fishtest, run_id)
    assert fishtest.runs.purge_by_user(run_id, "dave") == "Can only purge completed run"
    fishtest.runs.stop(run_id, "dave")
    assert fishtest.runs.purge_by_user(run_id, "dave") == ""
    run = run_of(fishtest, run_id)
    assert [task["task_id"] for task in run["bad_tasks"]] == [2]
    assert run["finished"] is False
    assert [a["message"] for a in actions_of(db, "purge_run")] == [
        "Manual purge (not performed): Can only purge completed run",
        "Manual purge",
    ]
    validate(run_schema, run, "run")


def test_old_runs_are_not_purged(fishtest: Fishtest, clock: FrozenClock) -> None:
    run_id = new_run(fishtest, auto_purge=False)
    fishtest.runs.stop(run_id, "dave")
    clock.advance(timedelta(days=31).total_seconds())
    assert fishtest.runs.purge_by_user(run_id, "dave") == "Run too old to be purged"


def test_a_worker_may_log_at_any_length(fishtest: Fishtest, db: Db) -> None:
    """The reference never came back from a message over 5120 characters."""
    fishtest.worker_log(a_worker(), "y" * 100_000)
    (action,) = actions_of(db, "log_message")
    assert (action["username"], len(action["message"])) == ("carol", 5120)


def test_an_impossible_action_is_replaced_once(fishtest: Fishtest, db: Db) -> None:
    fishtest.actions.add("upload_nn", "carol", nn="z" * 9000)
    (action,) = actions_of(db, "log_message")
    assert action["username"] == "fishtest.system"
    assert "upload_nn" in action["message"]
    assert len(action["message"]) <= 5120


def test_pgns_are_kept_as_they_come(fishtest: Fishtest, db: Db) -> None:
    fishtest.upload_pgn("a" * 24, 3, b"games")
    fishtest.upload_pgn("a" * 24, 3, b"games")
    assert [(p["run_id"], p["pgn_zip"], p["size"]) for p in db["pgns"].find()] == [("a" * 24 + "-3", b"games", 5)] * 2


def test_start_corrects_what_a_crash_left_behind(fishtest: Fishtest, make_server: MakeServer, db: Db) -> None:
    run_id = new_run(fishtest)
    for number in range(2):
        start_task(fishtest, number)
    run = run_of(fishtest, run_id)
    fishtest.leave()
    db["runs"].update_one({"_id": run["_id"]}, {"$set": {"workers": 9, "cores": 1, "committed_games": 3}})
    again = make_server()
    run = run_of(again, run_id)
    assert (run["workers"], run["cores"], run["committed_games"]) == (2, 8, 464)
    assert again.assignments.connections("192.0.2.7") == 2
    validate(run_schema, run, "run")


def test_the_start_finishes_a_decided_run(fishtest: Fishtest, db: Db, make_server: MakeServer) -> None:
    run_id = new_run(fishtest, num_games=400, auto_purge=False)
    _, task_id = start_task(fishtest)
    fishtest.update_task(a_worker(), run_id, task_id, results(100))
    run = run_of(fishtest, run_id)
    fishtest.leave()
    db["runs"].update_one({"_id": run["_id"]}, {"$set": {"args.num_games": 200}})
    again = make_server()
    assert run_of(again, run_id)["finished"] is True


def test_of_two_tasks_of_one_worker_the_start_keeps_the_later(
    fishtest: Fishtest, make_server: MakeServer, clock: FrozenClock, db: Db
) -> None:
    run_id = new_run(fishtest)
    start_task(fishtest, 1)
    clock.advance(10)
    start_task(fishtest, 2)
    run = run_of(fishtest, run_id)
    fishtest.leave()
    key = a_worker(1)["unique_key"]
    db["runs"].update_one({"_id": run["_id"]}, {"$set": {"tasks.1.worker_info.unique_key": key}})
    again = make_server()
    assert [task["active"] for task in run_of(again, run_id)["tasks"]] == [False, True]
    assert [action["task_id"] for action in actions_of(db, "failed_task")] == [0]


def test_events_tell_when_a_server_with_a_port_ran(make_server: MakeServer, db: Db) -> None:
    server = make_server(port=6543)
    add_user(server)
    server.stop()
    events = [action["message"] for action in actions_of(db, "system_event")]
    assert events == ["start fishtest@6543", "stop fishtest@6543"]
