"""Auto: promotes what has `auto = true` and is ready, within its hours, one unit at a time and step by step.

Lives beside the mirror. It does nothing that a person could not do without `--force`, so a gate, a hold or a freeze
stops it; a rollback leaves a hold, which only a person clears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from shadow import clock
from shadow.config import Auto, Config
from shadow.config_values import DAYS
from shadow.cutover.handover import in_thread
from shadow.cutover.moves import Moves
from shadow.cutover.ramp import next_step
from shadow.errors import PromotionRefused, ShadowError
from shadow.routes import Route
from shadow.standing import Standing
from shadow.store.base import Store
from shadow.store.values import StageMap
from shadow.words import Stage

WHO = "auto"
_EVERY = 5.0
_log = structlog.get_logger("shadow.auto")


class AutoPromotion:
    """The task; `round` is one look at everything that may move.

    `pending` tells exchanges recorded and not judged yet, by route.
    """

    def __init__(self, config: Config, store: Store, *, pending: Callable[[], Mapping[str, int]] = dict) -> None:
        self._config = config
        self._store = store
        self._pending = pending
        self._units: Mapping[str, tuple[Route, ...]] = {
            unit: routes for unit, routes in config.routes.units().items() if config.promotes_itself(routes[0])
        }

    async def run(self) -> None:
        """Promote until cancelled; nothing to do where nothing has `auto`."""
        while self._units:
            try:
                await self.round()
            except ShadowError as error:
                _log.error("auto.failed", error=str(error))
            await asyncio.sleep(_EVERY)

    async def round(self) -> str:
        """Move the first unit that may move by one step; its name, or nothing."""
        stages = await in_thread(self._store.stages)
        now = clock.now()
        cooling = max(stages.moved.values(), default=0.0) + self._config.auto.cooldown > now
        if stages.freeze or cooling or not is_open(self._config.auto, now):
            return ""
        waiting = self._waiting(stages)
        # Counted once for all units: it reads what the mirror has not, so it would slow down most a mirror that lags.
        pending = await in_thread(self._pending) if waiting else {}
        moves = Moves(self._config, self._store, pending=lambda: pending)
        for unit, standing in waiting.items():
            if await self._promote(moves, unit, standing):
                return unit
        return ""

    def _waiting(self, stages: StageMap) -> dict[str, Standing]:
        """The units that may move; while one is on its ramp no other begins."""
        free = {
            unit: standing
            for unit in self._units
            if unit not in stages.holds and (standing := stages.standing(unit)) is not None
        }
        ramped = {unit: standing for unit, standing in free.items() if standing.stage is Stage.CANARY}
        return ramped or {unit: standing for unit, standing in free.items() if standing.stage is Stage.SHADOW}

    async def _promote(self, moves: Moves, unit: str, standing: Standing) -> bool:
        stateful = moves.stateful(self._units[unit])
        to = next_step(standing, self._config.canary, stateful=stateful)
        try:
            await moves.promote(unit, who=WHO, to=to, reason="ready, and its hour has come")
        except PromotionRefused as refused:
            _log.debug("auto.waits", unit=unit, reason=str(refused))
            return False
        _log.info("auto.promoted", unit=unit, to=str(to))
        return True


def is_open(auto: Auto, at: float) -> bool:
    """True within the hours and days of `[auto]`, UTC; a night belongs to the day on which it begins."""
    now = datetime.fromtimestamp(at, UTC)
    minute, window = 60 * now.hour + now.minute, auto.window
    if window.begin < window.end:
        return window.begin <= minute < window.end and DAYS[now.weekday()] in auto.days
    begun = now if minute >= window.begin else now - timedelta(days=1)
    return (minute >= window.begin or minute < window.end) and DAYS[begun.weekday()] in auto.days
