"""What the store gives back: counts, names, stages, holds, handovers, heartbeats and the ledger's entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shadow.judgement import Epoch
from shadow.standing import Standing
from shadow.words import Outcome, Side, Stage


@dataclass(frozen=True, slots=True)
class Count:
    """How many exchanges of a route and method had one outcome in an epoch."""

    route: str
    method: str
    epoch: Epoch
    outcome: Outcome
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class KnownAlias:
    """What the live world calls a thing and what the shadow world calls it; `scope` is empty or a client's id.

    `route` and `first` tell where it was learned, `last` the exchange whose copy used it lately (within half a
    minute). An empty `shadow` forgets it.
    """

    scope: str
    kind: str
    live: str
    shadow: str
    route: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """The write copy that was about to be sent when this was written."""

    writer: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Build:
    """A build of one side and when it was first seen (unix s)."""

    side: Side
    name: str
    first_seen: float


@dataclass(frozen=True, slots=True)
class World:
    """The shadow world: which clone it is (from 1), and since when and why it is no faithful one any more."""

    number: int = 1
    tainted: str = ""
    tainted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """No promotion of this unit until a person clears it."""

    unit: str
    who: str
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing moves forward until a person lifts it; rollbacks go on."""

    who: str
    at: float
    reason: str


class Phase(StrEnum):
    """How far a handover has come; written before the step begins, so that a crash leaves its place behind.

    One that failed ends, unless the leaving side does not take its state back: it is RETURNING until that side does.
    """

    HOLDING = "holding"
    LEAVING = "leaving"
    ENTERING = "entering"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Handover:
    """A unit on its way to another stage; its requests are held until it ends or `deadline` (unix s) passes."""

    id: str
    unit: str
    origin: Stage
    to: Stage
    phase: Phase
    deadline: float
    who: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A proxy process: when it last looked (unix s), and the handovers for which none of its requests is in flight."""

    proxy: str
    seen: float
    drained: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Canary:
    """A unit in canary: the per cent of clients that the candidate serves, and the clean pairs it has served since."""

    share: int
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class StageMap:
    """Where every route and unit stands. A unit is a group, or a route that has none; `version` only grows.

    `moved` tells when (unix s) a unit last moved, if it ever did; `version` does not grow with the pairs of a canary.
    """

    version: int = 0
    routes: Mapping[str, Stage] = field(default_factory=dict)
    units: Mapping[str, Stage] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    canaries: Mapping[str, Canary] = field(default_factory=dict)
    moved: Mapping[str, float] = field(default_factory=dict)
    freeze: Freeze | None = None

    def standing(self, unit: str) -> Standing | None:
        """Stage and share of a unit; None when the store does not know it."""
        if unit not in self.units:
            return None
        canary = self.canaries.get(unit)
        return Standing(self.units[unit], canary.share if canary else 0)


@dataclass(frozen=True, slots=True)
class Move:
    """One change to be written in the ledger; `evidence` is JSON text, `origin` and `to` are standings or empty."""

    action: str
    name: str
    who: str
    origin: str = ""
    to: str = ""
    reason: str = ""
    evidence: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A change in the trail: `digest` covers the entry and `previous`, the digest of the one before it."""

    number: int
    at: float
    move: Move
    previous: str
    digest: str
