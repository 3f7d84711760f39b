"""Promote, roll back, hold and release: what a person or the guard may do, every change audited in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shadow import clock
from shadow.config import Config, Group
from shadow.cutover.evidence import Evidence, collect, topped_up
from shadow.cutover.gate import Ruling, judge_unit
from shadow.cutover.handover import Parties, disown, hand_over, in_thread, recover, steps_of
from shadow.cutover.ledger import evidence_text
from shadow.cutover.ramp import lacks, next_step
from shadow.cutover.refusals import against_the_gate, check, of_the_same, unit_named
from shadow.cutover.stages import Action, serving
from shadow.errors import NotFound, PromotionRefused
from shadow.routes import Route
from shadow.standing import Standing
from shadow.store.base import Store
from shadow.store.values import Freeze, Hold, Move, StageMap
from shadow.words import Stage, Verdict


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did, or would do (`steps` in words, for a dry run only).

    `rulings` are the gate's by route (empty for a rollback), `lacking` is what the present step of a canary had not
    shown, `note` what went wrong on the way.
    """

    unit: str
    origin: Standing
    to: Standing
    rulings: Mapping[str, Ruling]
    lacking: tuple[str, ...] = ()
    note: str = ""
    steps: tuple[str, ...] = ()


# What a freeze is entered under.
EVERYTHING = "*"
_SHADOW, PROMOTED = Standing(Stage.SHADOW), Standing(Stage.PROMOTED)


class Moves:
    """The moves of one application's units; `pending` tells exchanges recorded and not judged yet, by route."""

    def __init__(self, config: Config, store: Store, *, pending: Callable[[], Mapping[str, int]] = dict) -> None:
        self._config = config
        self._store = store
        self._pending = pending

    async def promote(
        self,
        name: str,
        *,
        who: str,
        to: Standing = PROMOTED,
        force: bool = False,
        reason: str = "",
        dry_run: bool = False,
        replay: Store | None = None,
    ) -> Moved:
        """Move a unit forward if the gate is ready, or by force with a reason; PromotionRefused says why not.

        A canary must have shown enough at its present share as well; `canary` without a share is the ramp's next step.
        The results of a `replay` top up the shapes that are rare.
        """
        unit, routes = unit_named(self._config.routes, name)
        if force and not reason.strip():
            raise PromotionRefused(f"{unit}: a promotion against the gate needs a reason. Next: --force --reason WHY")
        stages = await in_thread(self._store.stages)
        origin = self._origin(stages, unit)
        to = self._step(routes, origin, to)
        check(unit, origin, to, Action.PROMOTE, stages, await in_thread(self._store.now))
        evidences = await in_thread(self._evidence, routes, replay)
        verdict, rulings = judge_unit(evidences, self._config.gate)
        lacking = tuple(lacks(unit, stages, self._config.canary, clock.now()))
        ready = verdict is Verdict.READY and not lacking
        if not ready and not force:
            raise against_the_gate(unit, origin, verdict, rulings, lacking)
        if dry_run:
            return Moved(unit, origin, to, rulings, lacking, steps=self._steps(routes, origin, to))
        evidence = evidence_text(verdict, evidences, rulings, lacking)
        entry = Move(Action.PROMOTE, unit, who, str(origin), str(to), reason, evidence, forced=not ready)
        await self._move(routes, origin, to, entry)
        return Moved(unit, origin, to, rulings, lacking)

    async def rollback(
        self, name: str, *, who: str, reason: str = "", force: bool = False, dry_run: bool = False
    ) -> Moved:
        """Take a unit back to `shadow` and leave a hold on it.

        `force` is for a dead or hung candidate: requests that hang in it and a failing leave hook are no reason to
        stay; what it had not flushed is lost.
        """
        unit, routes = unit_named(self._config.routes, name)
        stages = await in_thread(self._store.stages)
        origin = self._origin(stages, unit)
        check(unit, origin, _SHADOW, Action.ROLLBACK, stages, await in_thread(self._store.now))
        if dry_run:
            return Moved(unit, origin, _SHADOW, {}, steps=self._steps(routes, origin, _SHADOW))
        hold = Hold(unit, who, clock.now(), reason or "rolled back")
        entry = Move(Action.ROLLBACK, unit, who, str(origin), str(_SHADOW), reason, forced=force)
        note = await self._move(routes, origin, _SHADOW, entry, hold=hold, forced=force)
        return Moved(unit, origin, _SHADOW, {}, note=note)

    async def recover(self) -> None:
        """Clear away the handovers that nobody ends, so that the leaving side owns its state again, and only that.

        To be called now and then by a process that lives; every move does it for its own unit. One group's side that
        does not answer keeps no other group waiting; its error is raised when all were tried.
        """
        handovers = (await in_thread(self._store.stages)).handovers.values()
        stateful = [group for group in self._config.groups.values() if group.state == "in-process"]
        tried = await asyncio.gather(
            *(recover(self._store, self._parties(one.unit, one.origin, one.to)) for one in handovers),
            *(disown(self._store, group) for group in stateful),
            return_exceptions=True,
        )
        for error in filter(None, tried):
            raise error

    def hold(self, name: str, *, who: str, reason: str) -> None:
        """Allow no promotion of this unit until `release`."""
        if not reason.strip():
            raise PromotionRefused("a hold needs a reason. Next: --reason WHY")
        unit, _ = unit_named(self._config.routes, name)
        self._store.set_hold(Hold(unit, who, clock.now(), reason), Move(Action.HOLD, unit, who, reason=reason))

    def release(self, name: str, *, who: str, reason: str = "") -> None:
        """Clear a unit's hold; NotFound without one."""
        unit, _ = unit_named(self._config.routes, name)
        self._store.release(unit, Move(Action.RELEASE, unit, who, reason=reason))

    def freeze(self, *, who: str, reason: str) -> None:
        """Let nothing move forward until `unfreeze`; rollbacks go on."""
        if not reason.strip():
            raise PromotionRefused("a freeze needs a reason. Next: --reason WHY")
        self._store.freeze(Freeze(who, clock.now(), reason), Move(Action.FREEZE, EVERYTHING, who, reason=reason))

    def unfreeze(self, *, who: str, reason: str = "") -> None:
        """Let units move forward again; NotFound when nothing is frozen."""
        self._store.unfreeze(Move(Action.UNFREEZE, EVERYTHING, who, reason=reason))

    def _origin(self, stages: StageMap, unit: str) -> Standing:
        origin = stages.standing(unit)
        if origin is None:
            raise NotFound(f"{unit} is not known to the store yet. Next: start shadow serve")
        return origin

    def _step(self, routes: tuple[Route, ...], origin: Standing, to: Standing) -> Standing:
        """`to` itself, or the next share of the ramp when it names none."""
        unit = routes[0].unit
        if to.stage is not Stage.CANARY:
            return to
        if self.stateful(routes):
            raise PromotionRefused(
                f"{unit} keeps state in process memory: served by both sides at once it would lose updates, so it has "
                f"no canary. Next: shadow promote {unit}"
            )
        step = to if to.share else next_step(origin, self._config.canary, stateful=False)
        if step.stage is not Stage.CANARY:
            raise PromotionRefused(f"{unit}: the ramp has no step behind {origin}. Next: shadow promote {unit}")
        return step

    def stateful(self, routes: tuple[Route, ...]) -> bool:
        """True when these routes share state in process memory, so that one side alone may serve them."""
        return self._config.group_of(routes[0]).state == "in-process"

    def _evidence(self, routes: tuple[Route, ...], replay: Store | None) -> list[Evidence]:
        confidence = self._config.gate.confidence
        live = collect(self._store, routes, confidence=confidence, pending=self._pending())
        if replay is None:
            return list(live.values())
        replayed = collect(replay, routes, confidence=confidence)
        return [topped_up(one, of_the_same(one, replayed[name])) for name, one in live.items()]

    async def _move(
        self,
        routes: tuple[Route, ...],
        origin: Standing,
        to: Standing,
        entry: Move,
        *,
        hold: Hold | None = None,
        forced: bool = False,
    ) -> str:
        """By handover where the group has in-process state, else by one write."""
        parties = self._handover(routes, origin, to)
        if parties is None:
            move = self._store.move
            await in_thread(move, entry.name, origin.stage, to.stage, entry, share=to.share, hold=hold)
            return ""
        await recover(self._store, parties, forced=forced)
        return await hand_over(
            self._store, parties, origin=origin.stage, to=to.stage, entry=entry, hold=hold, forced=forced
        )

    def _steps(self, routes: tuple[Route, ...], origin: Standing, to: Standing) -> tuple[str, ...]:
        """What `_move` would do, in words."""
        parties = self._handover(routes, origin, to)
        return steps_of(parties) if parties else ("one write in the store, which every proxy follows within a second",)

    def _handover(self, routes: tuple[Route, ...], origin: Standing, to: Standing) -> Parties | None:
        """Between whom a handover is needed; None where one write is enough."""
        if not self.stateful(routes) or serving(origin.stage) is serving(to.stage):
            return None
        return self._parties(routes[0].unit, origin.stage, to.stage)

    def _parties(self, unit: str, origin: Stage, to: Stage) -> Parties:
        group = self._config.groups.get(unit, Group(unit))
        sides = serving(origin), serving(to)
        leaving, entering = (self._config.upstream(side).live for side in sides)
        return Parties(group, leaving, entering)
