"""When runs are written, when they are forgotten, and that a handover loses nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from bson.errors import InvalidDocument
from pymongo.database import Database
from pymongo.monitoring import CommandListener, CommandStartedEvent
from vtjson import validate

from domain.documents import run_schema
from domain.errors import NotOwner
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import MakeServer, a_worker, add_user, new_run, results, stored_run

Db = Database[dict[str, Any]]


def run_of(server: Fishtest, run_id: str) -> dict[str, Any]:
    run = server.runs.get(run_id)
    assert run is not None
    return run


def test_a_change_is_written_behind(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    run = run_of(fishtest, run_id)
    assert stored_run(db, run)["tasks"] == []
    assert fishtest.runs.cache.flush_one() is True
    assert stored_run(db, run)["tasks"][task_id]["active"] is True
    assert fishtest.runs.cache.flush_one() is False


def test_an_id_in_capitals_is_the_same_run(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    cache = fishtest.runs.cache
    run = run_of(fishtest, run_id)
    assert run_of(fishtest, run_id.upper()) is run
    with cache.reading(run_id.upper()) as read, cache.editing(run_id.upper()) as edited:
        assert read is edited is run
        run["workers"] = 7
        cache.mark(run)
    assert cache.flush_all() == 1
    assert stored_run(db, run)["workers"] == 7


def test_the_most_overdue_run_is_written_first(fishtest: Fishtest, db: Db, clock: FrozenClock) -> None:
    """A new task (priority 2) is worth 120 s of waiting."""
    beaten, new_task = new_run(fishtest), new_run(fishtest, priority=1)
    edit = fishtest.runs.cache.editing
    with edit(beaten) as run:
        fishtest.runs.cache.mark(run)
    clock.advance(100)
    fishtest.request_task(a_worker())
    fishtest.runs.cache.flush_one()
    assert stored_run(db, run_of(fishtest, new_task))["workers"] == 1


def test_through_writes_before_the_call_returns(make_server: MakeServer, db: Db) -> None:
    server = make_server(flush="through")
    add_user(server)
    run_id = new_run(server)
    task_id = server.request_task(a_worker())["task_id"]
    run = run_of(server, run_id)
    assert stored_run(db, run)["workers"] == 1
    server.update_task(a_worker(), run_id, task_id, results(4))
    stored = stored_run(db, run)
    assert stored["results"] == results(4)
    assert stored["nps"] == 4 * 628000.0
    assert stored["args"]["itp"] == pytest.approx(100 * 36 / 37)


class ReplaceCounter(CommandListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: Any) -> None: ...
    def failed(self, event: Any) -> None: ...


def test_through_costs_one_write_for_each_call(
    make_server: MakeServer, db: Db, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import domain.server

    counter = ReplaceCounter()
    plain = domain.server.MongoClient
    monkeypatch.setattr(domain.server, "MongoClient", lambda url, **kw: plain(url, event_listeners=[counter], **kw))
    server = make_server(flush="through")
    add_user(server)
    run_id = new_run(server)
    server.users.get("carol")
    counter.commands.clear()
    task_id = server.request_task(a_worker())["task_id"]
    assert counter.commands == ["find", "update"]  # is the worker blocked?; the run
    counter.commands.clear()
    server.update_task(a_worker(), run_id, task_id, results(4))
    server.beat(run_id, task_id)
    assert counter.commands == ["update", "update"]


def test_clean_idle_runs_are_forgotten_and_busy_ones_kept(fishtest: Fishtest, clock: FrozenClock) -> None:
    idle, busy = new_run(fishtest), new_run(fishtest, priority=1)
    fishtest.request_task(a_worker())
    fishtest.runs.cache.flush_all()
    old_idle, old_busy = run_of(fishtest, idle), run_of(fishtest, busy)
    clock.advance(301)
    fishtest.runs.cache.evict()
    assert run_of(fishtest, idle) is not old_idle
    assert run_of(fishtest, busy) is old_busy


def test_a_snapshot_is_private(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    snapshot = fishtest.runs.snapshot(run_id)
    assert snapshot == run_of(fishtest, run_id)
    assert snapshot is not run_of(fishtest, run_id)


@pytest.mark.parametrize("run_id", ["", "zz", "f" * 24, "0" * 23])
@pytest.mark.parametrize("role", ["owner", "standby"])
def test_an_id_that_names_no_run_gives_none(make_server: MakeServer, run_id: str, role: str) -> None:
    server = make_server(role=role)
    assert server.runs.get(run_id) is None
    assert server.runs.snapshot(run_id) is None


def test_a_standby_reads_what_the_owner_has_written_and_writes_nothing(
    fishtest: Fishtest, make_server: MakeServer
) -> None:
    run_id = new_run(fishtest)
    standby = make_server(role="standby")
    assert not standby.is_owner
    assert run_of(standby, run_id)["workers"] == 0
    fishtest.request_task(a_worker())
    fishtest.runs.cache.flush_all()
    assert run_of(standby, run_id)["workers"] == 1
    for change in (
        lambda: standby.beat(run_id, 0),
        lambda: standby.update_task(a_worker(), run_id, 0, results(1)),
        lambda: standby.failed_task(run_id, 0),
        lambda: standby.stop_run(a_worker(), run_id, 0),
        lambda: standby.runs.approve(run_id, "eve"),
    ):
        with pytest.raises(NotOwner, match="standby"):
            change()


def test_only_the_primary_port_starts_as_owner(make_server: MakeServer) -> None:
    assert make_server(port=8001, primary_port=8000).is_owner is False
    assert make_server(port=8000, primary_port=8000).is_owner is True


def test_leave_flushes_and_enter_finds_everything_again(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.update_task(a_worker(), run_id, task_id, results(4))
    run = run_of(fishtest, run_id)
    assert fishtest.leave() == {"role": "standby", "runs_flushed": 1, "values_saved": 2}
    assert fishtest.leave() == {"role": "standby", "runs_flushed": 0, "values_saved": 0}
    assert stored_run(db, run)["results"] == results(4)
    assert fishtest.enter() == {"role": "owner", "unfinished_runs": 1, "active_tasks": 1}
    assert fishtest.enter() == {"role": "owner", "unfinished_runs": 1, "active_tasks": 1}
    assert fishtest.update_task(a_worker(), run_id, task_id, results(6)) == {"task_alive": True}
    assert fishtest.assignments.connections("192.0.2.7") == 1
    assert fishtest.seen_runs.last_run(a_worker()["unique_key"]) == run_id


@pytest.mark.parametrize("flush", ["behind", "through"])
def test_handovers_between_two_servers_lose_no_update(make_server: MakeServer, db: Db, flush: str) -> None:
    """Eight workers report without pause, each again until it is taken in, while the run changes hands six times."""
    servers = [make_server(flush=flush), make_server(flush=flush, role="standby")]
    add_user(servers[0])
    run_id = new_run(servers[0], num_games=800000)
    tasks = [servers[0].request_task(a_worker(n))["task_id"] for n in range(8)]
    rounds, faults = 25, list[BaseException]()
    progress = threading.Semaphore(0)

    def play(number: int, task_id: int) -> None:
        try:
            for pairs in range(1, rounds + 1):
                taken = False
                while not taken:
                    for server in servers:
                        try:
                            answer = server.update_task(a_worker(number), run_id, task_id, results(pairs))
                        except NotOwner:
                            continue
                        assert answer == {"task_alive": True}
                        taken = True
                        break
                progress.release()
        except BaseException as fault:
            faults.append(fault)
            progress.release()

    threads = [threading.Thread(target=play, args=pair) for pair in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        for _ in range(10):
            progress.acquire(timeout=30)
        leaving, entering = servers[turn % 2], servers[(turn + 1) % 2]
        leaving.leave()
        entering.enter()
    for thread in threads:
        thread.join()
    assert faults == []
    for server in servers:
        server.leave()
    run = db["runs"].find_one({})
    assert run is not None
    assert [task["stats"] for task in run["tasks"]] == [results(rounds)] * 8
    assert run["results"] == results(8 * rounds)
    validate(run_schema, run, "run")


def test_a_leave_that_fails_changes_nothing(fishtest: Fishtest, db: Db) -> None:
    """What cannot be written stays in memory; the next leave takes it along."""
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    run = run_of(fishtest, run_id)
    run["unwritable"] = object()
    with pytest.raises(InvalidDocument):
        fishtest.leave()
    assert fishtest.is_owner
    assert fishtest.beat(run_id, task_id) == {"task_alive": True}
    del run["unwritable"]
    assert fishtest.leave()["runs_flushed"] == 1
    assert stored_run(db, run)["workers"] == 1


def test_an_enter_that_fails_leaves_a_standby(make_server: MakeServer, fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    standby = make_server(role="standby")
    db["runs"].update_one({}, {"$unset": {"tasks": 1}})
    with pytest.raises(KeyError):
        standby.enter()
    assert not standby.is_owner
    assert standby.request_task(a_worker()) == {"task_waiting": False}
    db["runs"].update_one({}, {"$set": {"tasks": []}})
    assert standby.enter()["unfinished_runs"] == 1
    assert run_of(standby, run_id)["workers"] == 0


def count_a_task_twice(fishtest: Fishtest, _: str) -> None:
    fishtest.assignments.connected(a_worker())


def forget_a_worker(fishtest: Fishtest, _: str) -> None:
    ((name, assignment),) = fishtest.assignments.items()
    fishtest.assignments.forget(name, assignment)


def take_a_finished_run_up_again(fishtest: Fishtest, run_id: str) -> None:
    fishtest.runs.stop(run_id, "dave")
    fishtest.runs.cache.unfinished.add(run_id)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (count_a_task_twice, "Connection counts {'192.0.2.7': 2} should be {'192.0.2.7': 1}"),
        (forget_a_worker, "Active tasks are no worker's latest: RUN/0"),
        (take_a_finished_run_up_again, "Finished runs are held to be unfinished: RUN"),
    ],
)
def test_maps_that_do_not_fit_the_runs_are_logged(fishtest: Fishtest, db: Db, spoil: Any, told: str) -> None:
    run_id = new_run(fishtest)
    fishtest.request_task(a_worker())
    fishtest.upkeep.validate_maps()
    assert db["actions"].count_documents({"action": "log_message"}) == 0
    spoil(fishtest, run_id)
    fishtest.upkeep.validate_maps()
    assert [a["message"] for a in db["actions"].find({"action": "log_message"})] == [told.replace("RUN", run_id)]


def test_many_threads_on_one_run_keep_its_totals_right(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest, num_games=800000)

    def work(number: int) -> None:
        for _ in range(5):
            answer = fishtest.request_task(a_worker(number))
            if "run" not in answer:
                continue
            for pairs in (1, 2, 3):
                fishtest.update_task(a_worker(number), run_id, answer["task_id"], results(pairs))
            fishtest.failed_task(run_id, answer["task_id"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = run_of(fishtest, run_id)
    assert run["tasks"]
    assert run["workers"] == 0
    assert fishtest.assignments.connections("192.0.2.7") == 0
    validate(run_schema, run, "run")


def test_figures_follow_the_minute(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    fishtest.request_task(a_worker())
    fishtest.upkeep.refresh_speed()
    fishtest.upkeep.refresh_itp()
    run = run_of(fishtest, run_id)
    assert run["nps"] == 4 * 628000.0
    assert run["games_per_minute"] == pytest.approx(4 * 60 / 30.912)
    assert run["args"]["itp"] == pytest.approx(97.2972972972973)


def test_inactive_workers_leave_the_map(fishtest: Fishtest) -> None:
    run_id = new_run(fishtest)
    task_id = fishtest.request_task(a_worker())["task_id"]
    fishtest.upkeep.forget_inactive()
    assert len(fishtest.assignments.items()) == 1
    fishtest.failed_task(run_id, task_id)
    fishtest.upkeep.forget_inactive()
    assert fishtest.assignments.items() == []


def test_every_periodic_task_has_its_period_and_its_start(fishtest: Fishtest) -> None:
    """The table of the specification's section 8; the two that ask GitHub have timers of their own."""
    upkeep, timers = fishtest.upkeep, Recorder()
    upkeep.schedule(timers, figures_on_write=False)  # type: ignore[arg-type]
    assert timers.added == {
        "_flush_one": (1, 1),
        "evict": (60, 60),
        "end_dead_tasks": (60, 60),
        "refresh_itp": (60, 60),
        "refresh_speed": (60, 60),
        "validate_one": (180, 60),
        "forget_inactive": (180, 60),
        "save_seen_runs": (300, 60),
        "validate_maps": (900, 60),
    }


class Recorder:
    """Timers that only note what they are given."""

    def __init__(self) -> None:
        self.added: dict[str, tuple[float, float]] = {}

    def add(self, period: float, first: float, task: Any) -> None:
        self.added[task.__name__] = (period, first)


def test_a_run_that_does_not_validate_is_logged(fishtest: Fishtest, db: Db) -> None:
    run_id = new_run(fishtest)
    with fishtest.runs.cache.editing(run_id) as run:
        run["workers"] = 3
    fishtest.upkeep.validate_one()
    action = db["actions"].find_one({"action": "log_message"})
    assert action is not None
    assert "workers differ" in action["message"]
