"""`shadow demo`: the main job from the first copy to the last promotion, on real processes.

The plot: a faulty build of the port is found out; the repaired one is deployed; the findings turn to fixed, the routes
to ready; each is promoted; then the port serves everything and the legacy application gets the copies.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape

from demo.browser import Surroundings
from demo.browsers import Strollers, Visitors
from demo.cast import MODEL_RUN, machines
from demo.faults import FAULTS
from demo.pace import Pace, Tally
from demo.processes import StartError
from demo.readers import Reader
from demo.site import FAULTY_BUILD, REPAIRED_BUILD, Site, fresh_folder
from demo.stewards import Stewards
from demo.verdict import FINDABLE, complaints, found, settled
from demo.workers import Fleet
from shadow.routes import UNMATCHED
from shadow.tasks import spawn

T = TypeVar("T")
FOLDER = Path("var/demo")
FORMATS = "html,json,md,junit"
# Requests a second of workers and visitors, and of those who walk through what few others look at.
PACE, SIDE_PACE = 24.0, 8.0
# Exchanges that may wait for the mirror before all slow down.
MOST_PENDING = 150
VISITORS = ("grace", "heidi", "carol", "dave", "erin", "frank")
STROLLERS = ("olivia", "dave", "grace")
READERS = 2
FAULTS_WITHIN, PROMOTED_WITHIN, JUDGED_WITHIN = 90.0, 330.0, 60.0
# How long the copies go the other way before the demo ends.
REVERSE = 12.0
_LOOK = 1.5


def run(*, once: bool, output: Path, base: Path = FOLDER) -> int:
    """The whole demo; exit code 0 only if everything was as it must be."""
    return asyncio.run(Demo(Console(stderr=True), once=once, output=output).play(base))


class Demo:
    """One performance: the site, the clients and what the terminal shows."""

    def __init__(self, console: Console, *, once: bool, output: Path) -> None:
        self._console = console
        self._once = once
        self._output = output
        self._tally = Tally()
        self._stop = asyncio.Event()
        self._began = time.monotonic()
        self._report: dict[str, Any] = {}
        self._paces: list[Pace] = []

    async def play(self, base: Path) -> int:
        """All acts in order; Ctrl-C ends it tidily."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupted, asyncio.current_task())
        try:
            with Site(fresh_folder(base)) as site:
                return await self._acts(site)
        except StartError as error:
            self._say(f"[red]{escape(str(error))}[/]")
            return 1
        except asyncio.CancelledError:
            self._say("[yellow]stopped[/]")
            return 130 if self._once else 0

    async def _acts(self, site: Site) -> int:
        await self._set_up(site)
        clients = spawn(self._clients(site.proxy), name="clients")
        try:
            await self._faults_are_found(site)
            await self._repair(site)
            await self._promote_all(site)
            self._say(f"the copies go to Pyramid now, for {REVERSE:.0f} s")
            await self._pause(REVERSE)
            if not self._once:
                await self._write_report(site)
                self._say("everything is promoted; Ctrl-C ends the demo")
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        finally:
            self._stop.set()
            await clients
        return await self._judge(site)

    async def _set_up(self, site: Site) -> None:
        self._say("starting the database, seeding it, cloning the shadow world")
        copied = await asyncio.to_thread(site.start_database)
        self._say(f"{sum(copied.values())} documents in each world; starting both applications in both")
        await asyncio.to_thread(site.start_applications, tuple(FAULTS))
        await asyncio.to_thread(site.start_harness, {})
        self._console.rule("shadow demo")
        self._console.print(f"proxy    {site.proxy}", highlight=False, soft_wrap=True)
        self._console.print(f"console  {site.console_login}", highlight=False, soft_wrap=True)
        self._console.print(f"files    {site.folder}", highlight=False, soft_wrap=True)
        self._console.rule()

    async def _clients(self, proxy: str) -> None:
        around = Surroundings(proxy, Pace(PACE), self._tally)
        aside = [replace(around, pace=Pace(SIDE_PACE)) for _ in range(3)]
        self._paces = [around.pace, *(one.pace for one in aside)]
        await asyncio.gather(
            Fleet(proxy, around.pace, self._tally, ending=around.ending).run(machines(), self._stop),
            Visitors(around).run(VISITORS, self._stop),
            Strollers(aside[0]).run(STROLLERS, self._stop),
            Stewards(aside[1]).run(MODEL_RUN, self._stop),
            *(Reader(number, aside[2]).read(self._stop) for number in range(READERS)),
        )

    async def _faults_are_found(self, site: Site) -> None:
        self._say(f"the port is build {FAULTY_BUILD}, with {len(FINDABLE)} faults in it; looking for them")
        shown: set[str] = set()

        def all_found(report: dict[str, Any]) -> bool:
            for name in sorted(found(report["findings"]) - shown):
                shown.add(name)
                self._say(f"  [red]found[/] {name}: {FAULTS[name].route}, {FAULTS[name].place}")
            return len(shown) == len(FINDABLE)

        if not await self._wait(site, all_found, FAULTS_WITHIN):
            self._say(f"[red]after {FAULTS_WITHIN:.0f} s only {len(shown)} of {len(FINDABLE)} faults are found[/]")

    async def _repair(self, site: Site) -> None:
        self._say(f"deploying the repaired build {REPAIRED_BUILD}")
        await asyncio.to_thread(site.deploy_repaired)

    async def _promote_all(self, site: Site) -> None:
        self._say("findings turn to fixed, routes become ready")
        promoted: set[str] = set()
        told: set[str] = set()

        async def promote_ready(report: dict[str, Any]) -> None:
            for finding in report["findings"]:
                if finding["status"] == "fixed" and finding["id"] not in told:
                    told.add(finding["id"])
                    self._say(f"  [green]fixed[/] {finding['route']} {finding['place']}")
            for unit in ready(report["routes"]):
                done = await asyncio.to_thread(site.command, "promote", unit)
                if done.returncode == 0:
                    promoted.add(unit)
                    self._say(f"  [green]promoted[/] {unit}")
                else:
                    self._say(f"  [yellow]refused[/] {done.stderr.strip()[:300]}")

        def all_promoted(report: dict[str, Any]) -> bool:
            return all(route["stage"] == "promoted" for route in report["routes"] if route["name"] != UNMATCHED)

        deadline = time.monotonic() + PROMOTED_WITHIN
        while time.monotonic() < deadline:
            report = await self._look(site)
            if all_promoted(report):
                self._say("FastAPI serves everything")
                return
            await promote_ready(report)
            await self._pause(_LOOK)
        self._say(f"[red]not everything is promoted after {PROMOTED_WITHIN:.0f} s[/]")

    async def _judge(self, site: Site) -> int:
        # The site's own probe counts too. While the demo stayed up, a person may have come through the proxy as well.
        sent = self._tally.total + site.probes if self._once else None
        # A client has its answer some milliseconds before the recording has the exchange.
        await self._wait(site, lambda report: settled(report, sent or 0), JUDGED_WITHIN)
        report = self._report
        told = complaints(report, sent, self._failures())
        await self._write_report(site)
        totals = report["totals"]
        self._say(
            f"{totals['captured']} exchanges: {totals['match']} match, {totals['noise']} noise, "
            f"{totals['accepted']} accepted, {totals['mismatch']} mismatch, {totals['race']} race, "
            f"{sum(totals['skipped'].values())} skipped"
        )
        for text in told:
            self._say(f"[red]{text}[/]")
        if not told:
            self._say("[green]no client request failed, every fault was found and nothing else, all is promoted[/]")
        return 1 if told else 0

    async def _write_report(self, site: Site) -> None:
        done = await asyncio.to_thread(site.command, "report", "--format", FORMATS, "-o", str(self._output.resolve()))
        self._say(f"report in {self._output}/" if done.returncode in (0, 1) else done.stderr.strip())

    async def _wait(self, site: Site, reached: Callable[[dict[str, Any]], bool], seconds: float) -> bool:
        """Look at the report until it shows something; False when that takes too long."""
        deadline = time.monotonic() + seconds
        while not reached(await self._look(site)):
            if time.monotonic() > deadline:
                return False
            await self._pause(_LOOK)
        return True

    async def _look(self, site: Site) -> dict[str, Any]:
        self._report = await asyncio.to_thread(site.report)
        # Twelve processes on a busy machine: the clients give way before the mirror falls behind for good.
        share = min(1.0, MOST_PENDING / max(self._report["totals"]["pending"], 1))
        for pace in self._paces:
            pace.slow_down(share)
        return self._report

    async def _pause(self, seconds: float) -> None:
        """Wait with a line about what goes on."""
        with self._console.status(self._line(), refresh_per_second=2):
            await asyncio.sleep(seconds)

    def _line(self) -> str:
        totals = self._report.get("totals", {})
        return (
            f"{self._tally.total} requests, {self._tally.failed} failed; "
            f"{totals.get('captured', 0)} captured, {totals.get('pending', 0)} pending"
        )

    def _failures(self) -> list[str]:
        """What no client should have met; the first texts stand for all."""
        more = self._tally.failed - len(self._tally.texts)
        return [*self._tally.texts, *([f"and {more} more"] if more > 0 else [])]

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/]  {text}", highlight=False, soft_wrap=True)

    def _interrupted(self, task: asyncio.Task[T] | None) -> None:
        if task is not None:
            task.cancel()


def ready(routes: Iterable[dict[str, Any]]) -> list[str]:
    """Groups, and routes without one, of which every route is ready and not promoted yet."""
    units: dict[str, list[dict[str, Any]]] = {}
    for route in routes:
        if route["name"] != UNMATCHED:
            units.setdefault(route["group"] or route["name"], []).append(route)
    return [
        name
        for name, members in units.items()
        if all(one["verdict"] == "ready" and one["stage"] == "shadow" and not one["hold"] for one in members)
    ]
