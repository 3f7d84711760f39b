"""The Store: where counts, findings, aliases and stages live. Calls block; the event loop uses a thread.

Every method is one transaction, and raises StoreError when the store is away. One Protocol for each subject, `Store`
is all of them; `tests/unit/store/` holds the suite that each implementation must pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from shadow.findings.finding import Acceptance, Finding
from shadow.findings.status import ENOUGH
from shadow.judgement import Epoch, Judgement, Sample
from shadow.routes import Route
from shadow.store.tally import Tally
from shadow.store.values import (
    Build,
    Count,
    Freeze,
    Handover,
    Heartbeat,
    Hold,
    Intent,
    KnownAlias,
    LedgerEntry,
    Move,
    Phase,
    StageMap,
    World,
)
from shadow.words import Side, Stage


class Judgements(Protocol):
    """What the mirror writes down, and the numbers that come of it."""

    def record(
        self,
        judgements: Sequence[Judgement],
        *,
        checkpoint: Mapping[str, int],
        recording: str = "live",
        aliases: Iterable[KnownAlias] = (),
        jars: Mapping[str, str] | None = None,
        owners: Mapping[str, Side] | None = None,
        tainted: str = "",
        intent: Intent | None = None,
        enough: int = ENOUGH,
    ) -> int:
        """Write down a batch; returns how many exchanges were counted.

        `checkpoint` (writer to sequence) says up to where every exchange is judged, this batch included; a judgement
        at or below the checkpoint that is already stored is left out. A judgement above the given one is a
        ValueError, since it could be counted twice after a crash. `jars` holds sealed texts by client id, empty to
        forget one, and an alias without a shadow name is forgotten; `tainted` is kept with its first cause; `intent` is
        a write copy about to be sent. A finding is fixed when a newer build has shown `enough` of its exchanges without
        it.
        """
        ...

    def checkpoint(self, recording: str = "live") -> dict[str, int]:
        """Writer to the sequence up to which every exchange has its outcome."""
        ...

    def intents(self, recording: str = "live") -> frozenset[Intent]:
        """The write copies that were announced and have no outcome yet: the latest of each writer."""
        ...

    def counts(self, epoch: Epoch | None = None) -> list[Count]:
        """Outcomes per route and method, of one epoch or of each."""
        ...

    def tallies(self, epoch: Epoch | None = None) -> list[Tally]:
        """The evidence kept per route, of one epoch or of each."""
        ...

    def epoch(self) -> Epoch | None:
        """The epoch of the latest judgement, None before the first."""
        ...

    def builds(self) -> list[Build]:
        """The builds seen of both sides, oldest first."""
        ...

    def rule_uses(self, rules: str) -> dict[int, int]:
        """Position of a declared rule to the number of exchanges it matched, for one digest of the rules."""
        ...

    def paths(self) -> dict[tuple[str, str], int]:
        """(method, path) of requests that no route matched, most frequent first, at most 100."""
        ...


class Findings(Protocol):
    """The findings and their triage."""

    def findings(self, route: str | None = None) -> list[Finding]:
        """All findings, or those of a route; oldest first."""
        ...

    def finding(self, finding_id: str) -> Finding:
        """One finding by its id or an unambiguous beginning of it; NotFound otherwise."""
        ...

    def samples(self, finding_id: str) -> list[Sample]:
        """Up to five samples of a finding, of the latest build that showed it; the newest first."""
        ...

    def accept(self, finding_id: str, acceptance: Acceptance | None) -> Finding:
        """Sign a finding off, or take the signature back (None)."""
        ...


class Worlds(Protocol):
    """What the mirror needs to go on after a restart."""

    def aliases(self) -> list[KnownAlias]:
        """The renamings known, oldest first."""
        ...

    def newer_aliases(self, after: int) -> tuple[int, list[KnownAlias]]:
        """The renamings written behind this number, and the number to ask with next time; 0 is behind nothing."""
        ...

    def jars(self) -> dict[str, str]:
        """Client id to its sealed cookie jars, the one used longest ago first."""
        ...

    def owners(self) -> dict[str, Side]:
        """Group to the mirrored side that owns its state."""
        ...

    def world(self) -> World:
        """The present clone."""
        ...

    def new_world(self, entry: Move | None = None) -> World:
        """Begin the next clone: untainted, aliases, jars and owners forgotten; `entry` goes to the ledger with it."""
        ...

    def note(self, key: str, value: str) -> None:
        """Keep a text under a name: the rules in force, for instance."""
        ...

    def noted(self, key: str) -> str | None:
        """The text kept under this name."""
        ...

    def notes(self, beginning: str) -> dict[str, str]:
        """The texts kept under names that begin so."""
        ...


class Stages(Protocol):
    """Stages, holds, handovers and heartbeats: what the proxies read and what moves change."""

    def now(self) -> float:
        """Unix seconds by the clock that all who share the store read: heartbeats and deadlines are told by it, since
        the clocks of two machines differ."""
        ...

    def register(self, routes: Iterable[Route]) -> None:
        """Give every unit and route that is not known yet its configured stage; known ones keep theirs."""
        ...

    def version(self) -> int:
        """Grows with each change of the stage map; cheap enough for ten calls a second by every proxy."""
        ...

    def stages(self) -> StageMap:
        """The present stage map."""
        ...

    def move(
        self, unit: str, origin: Stage, to: Stage, entry: Move, *, share: int = 0, hold: Hold | None = None
    ) -> None:
        """Move a unit and its routes, ledger and hold with it; PromotionRefused unless it still stands at `origin`,
        no handover is under way and, for a move forward, no hold lies on it and nothing is frozen. `share` is the per
        cent of clients in `canary`: it may only grow."""
        ...

    def set_hold(self, hold: Hold, entry: Move) -> None:
        """Lay a hold on a unit."""
        ...

    def release(self, unit: str, entry: Move) -> None:
        """Clear a unit's hold; NotFound without one."""
        ...

    def freeze(self, freeze: Freeze, entry: Move) -> None:
        """Let nothing move forward; a second freeze takes the place of the first."""
        ...

    def unfreeze(self, entry: Move) -> None:
        """Let units move forward again; NotFound when nothing is frozen."""
        ...

    def begin_handover(self, handover: Handover) -> None:
        """Hold a unit's requests; PromotionRefused as in `move`."""
        ...

    def advance_handover(self, handover_id: str, phase: Phase) -> None:
        """Write down that a step begins; PromotionRefused when the handover was ended by someone else."""
        ...

    def finish_handover(self, handover_id: str, entry: Move, *, before: float, hold: Hold | None = None) -> None:
        """Move the unit and end the handover at once; PromotionRefused when the time is past `before` (unix s)."""
        ...

    def drop_handover(self, handover_id: str) -> None:
        """End a handover with nothing changed; nothing happens when it has ended already."""
        ...

    def beat(self, heartbeat: Heartbeat) -> None:
        """A proxy says that it is alive, or good-bye (seen at 0)."""
        ...

    def heartbeats(self) -> list[Heartbeat]:
        """The proxies heard of within the last day."""
        ...

    def ledger(self) -> list[LedgerEntry]:
        """Every change, oldest first."""
        ...


class Twins(Protocol):
    """What the proxies tell one another of sessions on both stacks (docs/sessions.md)."""

    def keep_twins(self, twins: Mapping[str, str], counts: Mapping[str, int], *, idle: float) -> None:
        """Write down sealed twins by id, an empty text for one that has ended, which is final, and add to the counts.

        What was kept for longer than about `idle` seconds goes; an end stays until every proxy has heard of it.
        """
        ...

    def twins(self, after: int) -> tuple[int, dict[str, str]]:
        """What was kept behind this number, by id, and the number to ask with next time; 0 is behind nothing."""
        ...

    def twin_counts(self) -> dict[str, int]:
        """The counts, and as `kept` how many twins there are; empty before the first."""
        ...


class Store(Judgements, Findings, Worlds, Stages, Twins, Protocol):
    """All of it."""

    def close(self) -> None:
        """Give back what the store holds open."""
        ...
