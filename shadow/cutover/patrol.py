"""Patrol: the guard at work. Follows the recording and the judgements, and rolls back what breaks its promotion.

Failures are read from the recording itself, which the proxies write whatever the mirrored side does: a primary that
hangs in the shadow world must not blind the guard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from shadow import clock
from shadow.config import Config
from shadow.cutover.guard import Watch
from shadow.cutover.handover import in_thread
from shadow.cutover.moves import Moves
from shadow.errors import PromotionRefused, ShadowError, StoreError
from shadow.exchange import Exchange, Unanswered
from shadow.judgement import Judgement
from shadow.recording.format import Record
from shadow.recording.reader import Follower
from shadow.store.base import Store
from shadow.store.clocks import here
from shadow.words import Side, Stage

WHO = "guard"
_POLL = 0.05
# The stage map changes by a person's hand; seconds between two looks at it.
_LOOK_EVERY = 0.5
_AT_ONCE = 512

_log = structlog.get_logger("shadow.guard")


class Patrol:
    """Watches every unit that the candidate serves; `judged` takes what the mirror has written down."""

    def __init__(self, config: Config, store: Store, moves: Moves, follower: Follower) -> None:
        self._config = config
        self._store = store
        self._moves = moves
        self._follower = follower
        self._units = {route.name: route.unit for route in config.routes}
        self._watches: dict[str, Watch] = {}
        self._looked = float("-inf")
        self._version = -1

    async def run(self) -> None:
        """Patrol until cancelled; a store that is away is waited for."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                _log.error("guard.store_away", error=str(error))
                await asyncio.sleep(_LOOK_EVERY)
            await asyncio.sleep(_POLL)

    def judged(self, judgements: Sequence[Judgement]) -> None:
        """Pairs that the mirror has judged."""
        for judgement in judgements:
            if watch := self._watches.get(self._units.get(judgement.route, "")):
                watch.judged(judgement)

    async def round(self) -> None:
        """Look at the stage map now and then, read what was served, roll back what is broken."""
        if clock.monotonic() - self._looked > _LOOK_EVERY:
            self._looked = clock.monotonic()
            await self._look()
        while records := await in_thread(self._follower.read, _AT_ONCE):
            if any(map(self._is_news, records)):
                await self._look()
            for record in records:
                self._saw(record)
        for unit, watch in list(self._watches.items()):
            if reason := watch.breach(clock.now()):
                await self._take_back(unit, reason)

    async def _look(self) -> None:
        """Begin to watch what was promoted, end watching what was taken back."""
        if await in_thread(self._store.version) == self._version:
            return
        stages = await in_thread(self._store.stages)
        self._version = stages.version
        served = {unit for unit, stage in stages.units.items() if stage in (Stage.CANARY, Stage.PROMOTED)}
        for unit in served - self._watches.keys():
            moved = stages.moved.get(unit)
            since = clock.now() if moved is None else await in_thread(here, self._store, moved)
            self._watches[unit] = Watch(since, self._config.gate, self._config.guard, alike=self._alike(unit))
        for unit in self._watches.keys() - served:
            del self._watches[unit]

    def _alike(self, unit: str) -> bool:
        """False for state in memory with one world: the side that gets the copies has handed the state over."""
        group = self._config.groups.get(unit)
        return self._config.two_worlds or group is None or group.state != "in-process"

    def _is_news(self, record: Record) -> bool:
        """The candidate has served a unit that nobody watches: it was promoted since the last look."""
        if not isinstance(record, Exchange) or record.serving is not Side.CANDIDATE:
            return False
        return self._units.get(record.route, "") not in self._watches

    def _saw(self, record: Record) -> None:
        if not isinstance(record, Exchange) or record.serving is not Side.CANDIDATE:
            return
        watch = self._watches.get(self._units.get(record.route, ""))
        if watch is None:
            return
        answer, at = record.answer, record.started_at + record.duration
        if record.fallback or (isinstance(answer, Unanswered) and answer.phase != "client"):
            watch.failed(record.id, at, certain=True)
        elif not isinstance(answer, Unanswered) and answer.status >= 500:
            watch.failed(record.id, at, certain=False)

    async def _take_back(self, unit: str, reason: str) -> None:
        """Roll back; by force where the candidate does not do its part of the handover."""
        _log.error("guard.breach", unit=unit, reason=reason)
        try:
            await self._moves.rollback(unit, who=WHO, reason=reason)
        except PromotionRefused as refused:
            _log.error("guard.forced", unit=unit, refused=str(refused))
            try:
                await self._moves.rollback(unit, who=WHO, reason=reason, force=True)
            except PromotionRefused as error:
                # Somebody else moves it at this moment, or the primary is away too: the next round tries again.
                _log.error("guard.refused", unit=unit, error=str(error))
                return
        except ShadowError as error:
            _log.error("guard.failed", unit=unit, error=str(error))
            return
        self._watches.pop(unit, None)
