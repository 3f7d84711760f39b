"""Is everything reachable and sane? One line for each thing looked at; nothing is changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

import httpx

from shadow.config import Config
from shadow.words import Side, World

_TIMEOUT = 3.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: fine, or what was found and what to do next."""

    name: str
    fine: bool
    told: str


async def upstreams(config: Config) -> list[Check]:
    """Each upstream that the configuration names: does it answer, and does it tell its build?"""
    wanted = [(side, world) for side in Side for world in World if world is World.LIVE or config.two_worlds]
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


def rules(config: Config, today: date) -> list[Check]:
    """Rules that have expired: they mask nothing any more."""
    return [
        Check(f"rule {number}", False, f"{rule.place} expired on {rule.until}. Next: mend the port, or renew it")
        for number, rule in enumerate(config.rules, 1)
        if rule.expired(today)
    ]
