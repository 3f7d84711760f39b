"""Soak of promise 3: one process after the other is killed, as `kill -9` does, while clients work and units move.

What a client may meet: its connection breaks in a proxy that is killed, or the application that serves it is killed.
Everything else that goes wrong is a fault, and so is a game that does not count, or counts twice.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import Any

from shadow.words import Side, World
from tests.soak import moving
from tests.soak.load import PAGES, Asked, Load
from tests.soak.operator import Operator
from tests.soak.proof import assert_balanced, assert_nothing_lost, everything_judged, games
from tests.soak.site import PROXIES, SoakSite

EVERY = 5.0
RATE = 60.0
# A unit stays where it was moved for so long.
_STAY = 2.0
_CATCH_UP, _LEAST_CATCH_UP = 4.0, 90.0
# A connection that broke under a client, and what the proxy says of a serving side that is gone.
_BROKEN = {"EOFError", "ConnectionResetError", "BrokenPipeError"}
_GONE = ("HTTP/1.1 502", "HTTP/1.1 504")


@dataclass
class Kill:
    """Who was killed, when, and when it answered again (CLOCK_MONOTONIC s)."""

    victim: str
    at: float
    back: float = inf

    def met(self, one: Asked) -> bool:
        """Whether the request was under way while the victim was away."""
        return one.began <= self.back and self.at <= one.ended


@dataclass
class Killer:
    """Kills one victim after the other, the store too where it is a process."""

    site: SoakSite
    kills: list[Kill] = field(default_factory=list)
    _returns: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self, count: int, every: float) -> None:
        """So many kills, evenly; returns when all victims are back."""
        victims = self._victims()
        for number in range(count):
            await asyncio.sleep(every)
            name, strike = victims[number % len(victims)]
            kill = Kill(name, time.monotonic())
            self.kills.append(kill)
            self._returns.append(asyncio.create_task(self._return(kill, strike)))
        await asyncio.gather(*self._returns)

    def _victims(self) -> Sequence[tuple[str, Callable[[], None]]]:
        parts = [(f"proxy {number + 1}", self._part("proxy", number)) for number in range(PROXIES)]
        parts += [(name, self._part(name)) for name in ("mirror", "console")]
        applications = [
            (f"{world}-{side}", self._application(side, world))
            for side, world in (
                (Side.CANDIDATE, World.LIVE),
                (Side.CANDIDATE, World.SHADOW),
                (Side.PRIMARY, World.SHADOW),
            )
        ]
        # One of each kind after the other, so that whoever died has time to come back.
        found = [parts[0], applications[0], parts[2], applications[1], parts[1], applications[2], parts[3]]
        return [*found, ("store", self.site.restart_store)] if self.site.shared else found

    def _part(self, name: str, number: int = 0) -> Callable[[], None]:
        def strike() -> None:
            pids = self.site.pids(name)
            if len(pids) > number:
                os.kill(pids[number], signal.SIGKILL)

        return strike

    def _application(self, side: Side, world: World) -> Callable[[], None]:
        return lambda: self.site.restart(side, world).wait_ready()

    async def _return(self, kill: Kill, strike: Callable[[], None]) -> None:
        await asyncio.to_thread(strike)
        kill.back = time.monotonic()


async def move_on(operator: Operator, units: tuple[str, ...], stop: asyncio.Event) -> None:
    """Promote and take back by turns, whatever becomes of it: consoles die, the guard is quicker, holds are left."""
    while not stop.is_set():
        for unit in units:
            await operator.promote(unit)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _STAY)
            await operator.take_back(unit)
            await operator.release(unit)
            if stop.is_set():
                return


async def kill_under_load(
    site: SoakSite, killer: Killer, count: int, every: float, rate: float, units: tuple[str, ...]
) -> tuple[Load, Operator]:
    """The load goes on until every victim is back."""
    load, stop = Load(site.port, rate), asyncio.Event()
    async with Operator(site) as operator, asyncio.TaskGroup() as group:
        group.create_task(load.run(stop))
        group.create_task(move_on(operator, units, stop))
        await killer.run(count, every)
        stop.set()
    return load, operator


def unexplained(load: Load, kills: Sequence[Kill]) -> list[Asked]:
    """The failures that no kill accounts for."""
    proxies = [kill for kill in kills if kill.victim.startswith("proxy")]
    served = [kill for kill in kills if kill.victim == "live-candidate"]

    def explained(one: Asked) -> bool:
        cut = one.trouble in _BROKEN
        gone = cut or one.trouble.startswith(_GONE)
        return (cut and any(kill.met(one) for kill in proxies)) or (gone and any(kill.met(one) for kill in served))

    return [one for one in load.failed if not explained(one)]


def promoted_unasked(site: SoakSite) -> list[dict[str, Any]]:
    """Promotions of which nobody but the operator's script may be the author."""
    return [one for one in site.ledger() if one["action"] == "promote" and one["who"] != "console"]


def stray(site: SoakSite, report: dict[str, Any]) -> dict[str, str]:
    """Units that are not where the ledger says."""
    stages = {route["group"] or route["name"]: route["stage"] for route in report["routes"]}
    last = {one["name"]: one["to"] for one in reversed(site.ledger()) if one["action"] in ("promote", "rollback")}
    return {unit: stages[unit] for unit in stages if unit != "*" and stages[unit] != last.get(unit, "shadow")}


def soak(
    site: SoakSite,
    count: int,
    *,
    every: float = EVERY,
    rate: float = RATE,
    units: tuple[str, ...] = (moving.GROUP, *PAGES),
) -> str:
    """The whole soak; its figures in words. Fails on a failure without a cause, on an exchange or a game uncounted.

    `units` move meanwhile. The group may be among them where runs are flushed through: what else a killed owner has in
    memory is lost without a harness, too.
    """
    killer = Killer(site)
    before = games(site.runs(World.LIVE))
    load, operator = asyncio.run(kill_under_load(site, killer, count, every, rate, units))
    took = load.asked[-1].ended - load.asked[0].began
    report = everything_judged(site, max(_LEAST_CATCH_UP, _CATCH_UP * took))
    site.flush()
    live = site.runs(World.LIVE)
    told = figures(load, killer, operator, report, games(live) - before, took)
    print(told)
    assert unexplained(load, killer.kills) == [], told
    assert promoted_unasked(site) == []
    assert stray(site, report) == {}
    assert_balanced(site, report)
    assert_nothing_lost(load, live, before)
    return told


def figures(load: Load, killer: Killer, operator: Operator, report: dict[str, Any], counted: int, took: float) -> str:
    """What a closing note can cite."""
    victims = ", ".join(f"{name} {count}" for name, count in Counter(one.victim for one in killer.kills).items())
    totals = report["totals"]
    return (
        f"{len(killer.kills)} kills in {took:.0f} s ({victims}); {len(operator.moved)} moves, "
        f"{len(operator.refused)} refused or cut off; {len(load.asked)} requests ({len(load.asked) / took:.0f} a "
        f"second), {len(load.failed)} failed, {len(unexplained(load, killer.kills))} without a cause; "
        f"{totals['captured']} exchanges captured, {totals['pending']} pending, {totals['failed']} failed, "
        f"{sum(totals['skipped'].values())} skipped; {counted} games counted, {load.games} played"
    )


def change(document: dict[str, Any]) -> None:
    """Everything may promote itself at any hour as soon as its gate is ready, which takes a day."""
    moving.change(document)
    document["gate"] |= {"limit": 0.001, "confidence": 0.95, "min_span": "24 h"}
    document["auto"] = {"window": "00:00-23:59", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    document["auto"]["cooldown"] = "0 s"
    document["groups"]["worker"]["auto"] = True
    for route in document["routes"]:
        if "group" not in route:
            route["auto"] = True
