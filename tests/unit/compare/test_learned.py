"""Learned noise masks one route, layer, kind and place, and is part of the epoch."""

from __future__ import annotations

from datetime import date

import pytest

from shadow.compare import Comparer, NoNames, Pair
from shadow.compare.learned import Learned, LearnedPlaces
from shadow.exchange import Answer
from shadow.judgement import Comparison
from shadow.words import Outcome
from tests.support.compare import AT, TODAY, as_json

MOOD = Learned("tests.view", "json", "value", "json:$.runs[*].mood")


def compared(primary: Answer, candidate: Answer, *learned: Learned, route: str = "tests.view") -> Comparison:
    comparer = Comparer((), today=TODAY, learned=learned)
    return comparer.compare(Pair(route, "GET", "client", primary, candidate, AT), NoNames())


def runs(*moods: object) -> Answer:
    return as_json({"runs": [{"mood": mood} for mood in moods]})


def test_a_learned_place_is_noise_at_every_index() -> None:
    found = compared(runs("a", "b"), runs("x", "y"), MOOD)
    assert (found.outcome, found.differences) == (Outcome.NOISE, ())
    assert found.noise == ("json:$.runs[0].mood", "json:$.runs[1].mood")


@pytest.mark.parametrize(
    ("candidate", "kind"), [(runs(7), "type"), (as_json({"runs": [{}]}), "missing"), (runs(None), "type")]
)
def test_another_kind_of_difference_at_the_place_is_a_difference(candidate: Answer, kind: str) -> None:
    found = compared(runs("a"), candidate, MOOD)
    assert [one.kind for one in found.differences] == [kind]


def test_another_route_and_another_place_are_not_masked() -> None:
    assert compared(runs("a"), runs("x"), MOOD, route="tests.list").outcome is Outcome.MISMATCH
    assert compared(as_json({"mood": "a"}), as_json({"mood": "x"}), MOOD).outcome is Outcome.MISMATCH


def test_a_status_is_never_masked_even_when_a_store_says_so() -> None:
    wrong = Learned("tests.view", "status", "status", "status")
    assert compared(as_json({}), as_json({}, status=500), wrong).outcome is Outcome.MISMATCH
    assert LearnedPlaces([wrong]).digest == ""


def test_what_is_learned_begins_another_epoch_whatever_the_order() -> None:
    other = Learned("a", "text", "value", "text")
    digests = [
        Comparer((), today=date(2026, 1, 1), learned=learned).rules_digest
        for learned in ((), (MOOD,), (MOOD, other), (other, MOOD))
    ]
    assert digests[0] == ""
    assert len(set(digests)) == 3
    assert digests[2] == digests[3]
