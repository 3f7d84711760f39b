"""The demo's site with the primary in both places: the legacy application serves, and gets its own copies.

Each place has a world of its own. The configuration has no rule and nothing was measured before, so whatever the
harness finds here is a false alarm. What the reference does by chance (the coins of tuning) is thrown alike in both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.browser import Surroundings
from demo.browsers import Strollers, Visitors
from demo.cast import MODEL_RUN, Machine, machines
from demo.database import free_port
from demo.pace import Pace, Tally
from demo.processes import OWNERS, Application, Plan, arguments
from demo.readers import Reader
from demo.run import STROLLERS, VISITORS
from demo.site import Site
from demo.stewards import Stewards
from demo.workers import Fleet
from shadow.words import Side, World

NOT_CLEAN = ("mismatch", "race", "consequence", "accepted", "shed", "failed", "pending")
# Exchanges that may wait for the mirror before the clients give way.
MOST_PENDING = 150
_LOOK = 0.5


class PrimaryPlan(Plan):
    """The legacy application, whichever place it takes."""

    def command(self) -> list[str]:
        return [*super().command()[:1], *arguments(Side.PRIMARY, self.port)]

    def variables(self) -> dict[str, str]:
        return super().variables() | {"FISHTEST_COINS": "of both worlds"}


class PrimaryTwice(Site):
    """One application in the live world and the same one in the shadow world, with `shadow serve` before them."""

    def start_applications(self, faults: tuple[str, ...] = ()) -> None:
        """Start those that own a world's cache; nothing is promoted here, so the others are not asked."""
        self._ports = {(side, world): free_port() for side in Side for world in World}
        for world, side in OWNERS.items():
            self.applications[side, world] = self._application(side, world, faults)
        for application in self.applications.values():
            application.start()
        for application in self.applications.values():
            application.wait_ready()

    def _configuration(self) -> dict[str, Any]:
        document = super()._configuration()
        del document["rules"]
        return document

    def _application(self, side: Side, world: World, faults: tuple[str, ...]) -> Application:
        application = super()._application(side, world, faults)
        given = {name: getattr(application.plan, name) for name in Plan.__slots__}
        return Application(PrimaryPlan(**given), self.folder / "logs")


class Turns:
    """Writes one at a time and alone, reads between them together.

    Nobody outside a server can see in which order it took two requests that overlapped. Here none overlaps a write, so
    no pair is a race and every one counts.
    """

    def __init__(self) -> None:
        self._reading = 0
        self._writing = asyncio.Lock()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def take(self, *, write: bool) -> AsyncIterator[None]:
        """Wait for a turn, and keep it in here."""
        async with self._writing:
            if write:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._reading)
                yield
                return
            self._reading += 1
        try:
            yield
        finally:
            async with self._changed:
                self._reading -= 1
                self._changed.notify_all()


@dataclass(slots=True)
class InTurn(Surroundings):
    """Browsers that take turns with everybody."""

    turns: Turns = field(default_factory=Turns)

    @asynccontextmanager
    async def turn(self, method: str) -> AsyncIterator[None]:
        await self.pace.turn()
        async with self.turns.take(write=method not in ("GET", "HEAD")):
            yield


@dataclass(slots=True)
class FleetInTurn(Fleet):
    """Workers that take turns with everybody: whatever they send is a write."""

    turns: Turns = field(default_factory=Turns)

    @asynccontextmanager
    async def turn(self, machine: Machine, route: str) -> AsyncIterator[None]:
        async with Fleet.turn(self, machine, route), self.turns.take(write=True):
            yield


@dataclass
class Crowd:
    """All of the demo's clients at once; `pace` requests a second of the workers and visitors."""

    site: PrimaryTwice
    pace: float = 60.0
    fleet: Sequence[Machine] = field(default_factory=machines)

    def __post_init__(self) -> None:
        self.tally = Tally()
        self._stop = asyncio.Event()

    async def act(self, exchanges: int, seconds: float) -> None:
        """Until so many requests have been answered, or for so long."""
        proxy, turns, stop = self.site.proxy, Turns(), self._stop
        around = InTurn(proxy, Pace(self.pace), self.tally, turns=turns)
        aside = InTurn(proxy, Pace(self.pace / 3), self.tally, around.ending, turns)
        fleet = FleetInTurn(proxy, around.pace, self.tally, ending=around.ending, turns=turns)
        async with asyncio.TaskGroup() as group:
            group.create_task(fleet.run(self.fleet, stop))
            group.create_task(Visitors(around).run(VISITORS, stop))
            group.create_task(Strollers(aside).run(STROLLERS, stop))
            group.create_task(Stewards(aside).run(MODEL_RUN, stop))
            group.create_task(Reader(1, aside).read(stop))
            group.create_task(self._watch((around.pace, aside.pace), exchanges, time.monotonic() + seconds))

    async def _watch(self, paces: tuple[Pace, ...], exchanges: int, deadline: float) -> None:
        while self.tally.total < exchanges and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK)
            pending = (await asyncio.to_thread(self.site.report))["totals"]["pending"]
            for pace in paces:
                pace.slow_down(min(1.0, MOST_PENDING / max(pending, 1)))
        self._stop.set()


def report_of(
    folder: Path, exchanges: int, *, pace: float, fleet: Sequence[Machine] = machines(), seconds: float = 1800.0
) -> tuple[dict[str, Any], Tally]:
    """What the harness reports of so many exchanges between the primary and itself, and what the clients met."""
    with PrimaryTwice(folder) as site:
        site.start_database()
        site.start_applications()
        site.start_harness({})
        crowd = Crowd(site, pace, fleet)
        asyncio.run(crowd.act(exchanges, seconds))
        deadline = time.monotonic() + 60.0
        while (report := site.report())["totals"]["pending"] and time.monotonic() < deadline:
            time.sleep(_LOOK)
        return report, crowd.tally


def clean(report: dict[str, Any], tally: Tally) -> None:
    """Everything that was asked was compared, and nothing was found."""
    totals = report["totals"]
    assert tally.texts == []
    assert [(one["route"], one["kind"], one["place"]) for one in report["findings"]] == []
    assert {name: totals[name] for name in NOT_CLEAN} == dict.fromkeys(NOT_CLEAN, 0)
    # The site asks once for itself when it starts.
    assert totals["match"] + totals["noise"] + sum(totals["skipped"].values()) == totals["captured"] == tally.total + 1
    assert sum(totals["skipped"].values()) <= totals["captured"] // 1000, totals["skipped"]
