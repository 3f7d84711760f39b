"""Waiting for luck does not work: at the limit a candidate passes with at most alpha, however often it tries."""

from __future__ import annotations

import math
import random

import pytest

from shadow.config import Gate
from shadow.cutover.gate import needed
from shadow.store.tally import Tally
from tests.support.judgements import FIRST_BUILD, a_judgement, a_mismatch

GATE = Gate(limit=0.01, confidence=0.95)


def test_the_chances_of_all_attempts_together_stay_within_alpha():
    for share in (0.01, 0.02, 0.1):
        never = math.prod(1 - (1 - share) ** needed(GATE, attempt) for attempt in range(1, 20_000))
        assert 1 - never <= 0.05


@pytest.mark.parametrize("share", [0.01, 0.015])
def test_simulated_candidates_at_the_limit_rarely_pass(share):
    """4,000 candidates with 300 attempts each; a run of clean pairs before a mismatch is geometric."""
    draw = random.Random(2027)
    limits = [needed(GATE, attempt) for attempt in range(1, 301)]
    passed = 0
    for _ in range(4000):
        passed += any(math.log(1 - draw.random()) / math.log(1 - share) >= enough for enough in limits)
    # Three standard deviations of a share of 5 % among 4,000 are 1 %.
    assert passed / 4000 <= 0.06


def test_the_tally_of_a_candidate_at_the_limit_is_rarely_enough_however_often_one_looks():
    """The same through what really counts: a gate of 10 % asked after each of 400 pairs, for 300 candidates."""
    gate, draw = Gate(limit=0.1, confidence=0.95), random.Random(2027)
    enough = {attempt: needed(gate, attempt) for attempt in range(1, 402)}
    passed = 0
    for _ in range(300):
        tally = Tally("orders.list", FIRST_BUILD)
        for n in range(1, 401):
            wrong = draw.random() < gate.limit
            tally.add(a_mismatch(n) if wrong else a_judgement(n), explained=False)
            if tally.clean >= enough[tally.attempt]:
                passed += 1
                break
    # Three standard deviations of a share of 5 % among 300 are 3.8 %.
    assert passed / 300 <= 0.088


def test_without_spending_alpha_the_same_candidates_would_pass():
    """The same simulation with the first attempt's number for all of them: why the rule is there."""
    draw = random.Random(2027)
    enough = needed(GATE, 1)
    passed = sum(any(math.log(1 - draw.random()) / math.log(0.99) >= enough for _ in range(300)) for _ in range(400))
    assert passed / 400 > 0.9


def test_a_good_candidate_passes():
    """One mismatch in a hundred thousand pairs, far below the limit: nearly all pass at the first attempt."""
    draw = random.Random(2027)
    enough = needed(GATE, 1)
    passed = sum(math.log(1 - draw.random()) / math.log(1 - 1e-5) >= enough for _ in range(4000))
    assert passed / 4000 > 0.98
