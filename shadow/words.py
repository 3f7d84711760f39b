"""The closed word lists of the vocabulary, in one place: sides, worlds, stages, outcomes, verdicts.

They are the strings of the configuration, the report and the store, so none may change its spelling.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Side(StrEnum):
    """Which program: the legacy stack or its port. Both keep their names after a promotion."""

    PRIMARY = "primary"
    CANDIDATE = "candidate"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.CANDIDATE if self is Side.PRIMARY else Side.PRIMARY


class World(StrEnum):
    """Which database: the one of record, or its clone."""

    LIVE = "live"
    SHADOW = "shadow"


class Stage(StrEnum):
    """Where a route stands on its way to the candidate."""

    OFF = "off"
    SHADOW = "shadow"
    CANARY = "canary"
    PROMOTED = "promoted"


class MirrorMode(StrEnum):
    """Whether a route's requests are mirrored: by the method's safety, in any case, or not at all."""

    DEFAULT = "default"
    ALWAYS = "always"
    NEVER = "never"


class Outcome(StrEnum):
    """What became of one exchange; the worst of several wins (the order here is from best to worst)."""

    MATCH = "match"
    NOISE = "noise"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    SHED = "shed"
    CONSEQUENCE = "consequence"
    RACE = "race"
    MISMATCH = "mismatch"
    FAILED = "failed"

    @property
    def clean(self) -> bool:
        """True when the pair counts for the route."""
        return self in (Outcome.MATCH, Outcome.NOISE, Outcome.ACCEPTED)

    @staticmethod
    def worst(outcomes: Iterable[Outcome]) -> Outcome:
        """The worst of these, `match` of none."""
        order = list(Outcome)
        return max(outcomes, key=order.index, default=Outcome.MATCH)


class Severity(StrEnum):
    """What a finding means to a client."""

    BREAKING = "breaking"
    VISIBLE = "visible"
    COSMETIC = "cosmetic"


class FindingStatus(StrEnum):
    """Where a finding stands in triage."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    REOPENED = "reopened"


class Verdict(StrEnum):
    """What the gate says of a route."""

    READY = "ready"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"


class Event(StrEnum):
    """What a webhook can be told."""

    FINDING_OPENED = "finding.opened"
    ROUTE_READY = "route.ready"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


# RFC 9110 9.2.1. TRACE is safe as well, but no application here serves it.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
