"""Switchboard: the stage map in memory that the hot path reads; a task keeps it as the store has it.

The hot path never waits for the store: with the store away the last map goes on, and before the first map everything
is served by the primary. Each proxy process has one, which also tells the store that the proxy lives and when the
requests of a unit under handover have all been answered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import structlog

from shadow import clock
from shadow.cutover.stages import serving
from shadow.direction import Direction
from shadow.errors import StoreError
from shadow.routes import UNMATCHED, Route, RouteTable
from shadow.store.base import Store
from shadow.store.values import Heartbeat, StageMap
from shadow.tasks import spawn, stop
from shadow.words import Side, Stage

_log = structlog.get_logger("shadow.switchboard")
POLL = 0.05
# While requests are held, so that they go on soon after the flip.
HELD_POLL = 0.02
BEAT = 1.0
# Older than this the last beat may soon be too old for a handover to wait for this proxy.
_STALE = 2.0


@dataclass(frozen=True, slots=True)
class _Held:
    """A unit under handover: its requests wait until `until` (CLOCK_MONOTONIC s) at most."""

    handover: str
    until: float


@dataclass(slots=True)
class _Map:
    """The store's stage map, made ready for look-ups by route."""

    version: int = -1
    directions: Mapping[str, Direction] = field(default_factory=dict)
    held: Mapping[str, _Held] = field(default_factory=dict)


class Switchboard:
    """Implements `shadow.direction.Switch` for one proxy process."""

    def __init__(self, open_store: Callable[[], Store], routes: RouteTable, *, proxy: str) -> None:
        self._open_store = open_store
        self._routes = routes
        self._proxy = proxy
        self._store: Store | None = None
        self._map = _Map()
        self._in_flight: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._news = asyncio.Event()
        self._beat_at = float("-inf")
        self._told: frozenset[str] = frozenset()
        self._away = False
        # A thread to ask and one to tell: who writes may wait for other writers, and the flip must not.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="switchboard")
        self._teller = ThreadPoolExecutor(1, thread_name_prefix="heartbeat")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take the first map, if the store gives one within a moment, and keep it up to date from now on."""
        self._tasks = [spawn(self._follow(), name="switchboard"), spawn(self._tell(), name="heartbeat")]
        changed = self._changed
        try:
            await asyncio.wait_for(changed.wait(), 2.0)
        except TimeoutError:
            _log.warning("switchboard.no_map", serving="primary")

    async def close(self) -> None:
        """Stop following, and say so in the store if it answers within a second; the map stays as it is."""
        for task in self._tasks:
            await stop(task)
        # Each in its thread, behind what is under way there.
        for thread, last in ((self._teller, self._say_goodbye), (self._thread, self._close)):
            await asyncio.wait([asyncio.get_running_loop().run_in_executor(thread, last)], timeout=1.0)
            thread.shutdown(wait=False)

    @property
    def connected(self) -> bool:
        """False while the store is away."""
        return self._store is not None and not self._away

    def direction(self, route: Route) -> Direction:
        """Where this route's requests go at this moment."""
        known = self._map.directions.get(route.name)
        if known is None:
            return _UNKNOWN_OFF if route.stage is Stage.OFF else _UNKNOWN
        if known.held and self._remaining(route.unit) <= 0:
            return replace(known, held=False)
        return known

    async def released(self, route: Route) -> Direction:
        """Wait until the route is not held, then say where it goes; the handover's deadline bounds the wait."""
        while (direction := self.direction(route)).held:
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), self._remaining(route.unit))
            except TimeoutError:
                continue
        return direction

    def enter(self, unit: str) -> None:
        """Count one request of this unit as in flight."""
        self._in_flight[unit] += 1

    def leave(self, unit: str) -> None:
        """Count it as done."""
        self._in_flight[unit] -= 1
        if self._in_flight[unit] <= 0:
            del self._in_flight[unit]
            if unit in self._map.held:
                self._news.set()

    def _remaining(self, unit: str) -> float:
        held = self._map.held.get(unit)
        return 0.0 if held is None else held.until - clock.monotonic()

    def _holding(self) -> bool:
        """True while requests of any unit are held; a handover that is over its time holds none."""
        return any(self._remaining(unit) > 0 for unit in self._map.held)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                found = await loop.run_in_executor(self._thread, self._ask, self._map.version, self._drained())
            except StoreError as error:
                self._lost(error)
            else:
                self._away = False
                if found is not None:
                    self._take(*found)
            await asyncio.sleep(HELD_POLL if self._holding() else POLL)

    def _ask(self, version: int, drained: frozenset[str]) -> tuple[StageMap, float] | None:
        """In the thread: the new map and the store's time, or None when it is the one we have."""
        if self._store is None:
            self._store = self._open_store()
        # A map may be followed only by who has said that he lives: no handover would wait for him.
        if clock.monotonic() - self._beat_at >= _STALE:
            self._beat(self._store, drained)
        return None if self._store.version() == version else (self._store.stages(), self._store.now())

    async def _tell(self) -> None:
        """Tell the store at once what has drained, and now and then that the proxy lives."""
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), BEAT)
            self._news.clear()
            if self._store is None or self._away:
                continue
            try:
                await loop.run_in_executor(self._teller, self._beat, self._store, self._drained())
            except StoreError as error:
                self._lost(error)

    def _beat(self, store: Store, drained: frozenset[str]) -> None:
        """In a thread: say that the proxy lives, and of which handovers it has no request in flight."""
        store.beat(Heartbeat(self._proxy, store.now(), drained))
        self._told, self._beat_at = drained, clock.monotonic()

    def _say_goodbye(self) -> None:
        """In the thread: no handover needs to wait for this proxy any more."""
        if self._store is not None:
            with contextlib.suppress(StoreError):
                self._store.beat(Heartbeat(self._proxy, 0.0))

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _drained(self) -> frozenset[str]:
        """The handovers whose unit has no request in flight here."""
        return frozenset(held.handover for unit, held in self._map.held.items() if not self._in_flight[unit])

    def _take(self, found: StageMap, now: float) -> None:
        held = {unit: _Held(one.id, clock.monotonic() + one.deadline - now) for unit, one in found.handovers.items()}
        directions = {}
        for route in self._routes:
            stage = found.routes.get(route.name)
            if stage is not None:
                canary = found.canaries.get(route.unit)
                share = canary.share if canary and stage is Stage.CANARY else 0
                directions[route.name] = Direction(stage, serving(stage), route.unit in held, share)
        directions[UNMATCHED] = replace(_UNKNOWN, held=UNMATCHED in held)
        self._map = _Map(found.version, directions, held)
        self._changed.set()
        self._changed = asyncio.Event()
        if self._drained() != self._told:
            self._news.set()
        _log.info("switchboard.map", proxy=self._proxy, version=found.version, held=sorted(held))

    def _lost(self, error: StoreError) -> None:
        if not self._away:
            _log.error("switchboard.store_away", error=str(error))
        self._away = True


_UNKNOWN = Direction(Stage.SHADOW, Side.PRIMARY)
_UNKNOWN_OFF = Direction(Stage.OFF, Side.PRIMARY)
