"""A mirror in the test's own process: a real recording, a real store, scripted upstreams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from shadow.app import create_mirror
from shadow.config import Config, Group, Mirror, Recording, Upstream
from shadow.config import Store as StoreSection
from shadow.exchange import Exchange
from shadow.recording.seal import Sealer
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.base import Store
from tests.support.recording import a_writer

ROUTES = RouteTable([Route("notes", "/notes"), Route("page", "/page"), Route("job", "/job", group="jobs")])
JOBS = Group("jobs", "in-process", "POST /leave", "POST /enter", timeout=0.5)
NOWHERE = "http://127.0.0.1:9"


def a_config(folder: Path, *, candidate: str = NOWHERE, primary: str = NOWHERE, timeout: float = 5.0) -> Config:
    """Two worlds; these are the addresses of the shadow world."""
    return Config(
        source=folder / "shadow.toml",
        primary=Upstream(live=NOWHERE, shadow=primary),
        candidate=Upstream(live=NOWHERE, shadow=candidate),
        recording=Recording(path=folder / "recording", key=folder / "key"),
        mirror=Mirror(timeout=timeout),
        store=StoreSection(f"sqlite:///{folder}/shadow.db"),
        routes=ROUTES,
        groups={"jobs": JOBS},
    )


def record(config: Config, *exchanges: Exchange, writer: str = "w1") -> None:
    """Put exchanges into the recording."""
    sealer = Sealer.load(config.recording.key, (), create=True)
    recording = a_writer(config.recording.path, sealer, writer=writer)
    for exchange in exchanges:
        assert recording.append(exchange)
    recording.close()


def mirrored(config: Config, until: Callable[[Store], object], seconds: float = 10.0) -> Store:
    """Run a mirror until something is true of the store, then stop it in order; the store."""

    async def run(store: Store) -> None:
        mirror = create_mirror(config, store)
        running = asyncio.create_task(mirror.run())
        async with asyncio.timeout(seconds):
            while not until(store):
                done, _ = await asyncio.wait([running], timeout=0.01)
                assert not done, running.exception()
            mirror.stop()
            await running

    store = open_store(config.store.url)
    asyncio.run(run(store))
    return store


def killed(config: Config, until: Callable[[], object], seconds: float = 10.0) -> None:
    """Run a mirror until something is true and leave it at once, as `kill -9` would: nothing more is written."""

    async def run(store: Store) -> None:
        running = asyncio.create_task(create_mirror(config, store).run())
        async with asyncio.timeout(seconds):
            while not until():
                await asyncio.wait([running], timeout=0.01)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    store = open_store(config.store.url)
    asyncio.run(run(store))
    store.close()


def outcomes(store: Store) -> dict[tuple[str, str], int]:
    """(outcome, reason) to the number of exchanges."""
    found: dict[tuple[str, str], int] = {}
    for count in store.counts():
        key = (str(count.outcome), count.reason)
        found[key] = found.get(key, 0) + count.count
    return found


def one_world(config: Config) -> Config:
    """The same without a shadow world."""
    return replace(
        config,
        primary=Upstream(live=config.primary.shadow or ""),
        candidate=Upstream(live=config.candidate.shadow or ""),
        mirror=replace(config.mirror, max_lag=1e9),
    )
