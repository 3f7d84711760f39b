"""The table of stages, exhaustively."""

from __future__ import annotations

from itertools import product

import pytest

from shadow.cutover.stages import TRANSITIONS, Action, serving
from shadow.words import Side, Stage

ALLOWED = {
    ("shadow", "canary"): "promote",
    ("shadow", "promoted"): "promote",
    ("canary", "canary"): "promote",
    ("canary", "promoted"): "promote",
    ("canary", "shadow"): "rollback",
    ("promoted", "shadow"): "rollback",
}


@pytest.mark.parametrize(("origin", "to"), list(product(Stage, Stage)))
def test_each_pair_of_stages_is_allowed_or_not_as_written_here(origin, to):
    assert TRANSITIONS.get((origin, to)) == ALLOWED.get((origin, to))


def test_every_rollback_ends_where_the_primary_serves_and_the_candidate_is_mirrored():
    rollbacks = {to for (_, to), action in TRANSITIONS.items() if action is Action.ROLLBACK}
    assert rollbacks == {Stage.SHADOW}


def test_a_promoted_route_can_always_be_taken_back():
    for stage in (Stage.CANARY, Stage.PROMOTED):
        assert TRANSITIONS[stage, Stage.SHADOW] is Action.ROLLBACK


@pytest.mark.parametrize("stage", list(Stage))
def test_only_a_promoted_route_is_served_by_the_candidate(stage):
    assert serving(stage) is (Side.CANDIDATE if stage is Stage.PROMOTED else Side.PRIMARY)
