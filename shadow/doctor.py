"""Is everything reachable and sane? One line for each thing looked at; nothing is changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from shadow.config import Config
from shadow.errors import ShadowError, StartError
from shadow.recording.key import refuse_inside
from shadow.recording.seal import Sealer
from shadow.store import look_at_store
from shadow.webhooks.delivery import secret
from shadow.words import Side, World

_TIMEOUT = 3.0
_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: fine, or what was found and what to do next."""

    name: str
    fine: bool
    told: str


def _wanted(config: Config) -> list[tuple[Side, World]]:
    """The upstreams that the configuration names."""
    return [(side, world) for side in Side for world in World if world is World.LIVE or config.two_worlds]


async def silent(config: Config) -> list[tuple[str, str]]:
    """Name and address of each upstream that takes no connection; none is asked for anything."""
    found = {f"{side} {world}": config.upstream(side).in_world(world) for side, world in _wanted(config)}
    reached = await asyncio.gather(*map(_connects, found.values()))
    return [one for one, there in zip(found.items(), reached, strict=True) if not there]


async def _connects(url: str) -> bool:
    parts = urlsplit(url)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port or 80), _TIMEOUT)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def upstreams(config: Config) -> list[Check]:
    """Each upstream that the configuration names: does it answer, and does it tell its build?"""
    wanted = _wanted(config)
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
        return list(await asyncio.gather(*(_upstream(client, config, side, world) for side, world in wanted)))


async def _upstream(client: httpx.AsyncClient, config: Config, side: Side, world: World) -> Check:
    name = f"{side} {world}"
    url = config.upstream(side).in_world(world)
    try:
        answer = await client.get(url + "/")
    except httpx.HTTPError as error:
        return Check(name, False, f"{url} does not answer ({type(error).__name__}). Next: start it, or mend [{side}]")
    told = config.upstream(side).build
    header = told.removeprefix("header:")
    build = answer.headers.get(header, "") if header != told else told
    if not build:
        return Check(
            name, False, f"{url} answers without {header}: builds cannot be told apart. Next: send it, or set build"
        )
    return Check(name, True, f"{url} answers {answer.status_code}, build {build!r}")


def worlds(config: Config) -> Check:
    """Two worlds must not be one."""
    addresses = [config.primary.live, config.candidate.live, config.primary.shadow, config.candidate.shadow]
    given = [address for address in addresses if address]
    if len(set(given)) != len(given):
        return Check("worlds", False, "two of the upstreams have one address. Next: give each a process of its own")
    if not config.two_worlds:
        return Check("worlds", True, "one world: only safe methods are mirrored, a late copy is skipped")
    return Check("worlds", True, "two worlds: copies act on a clone")


def recording(config: Config) -> Check:
    """Can the recording be written?"""
    folder = config.recording.path
    if not folder.exists():
        return to_come("recording", folder)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Check("recording", True, f"{folder} can be written")
    told = f"{folder} is no folder that can be written. Next: make it writable, or set [recording] path"
    return Check("recording", False, told)


def key(config: Config) -> Check:
    """Is the sealing key there, and one's own?"""
    file, names = config.recording.key, config.recording.seal
    if not file.exists():
        inside = file.resolve().is_relative_to(config.recording.path.resolve())
        told = f"{file} would lie inside the recording. Next: name a file outside of it in [recording] key"
        return Check("key", False, told) if inside else to_come("key", file)

    def look() -> str:
        refuse_inside(config.recording.path, Sealer.load(file, names, create=False).key)
        return f"{file} can be read"

    return checked("key", look)


def store(config: Config) -> Check:
    """Does the store answer, and is it one of this version? It is only looked at: not made, not brought up to date."""
    url = config.store.url
    if url.startswith(_SQLITE):
        file = Path(url.removeprefix(_SQLITE))
        if not file.exists():
            return to_come("store", file)
        if not os.access(file, os.W_OK):
            return Check("store", False, f"{file} cannot be written. Next: make it writable for who runs shadow serve")
    return checked("store", lambda: look_at_store(url))


def secrets(config: Config) -> list[Check]:
    """Can the keys of the webhooks' receivers be read?"""

    def look() -> str:
        for hook in config.webhooks:
            secret(hook)
        return "can be read"

    return [checked("webhook secrets", look)] if config.webhooks else []


def checked(name: str, look: Callable[[], str]) -> Check:
    """What a look found, or the error that it raised."""
    try:
        return Check(name, True, look())
    except ShadowError as error:
        return Check(name, False, str(error))


def to_come(name: str, path: Path) -> Check:
    """Nothing is there yet: fine where `shadow serve` can make it."""

    def look() -> str:
        above = next(parent for parent in path.resolve().parents if parent.exists())
        if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
            raise StartError(f"{path} cannot be made: {above} is no folder that can be written. Next: mend that")
        return f"{path} is not there yet; shadow serve makes it"

    return checked(name, look)


def rules(config: Config, today: date) -> list[Check]:
    """Rules that have expired: they mask nothing any more."""
    return [
        Check(f"rule {number}", False, f"{rule.place} expired on {rule.until}. Next: mend the port, or renew it")
        for number, rule in enumerate(config.rules, 1)
        if rule.expired(today)
    ]
