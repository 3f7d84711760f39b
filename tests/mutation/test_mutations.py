"""Of the suite as a whole: enough mutations, every route talked to, and an equal candidate gives no finding.

Three applications, each in two spellings. The primary's side of a conversation is made once, the candidate's side is
mirrored anew for every mutation: `test_board.py`, `test_shop.py`, `test_meters.py`.
"""

from __future__ import annotations

import pytest

from shadow.words import Outcome
from tests.mutation import of_board, of_meters, of_shop
from tests.mutation.running import conversation, run
from tests.support.subjects.subject import BOARD, METERS, SHOP, SUBJECTS, Subject

TABLES = {BOARD: of_board.MUTATIONS, SHOP: of_shop.MUTATIONS, METERS: of_meters.MUTATIONS}

each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


def test_there_are_enough_mutations_and_no_two_of_one_name() -> None:
    names = [(subject.name, mutation.name) for subject, mutations in TABLES.items() for mutation in mutations]
    assert len(set(names)) == len(names) >= 120


@each_subject
def test_the_conversation_covers_every_route(subject: Subject) -> None:
    assert {exchange.route for exchange in conversation(subject)} >= {route.name for route in subject.routes}


@each_subject
def test_an_equal_candidate_in_another_spelling_gives_no_finding(subject: Subject) -> None:
    result = run(subject, conversation(subject))
    assert not result.findings
    assert set(result.outcomes) == {(Outcome.MATCH, ""), (Outcome.NOISE, "")}
