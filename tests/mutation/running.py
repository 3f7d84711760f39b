"""Run a mutation: the primary's side of a conversation is made once, the candidate's side anew for each mutation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from shadow.compare.classify import blank_place
from shadow.exchange import Exchange
from shadow.findings.cluster import sightings
from shadow.judgement import Judgement
from shadow.words import Outcome
from tests.mutation.mirroring import mirrored
from tests.mutation.mutation import Found, Mutation
from tests.support.subjects.subject import Subject

# In the default suite, and with `-m soak`.
EXCHANGES, MORE_EXCHANGES = 200, 1_000


@dataclass
class Result:
    """What a run has shown: findings (those that are no consequence), and outcomes that no finding explains."""

    findings: dict[str, Found] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], int] = field(default_factory=dict)

    def unclean(self, mutation: Mutation) -> dict[tuple[str, str], int]:
        """The outcomes other than match, noise and mismatch (those are findings) that the mutation does not explain."""
        allowed = {Outcome.MATCH, Outcome.NOISE, Outcome.MISMATCH}
        if mutation.cut_off or mutation.spreads:
            # Without its cookie, or the name of what was not made there, a copy cannot be made.
            allowed |= {Outcome.SKIPPED, Outcome.CONSEQUENCE}
        return {key: count for key, count in self.outcomes.items() if key[0] not in allowed}


@cache
def conversation(subject: Subject, count: int = EXCHANGES) -> Sequence[Exchange]:
    """The primary's side, the same for every mutation; a longer one begins like a shorter one."""
    return subject.conversation(count, "mutations")


def run(subject: Subject, exchanges: Sequence[Exchange], mutation: Mutation | None = None) -> Result:
    """Mirror the exchanges to a fresh candidate, with the mutation in it."""
    world = subject.fresh("shadow")
    serve = subject.candidate(world)
    if mutation:
        serve = mutation.applied(serve, world, subject.routes)
    return summed(mirrored(exchanges, serve, world.source, routes=subject.routes, client_key=subject.client_key))


def summed(judgements: Sequence[Judgement]) -> Result:
    """The findings of these, by fingerprint, and the outcomes."""
    result = Result()
    for judgement in judgements:
        key = (judgement.outcome, judgement.reason)
        result.outcomes[key] = result.outcomes.get(key, 0) + 1
        for sighting in sightings(judgement):
            if sighting.outcome is Outcome.CONSEQUENCE:
                continue
            one = sighting.difference
            result.findings[sighting.finding] = Found(judgement.route, one.layer, one.kind, blank_place(one.place))
            result.seen[sighting.finding] = result.seen.get(sighting.finding, 0) + 1
    return result


def found_as_declared(subject: Subject, count: int, mutation: Mutation) -> None:
    """Each finding is a declared one, each declared one is found, and no exchange had another outcome."""
    result = run(subject, conversation(subject, count), mutation)
    found = list(result.findings.values())
    surplus = [one for one in found if not any(_is(one, declared) for declared in mutation.finds)]
    missing = [declared for declared in mutation.finds if not any(_is(one, declared) for one in found)]
    if mutation.spreads:
        surplus = [one for one in surplus if one.route not in mutation.spreads]
        assert found[0].route == mutation.finds[0].route, found[0]
    else:
        assert len(found) == len(mutation.finds), found
    assert (missing, surplus) == ([], []), mutation.because
    assert not result.unclean(mutation)


def _is(one: Found, declared: Found) -> bool:
    same = (one.route, one.layer, one.kind) == (declared.route, declared.layer, declared.kind)
    return same and one.place.startswith(blank_place(declared.place))
