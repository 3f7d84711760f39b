"""When the guard takes a promotion back, and when it must not."""

from __future__ import annotations

import random

import pytest

from shadow.config import Gate, Guard
from shadow.cutover.guard import Watch
from shadow.words import Outcome
from tests.support.judgements import a_difference, a_judgement

PROMOTED_AT = 1000.0


def a_watch(limit: float = 0.001, **changes: float) -> Watch:
    return Watch(PROMOTED_AT, Gate(limit=limit), Guard(**changes))


def test_three_failures_within_the_window_break_the_promotion() -> None:
    watch = a_watch()
    for number in range(2):
        watch.failed(f"X{number}", PROMOTED_AT + number, certain=True)
    assert watch.breach(PROMOTED_AT + 2) == ""
    watch.failed("X3", PROMOTED_AT + 3, certain=True)
    assert watch.breach(PROMOTED_AT + 3) == "the candidate failed 3 times within 60 s"


def test_failures_far_apart_break_nothing() -> None:
    watch = a_watch()
    for number in range(10):
        at = PROMOTED_AT + 31 * number
        watch.failed(f"X{number}", at, certain=True)
        assert watch.breach(at) == ""


def test_what_happened_before_the_promotion_does_not_count() -> None:
    watch = a_watch()
    for number in range(9):
        watch.failed(f"X{number}", PROMOTED_AT - 1, certain=True)
        watch.judged(a_judgement(number, Outcome.MISMATCH, at=PROMOTED_AT - 1))
    assert watch.breach(PROMOTED_AT) == ""


def test_a_server_error_that_the_primary_gives_too_clears_the_candidate() -> None:
    watch = a_watch()
    for number in range(9):
        watch.failed(f"X{number}", PROMOTED_AT + 1, certain=False)
        watch.judged(a_judgement(number, Outcome.MATCH, at=PROMOTED_AT + 1))
    assert watch.breach(PROMOTED_AT + 30) == ""


def test_a_server_error_that_the_primary_does_not_give_is_a_failure() -> None:
    watch = a_watch(limit=0.4)
    status = a_difference("status", layer="status", kind="status", primary="200", candidate="500")
    for number in range(3):
        watch.failed(f"X{number}", PROMOTED_AT + 1, certain=False)
        watch.judged(a_judgement(number, Outcome.MISMATCH, at=PROMOTED_AT + 1, differences=(status,)))
    assert "failed 3 times" in watch.breach(PROMOTED_AT + 1.5)


def test_server_errors_that_nobody_clears_are_failures_in_the_end() -> None:
    """The primary of the shadow world may be away: its word is not waited for for ever."""
    watch = a_watch()
    for number in range(3):
        watch.failed(f"X{number}", PROMOTED_AT, certain=False)
    assert watch.breach(PROMOTED_AT + 1) == ""
    assert "failed 3 times" in watch.breach(PROMOTED_AT + 3)


def test_reverse_pairs_that_differ_too_often_break_the_promotion() -> None:
    watch = a_watch()
    for number in range(500):
        watch.judged(a_judgement(number, Outcome.MATCH, at=PROMOTED_AT + 1))
    for number in range(4):
        watch.judged(a_judgement(number, Outcome.MISMATCH, at=PROMOTED_AT + 2))
        assert watch.breach(PROMOTED_AT + 2) == ""
    watch.judged(a_judgement(9, Outcome.MISMATCH, at=PROMOTED_AT + 2))
    assert watch.breach(PROMOTED_AT + 2).startswith("5 reverse pairs differ")


@pytest.mark.parametrize("outcome", [Outcome.RACE, Outcome.CONSEQUENCE, Outcome.SKIPPED, Outcome.FAILED])
def test_what_proves_nothing_breaks_nothing(outcome: Outcome) -> None:
    watch = a_watch()
    for number in range(300):
        watch.judged(a_judgement(number, outcome, at=PROMOTED_AT + 1))
    assert watch.breach(PROMOTED_AT + 2) == ""


def test_a_share_at_the_limit_seldom_sets_the_guard_off_however_often_it_is_asked() -> None:
    """Lorden's bound for limit 1 % and confidence 95 %: on average 2,000 pairs until a false alarm; 100 runs of 200."""
    numbers = random.Random(17)
    alarms = 0
    for _ in range(100):
        watch = a_watch(limit=0.01)
        for number in range(200):
            outcome = Outcome.MISMATCH if numbers.random() < 0.01 else Outcome.MATCH
            watch.judged(a_judgement(number, outcome, at=PROMOTED_AT + 1))
            if watch.breach(PROMOTED_AT + 2):
                alarms += 1
                break
    assert alarms <= 10


def slow_pairs(watch: Watch, count: int, primary: float, candidate: float) -> None:
    for number in range(count):
        pair = a_judgement(number, at=PROMOTED_AT + 1, primary_seconds=primary, candidate_seconds=candidate)
        watch.judged(pair)


def test_a_candidate_that_is_much_slower_is_taken_back() -> None:
    watch = a_watch()
    slow_pairs(watch, 49, 0.1, 0.5)
    assert watch.breach(PROMOTED_AT + 2) == ""
    slow_pairs(watch, 1, 0.1, 0.5)
    assert watch.breach(PROMOTED_AT + 2) == "50 of the last 50 answers took the candidate more than 3 times as long"


@pytest.mark.parametrize(("primary", "candidate"), [(0.1, 0.29), (0.001, 0.04)], ids=["below the ratio", "quick"])
def test_a_candidate_that_is_quick_enough_stays(primary: float, candidate: float) -> None:
    watch = a_watch()
    slow_pairs(watch, 300, primary, candidate)
    assert watch.breach(PROMOTED_AT + 2) == ""


def test_half_of_the_pairs_slow_is_no_proof() -> None:
    watch = a_watch()
    for _ in range(100):
        slow_pairs(watch, 1, 0.1, 0.5)
        slow_pairs(watch, 1, 0.1, 0.1)
    assert watch.breach(PROMOTED_AT + 2) == ""


@pytest.mark.parametrize(("slow", "taken_back"), [(38, True), (37, False)])
def test_so_many_of_fifty_must_be_slow(slow: int, taken_back: bool) -> None:
    """A fair coin shows 38 heads of 50 once in 6,500 times, 37 once in 2,200; the level is 1 in 4,000."""
    watch = a_watch()
    slow_pairs(watch, 50 - slow, 0.1, 0.1)
    slow_pairs(watch, slow, 0.1, 0.5)
    assert bool(watch.breach(PROMOTED_AT + 2)) is taken_back
