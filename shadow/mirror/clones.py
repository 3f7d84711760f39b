"""Which clone the mirror works on: it pauses while a new one is made, and forgets the old one afterwards.

Another process makes the clone (`cutover/resync.py`); the two speak through notes in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import structlog

from shadow import clock
from shadow.errors import StoreError
from shadow.store.base import Store
from shadow.store.clocks import here

_log = structlog.get_logger("shadow.mirror")
# A resync that is wanted or under way: its id and until when it must have ended; the id of one that the mirror waits
# for; and since when the present clone is one. Times are unix s by the store's clock.
RESYNC, PAUSED, SINCE = "resync", "resync.paused", "resync.since"
_LOOK_EVERY = 0.1


def since(store: Store) -> float:
    """When the present clone was taken, as this machine's clock shows it; what was served before is part of it."""
    return here(store, float(store.noted(SINCE) or 0))


class Clones:
    """The mirror's eye on resyncs; `begin` is called with the number of a new world and since when it is one."""

    def __init__(self, store: Store, begin: Callable[[int, float], None]) -> None:
        self._store = store
        self._begin = begin
        self._number = store.world().number
        self._wanted = ""
        self._looked = float("-inf")

    @property
    def wanted(self) -> bool:
        """True while somebody wants the mirror to pause."""
        return bool(self._wanted)

    async def wait(self, *, idle: bool) -> bool:
        """True while the mirror must start nothing; `idle` tells that nothing of it runs and all is written down."""
        if clock.monotonic() - self._looked > _LOOK_EVERY:
            try:
                await asyncio.to_thread(self._look, idle)
            except StoreError as error:
                _log.warning("mirror.clone_unknown", error=str(error))
            self._looked = clock.monotonic()
        return self.wanted

    def _look(self, idle: bool) -> None:
        told = orjson.loads(self._store.noted(RESYNC) or "{}")
        wanted = told["id"] if told and self._store.now() < told["until"] else ""
        if wanted and idle and self._store.noted(PAUSED) != wanted:
            self._store.note(PAUSED, wanted)
        world = self._store.world()
        if not wanted and world.number != self._number:
            self._number = world.number
            self._begin(world.number, since(self._store))
            _log.info("mirror.new_world", world=world.number)
        self._wanted = wanted
