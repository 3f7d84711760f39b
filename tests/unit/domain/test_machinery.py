"""Settings, timers, the gate, indexes, the database process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from demo.database import DatabaseError, EmbeddedDatabase
from domain.clock import SystemClock, Timers
from domain.gate import Gate
from domain.indexes import INDEXES, make_indexes
from domain.settings import Settings, SettingsError
from tests.support.clock import FrozenClock
from tests.support.domain import NOON

Db = Database[dict[str, Any]]


def test_settings_have_the_documented_defaults() -> None:
    settings = Settings.from_environ({})
    assert (settings.db_name, settings.role, settings.flush, settings.port) == ("fishtest_new", "owner", "behind", None)
    assert settings.starts_as_owner


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environ(
        {"FISHTEST_DB_URL": "mongodb://db", "FISHTEST_ROLE": "standby", "FISHTEST_PORT": "8000", "FISHTEST_BUILD": "b7"}
    )
    assert (settings.db_url, settings.role, settings.port, settings.build) == ("mongodb://db", "standby", 8000, "b7")
    assert not settings.starts_as_owner


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("FISHTEST_ROLE", "boss", "owner or standby"),
        ("FISHTEST_FLUSH", "never", "behind or through"),
        ("FISHTEST_OFFLINE", "yes", "0 or 1"),
        ("FISHTEST_PORT", "http", "1 to 65535"),
        ("FISHTEST_PRIMARY_PORT", "70000", "1 to 65535"),
    ],
)
def test_a_bad_setting_is_named_with_its_choices(name: str, value: str, advice: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*{value}.*{advice}"):
        Settings.from_environ({name: value})


def test_settings_print_no_secret() -> None:
    settings = Settings(db_url="mongodb://u:hush@db", authentication_secret="hush")
    assert "hush" not in repr(settings)


def test_timers_run_when_due_and_survive_a_failing_task(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FrozenClock(NOON)
    timers, ran = Timers(clock), list[str]()

    def fail() -> None:
        ran.append("failing")
        raise RuntimeError("a task broke")

    timers.add(60, 60, fail)
    timers.add(180, 60, lambda: ran.append("slow"))
    timers.run_due()
    assert ran == []
    for _ in range(3):
        clock.advance(70)
        timers.run_due()
    assert ran == ["failing", "slow", "failing", "failing"]
    assert "a task broke" in capsys.readouterr().err


def test_starts_are_spread_by_a_twentieth_of_the_period() -> None:
    clock, ran = FrozenClock(NOON), list[int]()
    timers = Timers(clock)
    for _ in range(200):
        timers.add(100, 60, lambda: ran.append(1))
    clock.advance(54.9)
    timers.run_due()
    assert ran == []
    clock.advance(5.1)
    timers.run_due()
    assert 40 < len(ran) < 160
    clock.advance(5.1)
    timers.run_due()
    assert len(ran) == 200


def test_stopping_timers_waits_for_the_running_task() -> None:
    timers, entered, finish, log = Timers(SystemClock()), threading.Event(), threading.Event(), list[str]()

    def task() -> None:
        entered.set()
        finish.wait(10)
        log.append("done")

    timers.add(0.01, 0, task)
    timers.start()
    assert entered.wait(10)
    finish.set()
    timers.stop()
    assert log[-1] == "done"
    timers.stop()


def test_the_gate_waits_for_those_inside_and_holds_back_others() -> None:
    gate, inside, go_out, order = Gate(), threading.Event(), threading.Event(), list[str]()

    def call() -> None:
        with gate.shared(), gate.shared():
            inside.set()
            go_out.wait(10)
            order.append("call ends")

    def handover() -> None:
        with gate.exclusive(), gate.shared():
            order.append("handover")

    def later_call() -> None:
        with gate.shared():
            order.append("later call")

    first = threading.Thread(target=call)
    first.start()
    assert inside.wait(10)
    second = threading.Thread(target=handover)
    second.start()
    while gate._closed_by is None:
        second.join(0.001)
    third = threading.Thread(target=later_call)
    third.start()
    third.join(0.05)
    assert order == []
    go_out.set()
    for thread in (first, second, third):
        thread.join(10)
    assert order == ["call ends", "handover", "later call"]


def test_indexes_are_made_once_and_again(db: Db) -> None:
    refused = make_indexes(db)
    assert make_indexes(db) == refused
    assert set(refused) <= {"actions.actions_text"}
    made = {name for collection in INDEXES for name in db[collection].index_information()}
    assert {"unfinished_runs", "finished_ltc_runs", "actions_run_time_id", "users_username"} <= made


def test_a_database_never_shares_a_port(tmp_path: Path) -> None:
    with EmbeddedDatabase() as running, EmbeddedDatabase() as second:
        running.start(tmp_path / "one")
        port = int(running.url.rpartition(":")[2])
        with pytest.raises(DatabaseError, match=f"port {port} is taken"):
            second.start(tmp_path / "two", port=port)
