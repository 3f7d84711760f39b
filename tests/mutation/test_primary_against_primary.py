"""The primary against itself in two independent worlds: no finding, without a rule.

Ids, tokens, times and durations differ at every place that has any; copies come late; the run passes midnight.
"""

from __future__ import annotations

import pytest

from shadow.words import Outcome
from tests.mutation.mirroring import mirrored
from tests.mutation.running import Result, summed
from tests.support.subjects.subject import SUBJECTS, Subject

each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


@each_subject
def test_two_thousand_exchanges_show_nothing(subject: Subject) -> None:
    clean(against_itself(subject, 2_000), 2_000)


@pytest.mark.soak
@each_subject
def test_twenty_thousand_exchanges_show_nothing(subject: Subject) -> None:
    clean(against_itself(subject, 20_000), 20_000)


def against_itself(subject: Subject, count: int) -> Result:
    """What the mirror makes of so many exchanges between two worlds of the primary."""
    world = subject.fresh("shadow")
    exchanges = subject.conversation(count, f"{count} exchanges")
    judgements = mirrored(
        exchanges, subject.primary(world), world.source, routes=subject.routes, client_key=subject.client_key
    )
    return summed(judgements)


def clean(result: Result, count: int) -> None:
    """Every exchange was compared, and what differed is in the nature of things."""
    assert not result.findings
    assert set(result.outcomes) == {(Outcome.MATCH, ""), (Outcome.NOISE, "")}
    assert sum(result.outcomes.values()) == count
