"""News: what has happened since the last look at the store. `news` is pure; `look` and `ready_units` ask the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from shadow.config import Config
from shadow.cutover.evidence import Evidence, collect
from shadow.cutover.gate import judge_unit
from shadow.cutover.stages import Action
from shadow.findings.finding import Finding
from shadow.routes import Route
from shadow.store.base import Store
from shadow.store.values import LedgerEntry, StageMap
from shadow.words import Event, Stage, Verdict

_MOVES: Mapping[str, Event] = {Action.PROMOTE: Event.PROMOTED, Action.ROLLBACK: Event.ROLLED_BACK}


@dataclass(frozen=True, slots=True)
class Known:
    """What was told already: the ledger up to a number, findings that block, ready units with what made them so."""

    ledger: int = 0
    blocking: frozenset[str] = frozenset()
    ready: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Present:
    """What the store shows now: the whole ledger, the findings that block, the evidence of units that are ready."""

    ledger: tuple[LedgerEntry, ...] = ()
    blocking: Mapping[str, Finding] = field(default_factory=dict)
    ready: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)

    def known(self, before: Known) -> Known:
        """All of it is told. Readiness is told once for one epoch and attempt, so what was told stays known."""
        told = {unit: _grounds(evidences) for unit, evidences in self.ready.items()}
        number = self.ledger[-1].number if self.ledger else before.ledger
        return Known(number, frozenset(self.blocking), {**before.ready, **told})


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened; `at` is unix seconds, None for a state that was found just now."""

    event: Event
    subject: str
    data: Mapping[str, Any]
    at: float | None = None


def look(
    store: Store, config: Config, pending: Callable[[], Mapping[str, int]], *, ledger: bool = True, ready: bool = True
) -> Present:
    """The present of this store; what nobody needs to know, or has not changed, is left out: both cost."""
    return Present(
        tuple(store.ledger()) if ledger else (),
        {finding.id: finding for finding in store.findings() if finding.blocking},
        ready_units(store, config, pending) if ready else {},
    )


def ready_units(
    store: Store, config: Config, pending: Callable[[], Mapping[str, int]]
) -> dict[str, tuple[Evidence, ...]]:
    """Units that a person could promote now. What waits to be judged is counted only when it can matter: it costs."""
    stages = store.stages()
    waiting = {unit: routes for unit, routes in config.routes.units().items() if _may_move(stages, unit)}
    found = _ready(store, config, waiting, {})
    return _ready(store, config, {unit: waiting[unit] for unit in found}, pending()) if found else {}


def news(known: Known, present: Present) -> Iterator[News]:
    """What is present and not known, moves first."""
    for entry in present.ledger:
        if entry.number > known.ledger and (event := _MOVES.get(entry.move.action)):
            yield News(event, entry.move.name, _move(entry), entry.at)
    for name, finding in present.blocking.items():
        if name not in known.blocking:
            yield News(Event.FINDING_OPENED, finding.route, _finding(finding))
    for unit, evidences in present.ready.items():
        if known.ready.get(unit) != _grounds(evidences):
            yield News(Event.ROUTE_READY, unit, _readiness(evidences))


def _may_move(stages: StageMap, unit: str) -> bool:
    return unit not in stages.holds and stages.units.get(unit) in (Stage.SHADOW, Stage.CANARY)


def _ready(
    store: Store, config: Config, units: Mapping[str, tuple[Route, ...]], pending: Mapping[str, int]
) -> dict[str, tuple[Evidence, ...]]:
    routes = [route for unit in units.values() for route in unit]
    evidences = collect(store, routes, confidence=config.gate.confidence, pending=pending)
    by_unit = {unit: tuple(evidences[route.name] for route in members) for unit, members in units.items()}
    return {unit: found for unit, found in by_unit.items() if judge_unit(found, config.gate)[0] is Verdict.READY}


def _grounds(evidences: tuple[Evidence, ...]) -> str:
    """The epoch and the attempts by which a unit is ready: with others it is news again."""
    return json.dumps([[one.route, one.attempt, asdict(one.epoch)] for one in evidences], sort_keys=True)


def _move(entry: LedgerEntry) -> dict[str, Any]:
    move = entry.move
    told = {"number": entry.number, "who": move.who, "from": move.origin, "to": move.to, "reason": move.reason}
    return {**told, "forced": move.forced, "digest": entry.digest}


def _finding(finding: Finding) -> dict[str, Any]:
    """Where it is, not what was found there: values are traffic and do not leave the machine."""
    told = {name: getattr(finding, name) for name in ("id", "route", "layer", "kind", "place", "count")}
    return {**told, "severity": str(finding.severity), "status": str(finding.status), "builds": list(finding.builds)}


def _readiness(evidences: tuple[Evidence, ...]) -> dict[str, Any]:
    epoch = asdict(evidences[0].epoch)
    return {"routes": {one.route: {"clean": one.clean, "attempt": one.attempt} for one in evidences}, "epoch": epoch}
