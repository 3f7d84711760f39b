"""Resync: make the shadow world a faithful clone again, while clients wait and nothing is lost.

The mirror pauses, the proxies hold every request (the holds of a handover, with a deadline), those in flight finish,
applications with state in memory flush it; then the database is cloned, the store begins a new world, the
applications take their state up again and the requests go on. The mirror forgets what it knew of the old clone and
skips what was served before this one. A clone that fails leaves a tainted world; clients notice a pause in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import orjson
import structlog

from shadow import clock
from shadow.config import Config, Group
from shadow.cutover.handover import LIVE, MARGIN, RECOVERY, UNDO, in_thread
from shadow.cutover.stages import Action, serving
from shadow.errors import ConfigError, ShadowError
from shadow.hooks import HookFailed, call_hook
from shadow.mirror.clones import RESYNC, SINCE, unpaused
from shadow.routes import UNMATCHED
from shadow.state.mongo import clone_mongo
from shadow.store.base import Store
from shadow.store.values import Handover, Move, Phase, World
from shadow.words import Side, Stage
from shadow.words import World as Database

_log = structlog.get_logger("shadow.resync")
_POLL = 0.05
# The copies under way must end: so long at most, on top of the time of one.
_PATIENCE = 10.0


class ResyncFailed(ShadowError):
    """The shadow world could not be cloned: which step failed and what has become of the world."""


@dataclass(frozen=True, slots=True)
class Resynced:
    """The new world, for how many seconds requests were held, and the documents copied where that is known."""

    world: World
    held: float
    copied: Mapping[str, int]


def mistakes(config: Config) -> list[str]:
    """What is missing in the configuration for a resync."""
    found = []
    if not config.two_worlds:
        found.append("[primary] and [candidate]: there is one world only, so there is nothing to clone")
    world = config.world
    if not world.clone and not all(
        url.startswith(("mongodb://", "mongodb+srv://")) for url in (world.live, world.shadow)
    ):
        found.append("[world]: 'live' and 'shadow' must be mongodb:// URLs, or 'clone' a command (docs/aliases.md)")
    return found


class Resync:
    """One resync; `who` is told to whoever meets its holds."""

    def __init__(self, config: Config, store: Store, *, who: str) -> None:
        if found := mistakes(config):
            raise ConfigError([f"{config.source.name} {mistake}" for mistake in found])
        self._config = config
        self._store = store
        self._who = who
        self._returning: set[str] = set()
        self._id = clock.new_id()
        # When the proxies should be let go, by CLOCK_MONOTONIC.
        self._until = 0.0

    async def run(self) -> Resynced:
        """Do it; ResyncFailed says why not."""
        async with self._mirror_paused():
            began = clock.monotonic()
            self._until = began + self._config.world.hold
            async with self._held() as stages:
                copied = await self._cloned(stages)
            return Resynced(await in_thread(self._store.world), clock.monotonic() - began, copied)

    @contextlib.asynccontextmanager
    async def _mirror_paused(self) -> AsyncIterator[None]:
        """No copy is under way in here; a mirror that starts meanwhile waits as well."""
        patience = self._config.mirror.timeout + _PATIENCE
        until = clock.monotonic() + patience
        end = await in_thread(self._store.now) + patience + self._config.world.hold + UNDO
        wanted = {"id": self._id, "until": end}
        await self._note(RESYNC, orjson.dumps(wanted).decode())
        try:
            while waiting := await in_thread(unpaused, self._store, self._id, self._config.recording.path):
                if clock.monotonic() > until:
                    told = f"the mirror of {', '.join(waiting)} did not pause; nothing has changed"
                    raise ResyncFailed(f"{told}. Next: shadow status")
                await asyncio.sleep(_POLL)
            yield
        finally:
            await self._note(RESYNC, "")

    @contextlib.asynccontextmanager
    async def _held(self) -> AsyncIterator[Mapping[str, Stage]]:
        """Every request waits in here and none is in flight; yields the stage of each unit."""
        stages = {**(await in_thread(self._store.stages)).units, UNMATCHED: Stage.SHADOW}
        holds: list[str] = []
        end = await in_thread(self._store.now) + self._config.world.hold + UNDO + MARGIN + RECOVERY
        try:
            for unit, stage in stages.items():
                hold = f"{self._id}-{len(holds)}"
                handover = Handover(hold, unit, stage, stage, Phase.HOLDING, end, self._who)
                await in_thread(self._store.begin_handover, handover)
                holds.append(hold)
            await self._drained(frozenset(holds))
            async with self._flushed(stages, dict(zip(stages, holds, strict=True))):
                yield stages
        finally:
            # Where a side took nothing back its requests wait on; whoever recovers handovers asks it again.
            for hold in set(holds) - self._returning:
                await in_thread(self._store.drop_handover, hold)

    async def _drained(self, holds: frozenset[str]) -> None:
        while True:
            beats, now = await in_thread(self._store.heartbeats), await in_thread(self._store.now)
            if all(holds <= beat.drained for beat in beats if now - beat.seen < LIVE):
                return
            self._left("requests are still in flight; nothing has changed")
            await asyncio.sleep(_POLL)

    @contextlib.asynccontextmanager
    async def _flushed(self, stages: Mapping[str, Stage], holds: Mapping[str, str]) -> AsyncIterator[None]:
        """The live database holds all that the applications had in memory; they take it up again afterwards."""
        left: list[tuple[str, Group]] = []
        failed: list[HookFailed] = []
        try:
            for group in self._stateful(stages):
                side = serving(stages[group.name])
                # Written down first: should this process die, another one lets the group enter again.
                await in_thread(self._store.advance_handover, holds[group.name], Phase.LEAVING)
                left.append((self._config.upstream(side).live, group))
                await self._hook(self._config.upstream(side).live, group.leave, group)
            yield
        finally:
            for base, group in left:
                try:
                    await call_hook(base, group.enter, timeout=group.timeout)
                except HookFailed as error:
                    failed.append(error)
                    await in_thread(self._store.advance_handover, holds[group.name], Phase.RETURNING)
                    self._returning.add(holds[group.name])
        if failed:
            told = f"the shadow world is cloned, but {failed[0]}; it is asked again, and its requests wait meanwhile"
            raise ResyncFailed(f"{told}. Next: shadow status")

    async def _cloned(self, stages: Mapping[str, Stage]) -> Mapping[str, int]:
        """Clone, let the shadow world's applications drop what they had in memory, begin the new world."""
        owners = await in_thread(self._store.owners)
        for group in self._stateful(stages):
            owner = self._config.upstream(owners.get(group.name, Side.CANDIDATE))
            await self._hook(owner.in_world(Database.SHADOW), group.leave, group)
        old = await in_thread(self._store.world)
        # Written down first: should this process die, the world that it leaves half cloned is known to be no clone.
        await in_thread(lambda: self._store.record([], checkpoint={}, tainted="a clone was begun and not finished"))
        try:
            copied = await self._clone()
            for group in self._stateful(stages):
                mirrored = self._config.upstream(serving(stages[group.name]).other)
                await self._hook(mirrored.in_world(Database.SHADOW), group.enter, group)
        except ShadowError as error:
            raise ResyncFailed(f"{error}; the shadow world is tainted. Next: shadow resync") from error
        # Before the world begins: a mirror that starts in between must know since when.
        await self._note(SINCE, repr(await in_thread(self._store.now)))
        world = await in_thread(self._store.new_world, self._entry(old, copied))
        _log.info("resync.done", world=world.number)
        return copied

    def _entry(self, old: World, copied: Mapping[str, int]) -> Move:
        """What the ledger says of it: who, and what the world was that is gone now."""
        evidence = {
            "copied": dict(copied),
            "tainted": old.tainted,
            "tainted_at": old.tainted_at,
            "world": old.number + 1,
        }
        return Move(
            Action.RESYNC,
            f"world {old.number + 1}",
            self._who,
            reason=old.tainted or "asked for",
            evidence=orjson.dumps(evidence, option=orjson.OPT_SORT_KEYS).decode(),
        )

    async def _clone(self) -> Mapping[str, int]:
        world = self._config.world
        if not world.clone:
            return await in_thread(
                clone_mongo, world.live, world.shadow, lambda: self._left("the clone takes too long")
            )
        environ = {**os.environ, "SHADOW_CLONE_LIVE": world.live, "SHADOW_CLONE_SHADOW": world.shadow}
        folder = self._config.source.resolve().parent
        command = await asyncio.create_subprocess_shell(world.clone, env=environ, cwd=folder, stdout=2)
        try:
            code = await asyncio.wait_for(command.wait(), self._left("the clone takes too long"))
        except TimeoutError:
            raise ResyncFailed(f"the clone command took longer than {world.hold:g} s ([world] hold)") from None
        finally:
            if command.returncode is None:
                command.kill()
        if code:
            raise ResyncFailed(f"the clone command ended with exit code {code}")
        return {}

    def _stateful(self, stages: Mapping[str, Stage]) -> list[Group]:
        groups = self._config.groups
        return [groups[unit] for unit in stages if unit in groups and groups[unit].state == "in-process"]

    async def _hook(self, base: str, hook: str, group: Group) -> None:
        await call_hook(base, hook, timeout=min(group.timeout, self._left("no time is left")))

    def _left(self, otherwise: str) -> float:
        """Seconds until the proxies let go; ResyncFailed when there are none."""
        left = self._until - clock.monotonic()
        if left <= 0:
            raise ResyncFailed(f"{otherwise} ([world] hold is {self._config.world.hold:g} s)")
        return left

    async def _note(self, key: str, value: str) -> None:
        await in_thread(self._store.note, key, value)
