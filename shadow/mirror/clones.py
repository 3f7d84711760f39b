"""Which clone the mirror works on: it pauses while a new one is made, and forgets the old one afterwards.

Another process makes the clone (`cutover/resync.py`); the two speak through notes in the store. There may be a mirror
on each of several machines, and all must have paused.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import orjson
import structlog

from shadow import clock
from shadow.errors import StoreError
from shadow.mirror.lock import is_running, name_of
from shadow.store.base import Store
from shadow.store.clocks import here

_log = structlog.get_logger("shadow.mirror")
# A resync that is wanted or under way: its id and until when it must have ended; of each mirror by its name, when it
# was last heard of and the id of the resync that it waits for; and since when the present clone is one. Times are
# unix s by the store's clock.
RESYNC, MIRROR, SINCE = "resync", "mirror:", "resync.since"
_LOOK_EVERY, _TELL_EVERY = 0.1, 1.0
# A mirror that was not heard of for so long works no more.
_LIVE = 3.0


def since(store: Store) -> float:
    """When the present clone was taken, as this machine's clock shows it; what was served before is part of it."""
    return here(store, float(store.noted(SINCE) or 0))


def unpaused(store: Store, resync: str, folder: Path) -> list[str]:
    """The mirrors that do not wait for this resync yet: those heard of lately, and the one of this recording."""
    told = {key.removeprefix(MIRROR): orjson.loads(text) for key, text in store.notes(MIRROR).items()}
    paused = {name for name, one in told.items() if one["paused"] == resync}
    working = {name for name, one in told.items() if store.now() - one["seen"] < _LIVE}
    if is_running(folder):
        working.add(name_of(folder))
    return sorted(working - paused)


class Clones:
    """The mirror's eye on the clone: `begin` is called with the number of a new world and since when it is one.

    `taint` is called with the reason why the present one is a faithful clone no more, which others may write down too.
    """

    def __init__(
        self, store: Store, begin: Callable[[int, float], None], taint: Callable[[str], None], *, name: str
    ) -> None:
        self._store = store
        self._begin = begin
        self._taint = taint
        self._name = name
        self._paused = ""
        self._told = float("-inf")
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

    async def leave(self) -> None:
        """No resync needs to wait for this mirror any more."""
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(self._note, 0.0, "")

    def _look(self, idle: bool) -> None:
        told = orjson.loads(self._store.noted(RESYNC) or "{}")
        wanted = told["id"] if told and self._store.now() < told["until"] else ""
        self._tell(wanted if idle else "")
        world = self._store.world()
        if not wanted and world.number != self._number:
            self._number = world.number
            self._begin(world.number, since(self._store))
            _log.info("mirror.new_world", world=world.number)
        elif not wanted and world.tainted:
            self._taint(world.tainted)
        self._wanted = wanted

    def _tell(self, paused: str) -> None:
        """Say that this mirror lives, and which resync it waits for."""
        if paused != self._paused or clock.monotonic() - self._told > _TELL_EVERY:
            self._note(self._store.now(), paused)
            self._paused, self._told = paused, clock.monotonic()

    def _note(self, seen: float, paused: str) -> None:
        self._store.note(f"{MIRROR}{self._name}", orjson.dumps({"seen": seen, "paused": paused}).decode())
