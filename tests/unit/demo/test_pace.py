"""The clients' common speed and their counts."""

import asyncio

import pytest

from demo.pace import KEPT_TEXTS, Pace, Tally


def test_many_clients_together_stay_under_the_rate():
    async def all_at_once() -> float:
        pace = Pace(rate=200.0)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(pace.turn() for _ in range(41)))
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(all_at_once()) >= 40 / 200.0


def test_a_pause_is_not_followed_by_a_burst():
    async def after_a_pause() -> float:
        pace = Pace(rate=100.0)
        await pace.turn()
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        for _ in range(6):
            await pace.turn()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(after_a_pause()) >= 0.05


def test_everybody_slows_down_when_told_and_goes_on_as_before_when_told():
    async def took(pace: Pace) -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(pace.turn() for _ in range(11)))
        return asyncio.get_running_loop().time() - began

    async def slower_and_back() -> tuple[float, float]:
        pace = Pace(rate=100.0)
        pace.slow_down(0.25)
        slow = await took(pace)
        pace.slow_down(1.0)
        return slow, pace.rate

    slow, rate = asyncio.run(slower_and_back())
    assert slow >= 10 / 25.0
    assert rate == 100.0


def test_a_pace_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Pace(0)


def test_all_failures_are_counted_and_the_first_texts_kept():
    tally = Tally()
    for number in range(KEPT_TEXTS + 5):
        tally.failure("beat", str(number))
    assert tally.failed == KEPT_TEXTS + 5
    assert tally.texts[0] == "beat: 0"
    assert len(tally.texts) == KEPT_TEXTS
