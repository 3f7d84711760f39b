"""Handover: the switch of a group with in-process state, with nothing lost in between (docs/handover.md).

Hold the group's requests in every proxy, wait until those in flight are answered, let the leaving side flush, let the
entering side drop what it has, flip. Each step is written down before it begins; when one fails, or time is up, the
steps are taken back and the held requests go on as before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

import structlog

from shadow import clock
from shadow.config import Group
from shadow.cutover.stages import Action
from shadow.errors import PromotionRefused, ShadowError
from shadow.hooks import HookFailed, call_hook
from shadow.store.base import Store
from shadow.store.values import Handover, Hold, Move, Phase
from shadow.words import Stage

P = ParamSpec("P")
T = TypeVar("T")
_log = structlog.get_logger("shadow.handover")
# A proxy that was not heard of for so long serves nobody any more.
LIVE = 3.0
# Kept for taking steps back before the proxies let go, and for the last poll of each to see the flip.
UNDO = 3.0
MARGIN = 1.0
# And for another process to take them back when this one dies: before requests flow to a side that has left.
RECOVERY = 2.0
_POLL = 0.02
# Beginning of a note, by unit: the address of a side that did not leave when a handover to it was taken back.
_STAYS = "handover.stays:"
# Of the time that is left, when a step of a dead side may fail: there must be some for the steps after it.
_FORCED_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Parties:
    """The group with its hooks, and the live addresses of the side that leaves and the side that enters."""

    group: Group
    leaving: str
    entering: str


class _Steps:
    """One handover on its way; remembers which hooks were called, so that they can be taken back.

    When forced, a step that the leaving side fails returns what went wrong, so that the others go on.
    """

    def __init__(self, store: Store, parties: Parties, handover: Handover, before: float, *, forced: bool) -> None:
        self._store = store
        self._parties = parties
        self._handover = handover
        # Told to the store by its own clock; this process reckons by its own.
        self._before = before
        self._until = clock.monotonic() + parties.group.timeout
        self._forced = forced
        self.step = "hold"
        self.left = False
        self.entered = False

    async def drain(self) -> str:
        """Wait until every live proxy holds the group and has none of its requests in flight."""
        self.step = "drain"
        until = clock.monotonic() + self._time_left() * (_FORCED_SHARE if self._forced else 1.0)
        while waiting := await self._undrained():
            if clock.monotonic() > until:
                trouble = f"requests are still in flight in {', '.join(waiting)}"
                if not self._forced:
                    raise PromotionRefused(trouble)
                return trouble
            await asyncio.sleep(_POLL)
        return ""

    async def leave(self) -> str:
        """The leaving side flushes."""
        self.step = f"leave hook {self._parties.group.leave!r}"
        await in_thread(self._store.advance_handover, self._handover.id, Phase.LEAVING)
        self.left = True
        try:
            limit = self._time_left() * (_FORCED_SHARE if self._forced else 1.0)
            await call_hook(self._parties.leaving, self._parties.group.leave, timeout=limit)
        except HookFailed as error:
            if not self._forced:
                raise
            return str(error)
        return ""

    async def enter(self) -> None:
        """The entering side drops what it has, and owns the state from here on."""
        self.step = f"enter hook {self._parties.group.enter!r}"
        await in_thread(self._store.advance_handover, self._handover.id, Phase.ENTERING)
        self.entered = True
        await call_hook(self._parties.entering, self._parties.group.enter, timeout=self._time_left())

    async def flip(self, entry: Move, hold: Hold | None) -> None:
        """Stages, hold, ledger and the end of the handover, in one transaction."""
        self.step = "flip"
        await in_thread(self._store.finish_handover, self._handover.id, entry, before=self._before, hold=hold)

    async def undo(self) -> str:
        """Everything as before; what could not be taken back, or nothing. `recover` tries that again."""
        trouble = ""
        if self.left:
            trouble = await _give_back(self._store, self._parties, entered=self.entered)
        try:
            if trouble:
                _log.error("handover.not_given_back", unit=self._handover.unit, trouble=trouble)
                await in_thread(self._store.advance_handover, self._handover.id, Phase.RETURNING)
            else:
                await in_thread(self._store.drop_handover, self._handover.id)
        except ShadowError as error:
            _log.error("handover.not_dropped", unit=self._handover.unit, error=str(error))
        return trouble

    async def _undrained(self) -> list[str]:
        beats, now = await in_thread(self._store.heartbeats), await in_thread(self._store.now)
        return [beat.proxy for beat in beats if now - beat.seen < LIVE and self._handover.id not in beat.drained]

    def _time_left(self) -> float:
        left = self._until - clock.monotonic()
        if left <= 0:
            raise PromotionRefused(
                f"{self._parties.group.timeout:g} s are over ([groups.{self._handover.unit}] timeout)"
            )
        return left


def steps_of(parties: Parties) -> tuple[str, ...]:
    """What a handover does, step by step, in words; `hand_over` does it."""
    group = parties.group
    return (
        f"hold the requests of {group.name} in every proxy, and wait for those in flight",
        f"{group.leave} at {parties.leaving}",
        f"{group.enter} at {parties.entering}",
        "switch, and let the held requests go on",
        f"take everything back if that is not done within {group.timeout:g} s",
    )


async def hand_over(
    store: Store,
    parties: Parties,
    *,
    origin: Stage,
    to: Stage,
    entry: Move,
    hold: Hold | None = None,
    forced: bool = False,
) -> str:
    """Move the group; PromotionRefused names the step that failed, and nothing has changed then.

    `forced` goes on although the leaving side is dead or hangs; what it failed to do is returned.
    """
    unit, timeout = parties.group.name, parties.group.timeout
    await disown(store, parties.group)
    before = await in_thread(store.now) + timeout
    handover = Handover(clock.new_id(), unit, origin, to, Phase.HOLDING, before + UNDO + MARGIN + RECOVERY, entry.who)
    await in_thread(store.begin_handover, handover)
    steps = _Steps(store, parties, handover, before, forced=forced)
    try:
        failed = [await steps.drain(), await steps.leave()]
        await steps.enter()
        await steps.flip(entry, _warned(hold, parties) if hold and failed[1] else hold)
    except ShadowError as error:
        trouble = await steps.undo()
        text = f"{unit} stays in {origin}: {steps.step} failed: {error}. {trouble or 'Nothing has changed'}"
        if entry.action == Action.ROLLBACK and not (forced or steps.entered):
            # What failed waits for the candidate: force goes on without it.
            text += f". Next: shadow rollback {unit} --force --reason WHY"
        elif trouble:
            text += f". Next: {_by_hand(parties)}"
        else:
            text += ". Next: mend what failed, and do it again"
        raise PromotionRefused(text) from error
    except BaseException:
        await asyncio.shield(steps.undo())
        raise
    _log.info("handover.done", unit=unit, to=str(to))
    return "; ".join(trouble for trouble in failed if trouble)


async def recover(store: Store, parties: Parties, *, forced: bool = False) -> None:
    """Clear away a handover that nobody ends any more: the leaving side owns the state again, or PromotionRefused.

    One whose process must have died is taken back before the deadline, when proxies let go: what the leaving side is
    given as a standby is dropped. A `forced` move leaves that side in any case, so it goes on without its answer.
    """
    handover = (await in_thread(store.stages)).handovers.get(parties.group.name)
    if handover is None or is_under_way(handover, await in_thread(store.now)):
        return
    # A side that took nothing back is not asked once more by the move that is forced for that reason.
    if handover.phase is not Phase.HOLDING and not (forced and handover.phase is Phase.RETURNING):
        trouble = await _give_back(store, parties, entered=handover.phase is Phase.ENTERING)
        if trouble and not forced:
            raise PromotionRefused(f"{trouble}. Next: {_by_hand(parties)}")
    await in_thread(store.drop_handover, handover.id)
    _log.warning("handover.recovered", unit=handover.unit, phase=str(handover.phase))


def is_under_way(handover: Handover, now: float) -> bool:
    """True as long as the process that began it may still be at it."""
    return handover.phase is not Phase.RETURNING and now < handover.deadline - RECOVERY


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A blocking call of the store, off the event loop."""
    return await asyncio.to_thread(call, *args, **kwargs)


async def disown(store: Store, group: Group) -> None:
    """Let the side leave that would not when a handover to it was taken back; PromotionRefused as long as it does not.

    It may own the state as it was then, and an owner that is told to enter reads nothing anew.
    """
    if not (base := await in_thread(store.noted, _STAYS + group.name)):
        return
    try:
        await call_hook(base, group.leave, timeout=UNDO / 2)
    except HookFailed as error:
        raise PromotionRefused(
            f"{group.name}: a side may still own what an earlier handover gave it ({error}); nothing has changed. "
            f"Next: {group.leave} there by hand, or restart it"
        ) from None
    await in_thread(store.note, _STAYS + group.name, "")
    _log.info("handover.disowned", unit=group.name, side=base)


async def _give_back(store: Store, parties: Parties, *, entered: bool) -> str:
    """The leaving side gets the state back; what failed, or nothing."""
    group, limit = parties.group, UNDO / 2
    if entered:
        try:
            await call_hook(parties.entering, group.leave, timeout=limit)
        except HookFailed as error:
            # It was sent no request of the group, so it has nothing that the other side lacks; but it must not stay.
            _log.warning("handover.entering_side_stays", unit=group.name, error=str(error))
            await in_thread(store.note, _STAYS + group.name, parties.entering)
    try:
        await call_hook(parties.leaving, group.enter, timeout=limit)
    except HookFailed as error:
        return f"The leaving side did not take its state back ({error})"
    return ""


def _warned(hold: Hold, parties: Parties) -> Hold:
    """The hold that a side leaves behind which did not leave: it may only have slept."""
    text = f"{parties.leaving} did not leave and may wake with the state as it was: restart it before the release"
    return replace(hold, reason=f"{hold.reason.rstrip('. ')}. {text}")


def _by_hand(parties: Parties) -> str:
    return f"{parties.group.enter} there by hand, or restart it"
