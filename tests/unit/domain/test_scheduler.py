"""Who gets what: every refusal, every sort key, every reason to skip a run, one by one."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pymongo.database import Database

from domain.scheduler import blocked_banner, capacity, cores_limit, memory_needed, task_size
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import (
    MakeServer,
    a_worker,
    add_user,
    an_sprt,
    an_spsa,
    new_run,
    results,
    run_args,
)

Db = Database[dict[str, Any]]

NO_TASK = {"task_waiting": False}


def chosen(fishtest: Fishtest, number: int = 0, **overrides: Any) -> str | None:
    """The run that this worker would get."""
    run = fishtest.scheduler.choose(a_worker(number, **overrides))
    return None if run is None else str(run["_id"])


def edit(fishtest: Fishtest, run_id: str, **fields: Any) -> None:
    with fishtest.runs.cache.editing(run_id) as run:
        run.update(fields)


def edit_args(fishtest: Fishtest, run_id: str, **fields: Any) -> None:
    with fishtest.runs.cache.editing(run_id) as run:
        run["args"].update(fields)


def test_nothing_to_do_is_task_waiting(fishtest: Fishtest) -> None:
    assert fishtest.request_task(a_worker()) == NO_TASK


def test_a_blocked_worker_reads_why_and_is_noted(fishtest: Fishtest, db: Db, clock: FrozenClock) -> None:
    new_run(fishtest)
    fishtest.workers.save("carol-4cores-c0ffee00", True, "Crashes all the time.\nPlease update the compiler.")
    clock.advance(60)
    answer = fishtest.request_task(a_worker())
    assert answer["task_waiting"] is False
    assert "Crashes all the time.\nPlease update the compiler.\n" in answer["error"]
    assert "/workers/carol-4cores-c0ffee00" in answer["error"]
    worker = db["workers"].find_one({"worker_name": "carol-4cores-c0ffee00"})
    assert worker is not None
    assert worker["last_updated"] == clock.now()


def test_links_for_workers_begin_with_the_first_address_seen(fishtest: Fishtest, make_server: MakeServer) -> None:
    fishtest.seen_at("https://first.example")
    fishtest.seen_at("https://second.example")
    fishtest.workers.save("carol-4cores-c0ffee00", True, "wrong")
    assert "\nhttps://first.example/workers/carol" in fishtest.request_task(a_worker())["error"]
    configured = make_server(url="https://configured.example")
    configured.seen_at("https://first.example")
    assert "\nhttps://configured.example/workers/carol" in configured.request_task(a_worker())["error"]


def test_an_unblocked_worker_gets_work(fishtest: Fishtest) -> None:
    new_run(fishtest)
    fishtest.workers.save("carol-4cores-c0ffee00", False, "mended")
    assert "run" in fishtest.request_task(a_worker())


def test_the_banner_wraps_the_reason_and_links_to_the_events() -> None:
    banner = blocked_banner("carol-4cores-c0ffee00", "word " * 40, "https://tests.example")
    assert all(len(line) <= 70 for line in banner.splitlines() if "word" in line)
    assert "https://tests.example/actions?text=%22carol-4cores-c0ffee00%22" in banner


@pytest.mark.parametrize(("silence", "refused"), [(120, True), (121, False)])
def test_a_second_worker_of_the_same_name_is_refused_while_the_first_lives(
    fishtest: Fishtest, clock: FrozenClock, silence: int, refused: bool
) -> None:
    new_run(fishtest)
    fishtest.request_task(a_worker())
    twin = a_worker(unique_key="c0ffee00-9999-4c3d-9e8f-0123456789ab")
    clock.advance(silence)
    answer = fishtest.request_task(twin)
    assert ("error" in answer) is refused


def test_one_address_has_a_limit_of_tasks(fishtest: Fishtest, make_server: MakeServer) -> None:
    add_user(fishtest, "ed", machine_limit=2)
    run_id = new_run(fishtest)
    eds = [a_worker(number, username="ed") for number in range(3)]
    tasks = [fishtest.request_task(worker) for worker in eds]
    assert tasks[2]["error"] == "Request_task: Machine limit (2) reached for user ed"
    assert "run" in fishtest.request_task(eds[2] | {"remote_addr": "198.51.100.9"})
    fishtest.failed_task(run_id, tasks[0]["task_id"])
    assert "run" in fishtest.request_task(eds[0])


def test_the_sixth_call_at_once_is_told_to_come_back(fishtest: Fishtest) -> None:
    """Five calls wait at the scheduler's lock, which the test holds; the sixth does not."""
    new_run(fishtest)
    answers: list[dict[str, Any]] = []
    with fishtest.scheduler._lock:
        threads = [
            threading.Thread(target=lambda n=n: answers.append(fishtest.request_task(a_worker(n)))) for n in range(5)
        ]
        for thread in threads:
            thread.start()
        while fishtest.scheduler._places._value:
            threads[0].join(0.001)
        busy = fishtest.request_task(a_worker(6))
    for thread in threads:
        thread.join()
    assert busy["task_waiting"] is False
    assert "busy" in busy["info"]
    assert sorted(answer["task_id"] for answer in answers) == [0, 1, 2, 3, 4]


def test_priority_comes_first(fishtest: Fishtest) -> None:
    new_run(fishtest)
    high = new_run(fishtest, priority=1)
    edit(fishtest, high, cores=500)
    assert chosen(fishtest) == high


def test_an_idle_run_comes_before_one_with_cores(fishtest: Fishtest) -> None:
    busy, idle = new_run(fishtest), new_run(fishtest)
    edit(fishtest, busy, cores=1)
    edit_args(fishtest, busy, itp=10000)
    assert chosen(fishtest) == idle


def test_cores_are_shared_by_internal_throughput(fishtest: Fishtest) -> None:
    plain, favoured = new_run(fishtest), new_run(fishtest)
    edit(fishtest, plain, cores=20)
    edit(fishtest, favoured, cores=30)
    edit_args(fishtest, favoured, itp=200)
    assert chosen(fishtest) == favoured


def test_ties_are_broken_by_run_id(fishtest: Fishtest) -> None:
    first = new_run(fishtest)
    new_run(fishtest)
    assert chosen(fishtest) == first


def test_a_worker_does_not_return_to_its_last_run_at_once(fishtest: Fishtest) -> None:
    first, second = new_run(fishtest), new_run(fishtest)
    answer = fishtest.request_task(a_worker())
    assert answer["run"]["_id"] == first
    fishtest.failed_task(first, answer["task_id"])
    assert chosen(fishtest) == second
    assert chosen(fishtest, 1) == first


SKIPS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # name, fields of the run, its args, the worker that goes without
    ("finished", {"finished": True}, {}, {}),
    ("not approved", {"approved": False}, {}, {}),
    ("too many threads", {}, {"threads": 8}, {}),
    ("too few threads", {}, {}, {"min_threads": 2}),
    ("no games left", {"committed_games": 60000}, {}, {}),
    ("memory", {}, {"new_options": "Hash=4096"}, {}),
    ("never had it, and GitHub calls are short", {}, {}, {"near_github_api_limit": True}),
    ("enough cores", {"cores": 1_000_001}, {}, {}),
    ("architecture", {}, {"arch_filter": "avx512|vnni"}, {}),
    ("compiler", {}, {"compiler": "clang++"}, {}),
]


@pytest.mark.parametrize(("fields", "args", "worker"), [row[1:] for row in SKIPS], ids=[row[0] for row in SKIPS])
def test_a_run_is_skipped(
    fishtest: Fishtest, fields: dict[str, Any], args: dict[str, Any], worker: dict[str, Any]
) -> None:
    run_id = new_run(fishtest)
    assert chosen(fishtest) == run_id
    edit(fishtest, run_id, **fields)
    edit_args(fishtest, run_id, **args)
    assert chosen(fishtest, **worker) is None


def test_a_worker_short_of_github_calls_goes_on_with_a_run_it_had(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    fishtest.seen_runs.add(a_worker()["unique_key"], run_id)
    assert chosen(fishtest, near_github_api_limit=True) == run_id


def test_a_matching_filter_and_compiler_let_the_worker_in(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, arch_filter="avx2$", compiler="g++")
    assert chosen(fishtest) == run_id


@pytest.mark.parametrize("pattern", ["(", "(x|xx)+[yz]"])
def test_a_filter_that_cannot_be_used_is_ignored_and_logged(fishtest: Fishtest, db: Db, pattern: str) -> None:
    run_id = new_run(fishtest, arch_filter=pattern)
    assert chosen(fishtest, worker_arch="x" * 60) == run_id
    action = db["actions"].find_one({"action": "log_message"})
    assert action is not None
    assert pattern in action["message"].replace("\\\\", "\\")


def test_a_task_is_no_larger_than_what_is_left(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, num_games=300)
    sizes = [fishtest.request_task(a_worker(n))["run"]["my_task"] for n in range(2)]
    assert [(task["num_games"], task["start"]) for task in sizes] == [(232, 0), (68, 232)]
    assert fishtest.request_task(a_worker(3)) == NO_TASK
    run = fishtest.runs.get(run_id)
    assert run is not None
    assert (run["workers"], run["cores"], run["committed_games"], run["total_games"]) == (2, 8, 300, 300)


def test_a_lost_race_is_no_error(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    edit(fishtest, run_id, committed_games=60000)
    answer = fishtest.scheduler._assign(run_id, a_worker())
    assert answer["task_waiting"] is False
    assert "info" in answer


def test_an_older_task_of_the_same_worker_is_failed_as_stale(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    first, second = (fishtest.request_task(a_worker())["task_id"] for _ in range(2))
    assert fishtest.beat(run_id, first) == {"task_alive": False}
    assert fishtest.beat(run_id, second) == {"task_alive": True}
    (action,) = db["actions"].find({"action": "failed_task"})
    assert action["task_id"] == first
    assert fishtest.assignments.connections("192.0.2.7") == 1


def test_a_known_book_brings_its_checksum(fishtest: Fishtest) -> None:
    fishtest.scheduler.books = {"demo.epd": {"sri": "Qm9v", "total": 1000}}
    new_run(fishtest)
    assert fishtest.request_task(a_worker())["run"]["args"]["book_sri"] == "Qm9v"


def test_what_a_worker_got_is_not_changed_by_later_updates(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, sprt=an_sprt())
    answer = fishtest.request_task(a_worker())
    fishtest.update_task(a_worker(), run_id, answer["task_id"], results(16))
    assert answer["run"]["args"]["sprt"]["overshoot"]["last_update"] == 0
    assert answer["run"]["my_task"]["stats"] == results()


def test_a_standby_hands_out_nothing(make_server: MakeServer, fishtest: Fishtest) -> None:
    new_run(fishtest)
    standby = make_server(role="standby")
    assert standby.request_task(a_worker()) == NO_TASK


def test_capacity_is_half_an_hour_in_whole_batches() -> None:
    assert capacity(run_args(), 4) == 232
    assert capacity(run_args(sprt=an_sprt()), 4) == 224
    assert capacity(run_args(tc="1000+10"), 1) == 2
    assert capacity(run_args(tc="1000+10", sprt=an_sprt(2)), 1) == 4


def test_what_is_left_of_a_sequential_test_is_rounded_up_to_batches() -> None:
    assert task_size(run_args(sprt=an_sprt()), 33, 4) == 64
    assert task_size(run_args(), 34, 4) == 34


def test_memory_grows_with_games_and_hash() -> None:
    assert memory_needed(run_args(), 4) == 2028
    assert memory_needed(run_args(threads=2, new_options="", base_options="Threads=2"), 4) == 444 + 4 * 213


def test_a_tuning_of_many_parameters_gets_fewer_cores() -> None:
    assert cores_limit(run_args(spsa=an_spsa(params=4))) == 100_000
    assert cores_limit(run_args()) == 1_000_000
