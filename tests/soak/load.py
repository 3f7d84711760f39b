"""The load of a soak: an open loop of workers and readers, who remember every request that went wrong, and when.

Requests leave when the plan says so, whatever became of those before them: a stalled server slows down nobody who would
notice. Every request has a connection of its own, as workers make them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from demo import cast
from demo.games import Games, played
from tests.soak.site import CLASSES

# Workers for each request a second: so many that some are idle while a handover holds the others.
WORKERS = 0.4
PATIENCE = 30.0
BATCH_PAIRS = 16
# Routes without in-process state; none shows a run, so both worlds show the same whenever runs are flushed.
PAGES = {
    "contributors": "/contributors",
    "nets.list": "/nns",
    "rate_limits": "/rate_limits",
    "sprt_calc": "/sprt_calc",
    "api.rate_limit": "/api/rate_limit",
    "static": "/static/js/theme.js",
}

Json = dict[str, Any]


class Failed(Exception):
    """A request without the answer that it must have."""


class Asked(NamedTuple):
    """One request: its route, when it left and when its answer was whole (CLOCK_MONOTONIC s), and what went wrong."""

    route: str
    began: float
    ended: float
    trouble: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Load:
    """All clients of a soak, `rate` requests a second, and what they met."""

    port: int
    rate: float
    asked: list[Asked] = field(default_factory=list)
    # The last totals of each task that a server took, by run and task.
    accepted: dict[tuple[str, int], Json] = field(default_factory=dict)
    giving_out: asyncio.Lock = field(default_factory=asyncio.Lock)
    workers: deque[Worker] = field(default_factory=deque)
    # Requests that nobody sent, since all workers waited for an answer.
    unsent: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Send requests until told to stop, half of them by the worker that has waited longest."""
        self.workers.extend(Worker(number, self) for number in range(round(WORKERS * self.rate)))
        pages = itertools.cycle(PAGES.items())
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                await asyncio.sleep(max(0.0, began + number / self.rate - time.monotonic()))
                if stop.is_set():
                    break
                if number % 2:
                    group.create_task(self._read(*next(pages)))
                elif self.workers:
                    group.create_task(self._work(self.workers.popleft()))
                else:
                    self.unsent += 1
        await self._settle()

    @property
    def failed(self) -> list[Asked]:
        """The requests that went wrong."""
        return [one for one in self.asked if one.trouble]

    @property
    def games(self) -> int:
        """Games that a server has taken, each counted once."""
        return sum(played(stats) for stats in self.accepted.values())

    async def ask(self, route: str, method: str, path: str, content: bytes = b"") -> bytes:
        """The body of a 200; whatever else comes is remembered, and raised as Failed."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                body = await self._exchange(method, path, content)
        except (OSError, EOFError, TimeoutError, Failed) as fault:
            trouble = str(fault) if isinstance(fault, Failed) else type(fault).__name__
            self.asked.append(Asked(route, began, time.monotonic(), trouble))
            raise Failed(trouble) from None
        self.asked.append(Asked(route, began, time.monotonic()))
        return body

    async def _exchange(self, method: str, path: str, content: bytes) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + content)
            answer = await reader.read()
        finally:
            writer.close()
        head_of_answer, _, body = answer.partition(b"\r\n\r\n")
        status = head_of_answer.partition(b"\r\n")[0]
        if not status:
            raise EOFError
        if status != b"HTTP/1.1 200 OK":
            raise Failed(f"{status.decode('latin-1')}: {body[:200].decode('utf-8', 'replace')}")
        if not _whole(head_of_answer.lower(), body):
            raise EOFError
        return body

    async def _read(self, route: str, path: str) -> None:
        try:
            await self.ask(route, "GET", path)
        except Failed:
            return

    async def _work(self, worker: Worker) -> None:
        try:
            await worker.turn()
        except Failed:
            pass  # remembered; the worker says the same again when it is its turn
        finally:
            self.workers.append(worker)

    async def _settle(self) -> None:
        """Nobody goes without an answer to its last totals: then it is certain which ones count."""
        for worker in self.workers:
            while worker.unanswered:
                await self._work_on(worker)

    async def _work_on(self, worker: Worker) -> None:
        try:
            await worker.turn()
        except Failed:
            await asyncio.sleep(0.1)


class Worker:
    """One machine: takes tasks and plays them to their ends, a request at each turn, again until it is answered."""

    def __init__(self, number: int, load: Load) -> None:
        machine = cast.Machine(cast.OWNERS[number % len(cast.OWNERS)], number + 1, CLASSES[number % len(CLASSES)])
        self._me = {"password": cast.person(machine.owner).password, "worker_info": machine.worker_info()}
        self._load = load
        self._games = Games(machine.unique_key)
        self._task: Json = {}
        self._stats: Json = {}
        self._left = 0
        self._turns = 0
        # Totals that were sent and not answered; sent again as they are, so that they can count only once.
        self.unanswered = False

    async def turn(self) -> None:
        """One request."""
        self._turns += 1
        if not self._task:
            await self._take()
        elif self._turns % 5 == 0 and not self.unanswered:
            self._goes_on(await self._ask("beat", **self._task))
        else:
            await self._report()

    async def _take(self) -> None:
        # A server that is asked for more than five tasks at once tells some workers to come back.
        async with self._load.giving_out:
            given = await self._ask("request_task")
        if "run" in given:
            mine = given["run"]["my_task"]
            self._task = {"run_id": given["run"]["_id"], "task_id": given["task_id"]}
            self._stats, self._left = mine["stats"], mine["num_games"]

    async def _report(self) -> None:
        if not self.unanswered:
            self._games.play(self._stats, min(BATCH_PAIRS, (self._left - played(self._stats)) // 2))
            self.unanswered = True
        told = await self._ask("update_task", **self._task, stats=self._stats)
        self.unanswered = False
        if "info" not in told:  # else the task was taken from the worker, and these totals count nowhere
            self._load.accepted[self._task["run_id"], self._task["task_id"]] = json.loads(json.dumps(self._stats))
        self._goes_on(told)

    def _goes_on(self, told: Json) -> None:
        if not told["task_alive"]:
            self._task = {}

    async def _ask(self, name: str, **body: Any) -> Json:
        content = json.dumps({**self._me, **body}).encode()
        told: Json = json.loads(await self._load.ask(f"api.{name}", "POST", f"/api/{name}", content))
        return told


def _whole(head: bytes, body: bytes) -> bool:
    """False when the answer was cut off."""
    _, named, rest = head.partition(b"\r\ncontent-length:")
    if named:
        return len(body) == int(rest.partition(b"\r\n")[0])
    return body.endswith(b"0\r\n\r\n")
