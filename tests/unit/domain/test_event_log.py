"""Searching the event log: filters, limits, pages, hints, and text with and without a text index."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from domain.event_log import (
    EventLog,
    Search,
    event_row,
    last_page,
    max_actions,
    straight_quotes,
    ways,
)
from domain.indexes import make_indexes
from domain.text_search import conditions
from tests.support.log_and_nets import CROWD, EVENTS, LONG_AGO, OTHER_WORKER, RUN, WORKER, seed_log

Db = Database[dict[str, Any]]

SHOWN = CROWD + len(EVENTS) - 2  # without dead_task and system_event


@pytest.fixture
def log(db: Db) -> EventLog:
    """A log with its indexes, so that hints are followed; the database has no text search."""
    make_indexes(db)
    seed_log(db)
    return EventLog(db)


def found(log: EventLog, **terms: Any) -> list[dict[str, Any]]:
    search = Search(**terms)
    return log.page(search, 1, log.count(search))


def kinds(log: EventLog, **terms: Any) -> list[str]:
    return [action["action"] for action in found(log, **terms)]


def test_the_newest_come_first_and_the_crowds_are_hidden(log: EventLog) -> None:
    assert log.count(Search()) == SHOWN
    assert kinds(log)[:4] == ["log_message", "log_message", "block_worker", "accept_user"]
    assert not {"dead_task", "system_event", "update_stats"} & set(kinds(log))
    assert kinds(log, action="dead_task") == ["dead_task"]


def test_filters_are_exact_and_all_count(log: EventLog) -> None:
    assert kinds(log, user="dave", run_id=RUN) == ["delete_run", "approve_run"]
    assert kinds(log, user="DAVE") == []
    assert kinds(log, action="stop_run", user="erin", text="bench") == ["stop_run"]


def test_before_includes_its_own_moment(log: EventLog) -> None:
    first = LONG_AGO.timestamp()
    assert [one["message"] for one in found(log, before=first + 60)] == ["message 1", "message 0"]
    assert found(log, before=first - 0.001) == []


def test_a_limit_bounds_the_count_and_the_last_page(log: EventLog) -> None:
    search = Search(user="grace", max_actions=27)
    assert log.count(search) == 27
    messages = [one.get("message") for page in (1, 2, 3) for one in log.page(search, page, 27)]
    assert messages == [None, *(f"message {number}" for number in range(59, 33, -1))]


@pytest.mark.parametrize(
    ("search", "stranger", "user"),
    [
        (Search(), 5000, 50000),
        (Search(max_actions=10), 10, 10),
        (Search(max_actions=60000), 5000, 60000),
        (Search(user="carol"), 5000, None),
        (Search(text="x"), 5000, None),
        (Search(before=1.0), 5000, None),
    ],
)
def test_who_may_see_how_much(search: Search, stranger: int, user: int | None) -> None:
    assert search.limited(logged_in=False).max_actions == stranger
    assert search.limited(logged_in=True).max_actions == user


@pytest.mark.parametrize(
    ("text", "limit"),
    [("12", 12), ("0", None), ("", None), (None, None), ("-1", None), ("1e3", None), ("9" * 10, None)],
)
def test_a_limit_is_a_number_above_zero(text: str | None, limit: int | None) -> None:
    assert max_actions(text) == limit


@pytest.mark.parametrize(("total", "page"), [(0, 1), (1, 1), (25, 1), (26, 2), (50, 2), (51, 3)])
def test_the_last_page_holds_the_last_event(total: int, page: int) -> None:
    assert last_page(total) == page


def test_the_parameters_of_a_search_are_what_is_not_empty() -> None:
    assert Search(user="carol", before=0.5, max_actions=3).fields() == {
        "user": "carol",
        "before": "0.5",
        "max_actions": "3",
    }
    assert Search(before=0.0).fields() == {"before": "0.0"}


def test_all_quotation_marks_become_straight() -> None:
    assert straight_quotes("„a“ ‘b’ «c» ‹d› 「e」 'f' \"g\"") == '"a" "b" "c" "d" "e" "f" "g"'


# Ways to ask


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (Search(), "actions_time_id"),
        (Search(action="new_run"), "actions_action_time_id"),
        (Search(action="new_run", user="carol"), "actions_user_time_id"),
        (Search(action="new_run", user="carol", run_id=RUN), "actions_run_time_id"),
    ],
)
def test_the_hint_is_the_index_that_leaves_least(search: Search, index: str) -> None:
    assert [hint for _, hint in ways(search)] == [{"hint": index}, {}]


def test_a_text_goes_to_the_text_index_first_and_without_a_hint() -> None:
    """A database refuses a hint beside `$text`."""
    tries = list(ways(Search(text='"a b"')))
    assert tries[0] == (
        {"action": {"$nin": ["system_event", "update_stats", "dead_task"]}, "$text": {"$search": '"a b"'}},
        {},
    )
    assert ["$text" in wanted for wanted, _ in tries] == [True, False, False]
    assert tries[1][0] == tries[2][0]


def test_a_database_without_indexes_finds_the_same(db: Db, log: EventLog) -> None:
    searches = [Search(), Search(user="erin"), Search(run_id=RUN, text="bench"), Search(action="log_message")]
    hinted = [log.page(search, 1, log.count(search)) for search in searches]
    db["actions"].drop_indexes()
    assert [log.page(search, 1, log.count(search)) for search in searches] == hinted


# Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("build", ["failed_task"]),
        ("BUILD", ["failed_task"]),
        ("buil", []),
        ("build bench", ["stop_run", "failed_task"]),
        ('"would not build"', ["failed_task"]),
        ('"not would"', []),
        ('"wrong bench" build', ["stop_run"]),
        ('"wrong bench" "would not"', []),
        ('"ould not buil"', ["failed_task"]),
        ('"rong"', []),
        ("bench -wrong", []),
        ("bench build -wrong", ["failed_task"]),
        ('bench build -"would not"', ["stop_run"]),
        ("-wrong", []),
        ("nn-0123456789ab.nnue", ["upload_nn"]),
        (f'"{OTHER_WORKER}"', ["stop_run"]),
        ("grace -message", ["upload_nn"]),
        ("☃", []),
        (".*", []),
        ('"no g++"', ["failed_task"]),
        ("approve_run", ["approve_run"]),
        ("'", []),
    ],
)
def test_text_is_found_by_words_and_phrases(log: EventLog, text: str, expected: list[str]) -> None:
    assert kinds(log, text=text) == expected


def test_a_phrase_with_a_stray_quotation_mark_is_words() -> None:
    assert conditions('"one two') == conditions("one two")


def test_a_worker_is_found_by_its_quoted_name(log: EventLog) -> None:
    """The link that a blocked worker is shown."""
    assert {action["worker"] for action in found(log, text='"carol-4cores-c0ffee12"')} == {WORKER}


# Rows


def test_a_row_tells_source_and_target() -> None:
    task, system = EVENTS[3] | {"time": 0.0}, EVENTS[16] | {"time": LONG_AGO.timestamp()}
    row = event_row(task)
    assert (row["time"], row["worker"], row["short_worker_name"]) == (
        "70-01-01 00:00:00",
        WORKER,
        "carol-4cores-c0ffee12",
    )
    assert (row["run_url"], row["task_id"]) == (f"/tests/view/{RUN}?show_task=3", 3)
    assert event_row(EVENTS[0] | {"time": 0.0})["run_url"] == f"/tests/view/{RUN}"
    row = event_row(system)
    assert (row["time"], row["username"], row["run_url"], row["worker"]) == (
        "26-03-01 12:00:00",
        "fishtest.system",
        "",
        "",
    )
