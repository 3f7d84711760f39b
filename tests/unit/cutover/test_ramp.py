"""The ramp: steps only grow, end in promoted, and each asks for what it must have seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config import Canary
from shadow.cutover.ramp import lacks, next_step
from shadow.cutover.stages import TRANSITIONS, Action
from shadow.standing import Standing
from shadow.store.values import Canary as Share
from shadow.store.values import StageMap
from shadow.words import Stage

SHADOW, PROMOTED = Standing(Stage.SHADOW), Standing(Stage.PROMOTED)
RAMPS = st.sets(st.integers(1, 99), max_size=6).map(lambda steps: Canary(steps=tuple(sorted(steps))))


def walked(canary, *, stateful=False):
    standing, way = SHADOW, []
    while standing != PROMOTED:
        following = next_step(standing, canary, stateful=stateful)
        assert TRANSITIONS[standing.stage, following.stage] is Action.PROMOTE
        way.append(following)
        standing = following
    return way


@given(RAMPS)
def test_every_ramp_takes_each_of_its_steps_once_and_ends_in_promoted(canary):
    assert [one.share for one in walked(canary)] == [*canary.steps, 0]


@given(RAMPS)
def test_what_has_state_goes_in_one_step(canary):
    assert walked(canary, stateful=True) == [PROMOTED]


@given(RAMPS, st.integers(1, 99))
def test_from_a_share_between_two_steps_the_greater_one_follows(canary, share):
    following = next_step(Standing(Stage.CANARY, share), canary, stateful=False)
    assert following == PROMOTED or following.share > share


CANARY = Canary(min_pairs=100, min_span=600.0)


@pytest.mark.parametrize(
    ("pairs", "now", "told"),
    [
        (100, 1600.0, []),
        (99, 1600.0, ["99 of 100 clean pairs served by the candidate at 5 %"]),
        (100, 1599.0, ["at 5 % for 9.98 min of 10 min"]),
        (100, 900.0, ["at 5 % for 0 ms of 10 min"]),
        (0, 1000.0, ["0 of 100 clean pairs served by the candidate at 5 %", "at 5 % for 0 ms of 10 min"]),
    ],
)
def test_a_step_asks_for_pairs_and_time_at_its_share(pairs, now, told):
    stages = StageMap(units={"a": Stage.CANARY}, canaries={"a": Share(5, pairs)}, moved={"a": 1000.0})
    assert list(lacks("a", stages, CANARY, now)) == told


def test_what_is_in_no_canary_lacks_nothing_of_it():
    assert list(lacks("a", StageMap(units={"a": Stage.SHADOW}), CANARY, 0.0)) == []
