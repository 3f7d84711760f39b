"""Soak of the handover: a group with in-process state and routes without move forth and back under load.

To be run on a site that flushes behind: there a handover that forgets to flush loses games, and one that lets a request
slip past its hold loses them or counts them twice.
"""

from __future__ import annotations

import asyncio
import bisect
from dataclasses import dataclass
from typing import Any

from shadow.words import World
from tests.soak.journal import holds
from tests.soak.load import PAGES, Asked, Load
from tests.soak.operator import Moved, Operator
from tests.soak.proof import (
    assert_balanced,
    assert_nothing_lost,
    assert_worlds_agree,
    everything_judged,
    games,
    percentile,
)
from tests.soak.site import SoakSite

GROUP = "worker"
RATE = 150.0
# Between two moves, so that requests flow on either side.
PAUSE = 0.5
# How long the mirror may need for what has waited, in terms of what the load took.
_CATCH_UP, _LEAST_CATCH_UP = 4.0, 60.0


def change(document: dict[str, Any]) -> None:
    """The configuration of such a site."""
    # What is slow, a busy machine decides and not the candidate: only a failure or a difference may end a promotion.
    document["guard"]["latency_ratio"] = 1000.0


async def move_under_load(site: SoakSite, moves: int, rate: float, pause: float) -> tuple[Load, Operator]:
    """So many moves of the group and so many of pages, at the same time."""
    load, stop = Load(site.port, rate), asyncio.Event()
    async with Operator(site) as operator, asyncio.TaskGroup() as clients:
        clients.create_task(load.run(stop))
        async with asyncio.TaskGroup() as moving:
            moving.create_task(operator.forth_and_back((GROUP,), moves, pause))
            moving.create_task(operator.forth_and_back(tuple(PAGES), moves, pause))
        await asyncio.sleep(pause)  # the shadow world moves back with the first request after the last move
        stop.set()
    return load, operator


def during(asked: list[Asked], moved: list[Moved], unit: str) -> list[float]:
    """How long the requests took that were under way while this unit moved."""
    spans = [(one.began, one.ended) for one in moved if one.unit == unit]
    begins = [began for began, _ in spans]

    def met(one: Asked) -> bool:
        at = bisect.bisect_right(begins, one.ended) - 1
        return at >= 0 and spans[at][1] >= one.began

    return [one.seconds for one in asked if met(one)]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a soak of moves has shown; `told` is what a closing note can cite."""

    longest_hold: float
    p99: float
    told: str


def soak(site: SoakSite, moves: int, *, rate: float = RATE, pause: float = PAUSE) -> Moves:
    """The whole soak. Fails when anything failed, was refused, lost, doubled, found different or left uncounted."""
    before = games(site.runs(World.LIVE))
    load, operator = asyncio.run(move_under_load(site, moves, rate, pause))
    took = load.asked[-1].ended - load.asked[0].began
    report = everything_judged(site, max(_LEAST_CATCH_UP, _CATCH_UP * took))
    site.flush()
    live, held = site.runs(World.LIVE), holds(site.log, GROUP)
    told = figures(load, operator, held, games(live) - before, took)
    print(told)
    assert load.failed == [], told
    assert operator.refused == [], told
    assert report["findings"] == [], told
    assert report["tainted"] == ""
    assert_balanced(site, report)
    assert_nothing_lost(load, live, before)
    assert_worlds_agree(site, live)
    return Moves(max(held), percentile(during(load.asked, operator.moved, GROUP), 0.99), told)


def figures(load: Load, operator: Operator, held: list[float], counted: int, took: float) -> str:
    """What a closing note can cite."""
    group = [one for one in operator.moved if one.unit == GROUP]
    inside = during(load.asked, operator.moved, GROUP)
    everything = [one.seconds for one in load.asked]
    return (
        f"{len(group)} moves of the group and {len(operator.moved) - len(group)} of pages in {took:.0f} s, "
        f"{len(operator.refused)} refused; {len(load.asked)} requests ({len(load.asked) / took:.0f} a second, "
        f"{load.unsent} unsent), {len(load.failed)} failed; longest hold {1000 * max(held, default=0):.0f} ms "
        f"(p99 {1000 * percentile(held, 0.99):.0f}, "
        f"median {1000 * percentile(held, 0.5):.0f}); p99 of requests {1000 * percentile(inside, 0.99):.0f} ms during "
        f"handovers, {1000 * percentile(everything, 0.99):.0f} ms in all; {counted} games counted, "
        f"{load.games} played, {len(load.accepted)} tasks"
    )
