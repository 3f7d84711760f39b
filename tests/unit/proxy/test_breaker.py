"""The breaker: three failures in a row open it, pauses double, one success closes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow import clock
from shadow.proxy.breaker import Breaker


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(clock, "monotonic", found)
    return found


def broken(failures: int = 3) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        assert breaker.lets_through()
        breaker.failed()
    return breaker


def test_two_failures_are_an_accident_and_three_are_not(time: Time) -> None:
    assert broken(2).lets_through()
    assert not broken(3).lets_through()


def test_after_each_pause_one_request_finds_out_and_the_pause_doubles(time: Time) -> None:
    breaker = broken()
    for pause in (0.5, 1.0, 2.0, 4.0, 8.0, 8.0):
        time.now += pause - 0.01
        assert not breaker.lets_through()
        time.now += 0.01
        assert breaker.lets_through()
        assert not breaker.lets_through()
        breaker.failed()


def test_a_success_closes_it_and_the_pauses_begin_anew(time: Time) -> None:
    breaker = broken()
    time.now += 0.5
    assert breaker.lets_through()
    breaker.failed()
    breaker.reached()  # a write, which always tries
    assert breaker.lets_through()
    for _ in range(3):
        breaker.failed()
    assert not breaker.lets_through()
    time.now += 0.5
    assert breaker.lets_through()


@given(st.lists(st.booleans(), max_size=30))
def test_it_is_never_open_without_three_failures_in_a_row(answers: list[bool]) -> None:
    breaker, row = Breaker(), 0
    for reached in answers:
        breaker.reached() if reached else breaker.failed()
        row = 0 if reached else row + 1
        assert row >= 3 or breaker.lets_through()
