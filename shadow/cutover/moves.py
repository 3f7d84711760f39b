"""Promote, roll back, hold and release: what a person or the guard may do, every change audited in the ledger."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shadow import clock
from shadow.config import Config, Group
from shadow.cutover.evidence import Evidence, collect
from shadow.cutover.gate import Ruling, judge_unit
from shadow.cutover.handover import Parties, hand_over, in_thread, recover
from shadow.cutover.ledger import evidence_text
from shadow.cutover.stages import TRANSITIONS, Action, serving
from shadow.errors import NotFound, PromotionRefused
from shadow.routes import UNMATCHED, Route
from shadow.store.base import Store
from shadow.store.values import Hold, Move
from shadow.words import Stage, Verdict


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did. `rulings` are the gate's by route (empty for a rollback), `note` what went wrong on the way."""

    unit: str
    origin: Stage
    to: Stage
    rulings: Mapping[str, Ruling]
    note: str = ""


class Moves:
    """The moves of one application's units; `pending` tells exchanges recorded and not judged yet, by route."""

    def __init__(self, config: Config, store: Store, *, pending: Callable[[], Mapping[str, int]] = dict) -> None:
        self._config = config
        self._store = store
        self._pending = pending

    async def promote(
        self, name: str, *, who: str, to: Stage = Stage.PROMOTED, force: bool = False, reason: str = ""
    ) -> Moved:
        """Move a unit forward if the gate is ready, or by force with a reason; PromotionRefused says why not."""
        unit, routes = self._unit(name)
        if to is Stage.CANARY:
            raise PromotionRefused(f"{unit}: this version serves no canary share. Next: shadow promote {unit}")
        if force and not reason:
            raise PromotionRefused(f"{unit}: a promotion against the gate needs a reason. Next: --force --reason WHY")
        origin = await self._origin(unit, to, Action.PROMOTE)
        evidences = list((await in_thread(self._evidence, routes)).values())
        verdict, rulings = judge_unit(evidences, self._config.gate)
        if verdict is not Verdict.READY and not force:
            raise PromotionRefused(_refusal(unit, origin, verdict, rulings))
        entry = Move(
            Action.PROMOTE,
            unit,
            who,
            origin,
            to,
            reason,
            evidence_text(verdict, evidences, rulings),
            forced=verdict is not Verdict.READY,
        )
        await self._move(routes, origin, to, entry)
        return Moved(unit, origin, to, rulings)

    async def rollback(self, name: str, *, who: str, reason: str = "", force: bool = False) -> Moved:
        """Take a unit back to `shadow` and leave a hold on it.

        `force` is for a dead or hung candidate: requests that hang in it and a failing leave hook are no reason to
        stay; what it had not flushed is lost.
        """
        unit, routes = self._unit(name)
        to = Stage.SHADOW
        origin = await self._origin(unit, to, Action.ROLLBACK)
        hold = Hold(unit, who, clock.now(), reason or "rolled back")
        entry = Move(Action.ROLLBACK, unit, who, origin, to, reason, forced=force)
        note = await self._move(routes, origin, to, entry, hold=hold, forced=force)
        return Moved(unit, origin, to, {}, note)

    async def recover(self) -> None:
        """Clear away the handovers whose process died, so that the leaving side owns its state again.

        To be called now and then by a process that lives; every move does it for its own unit.
        """
        for handover in (await in_thread(self._store.stages)).handovers.values():
            await recover(self._store, self._parties(handover.unit, handover.origin, handover.to))

    def hold(self, name: str, *, who: str, reason: str) -> None:
        """Allow no promotion of this unit until `release`."""
        unit, _ = self._unit(name)
        self._store.set_hold(Hold(unit, who, clock.now(), reason), Move(Action.HOLD, unit, who, reason=reason))

    def release(self, name: str, *, who: str, reason: str = "") -> None:
        """Clear a unit's hold; NotFound without one."""
        unit, _ = self._unit(name)
        self._store.release(unit, Move(Action.RELEASE, unit, who, reason=reason))

    def _unit(self, name: str) -> tuple[str, tuple[Route, ...]]:
        """The unit of this name with its routes; a member of a group does not move by itself."""
        units = self._config.routes.units()
        if name in units:
            return name, units[name]
        if name == UNMATCHED:
            raise PromotionRefused("'*' is what no route matches; it is always served by the primary")
        route = self._config.routes.get(name)
        if route is not None:
            raise PromotionRefused(
                f"{name} shares state with the group {route.group!r} and moves with it. Next: name {route.group!r}"
            )
        near = difflib.get_close_matches(name, [*units], n=1, cutoff=0.5)
        meant = f"did you mean {near[0]!r}?" if near else "shadow routes list"
        raise NotFound(f"there is no route or group {name!r}. Next: {meant}")

    async def _origin(self, unit: str, to: Stage, action: Action) -> Stage:
        """Where the unit stands, if the table allows this move from there."""
        origin = (await in_thread(self._store.stages)).units.get(unit)
        if origin is None:
            raise NotFound(f"{unit} is not known to the store yet. Next: start shadow serve")
        if TRANSITIONS.get((origin, to)) is not action:
            raise PromotionRefused(f"{unit} is in {origin}: there is no {action} from there to {to}")
        return origin

    def _evidence(self, routes: tuple[Route, ...]) -> Mapping[str, Evidence]:
        return collect(
            self._store,
            [route.name for route in routes],
            confidence=self._config.gate.confidence,
            pending=self._pending(),
        )

    async def _move(
        self,
        routes: tuple[Route, ...],
        origin: Stage,
        to: Stage,
        entry: Move,
        *,
        hold: Hold | None = None,
        forced: bool = False,
    ) -> str:
        """By handover where the group has in-process state, else by one write."""
        group = self._config.group_of(routes[0])
        if group.state != "in-process" or serving(origin) is serving(to):
            await in_thread(self._store.move, entry.name, origin, to, entry, hold=hold)
            return ""
        parties = self._parties(group.name, origin, to)
        await recover(self._store, parties)
        return await hand_over(self._store, parties, origin=origin, to=to, entry=entry, hold=hold, forced=forced)

    def _parties(self, unit: str, origin: Stage, to: Stage) -> Parties:
        group = self._config.groups.get(unit, Group(unit))
        sides = serving(origin), serving(to)
        leaving, entering = (self._config.upstream(side).live for side in sides)
        return Parties(group, leaving, entering)


def _refusal(unit: str, origin: Stage, verdict: Verdict, rulings: Mapping[str, Ruling]) -> str:
    lines = [f"{route}: {reason}" for route, ruling in rulings.items() for reason in ruling.reasons]
    shown = "; ".join(lines[:8]) + (f"; and {len(lines) - 8} more" if len(lines) > 8 else "")
    return f"{unit} stays in {origin}, the gate says {verdict}: {shown}. Next: shadow status {unit}"
