"""Simulated workers: each speaks the whole worker protocol and checks every reply as a real worker does.

A worker asks for a task, plays it with invented results, reports, and ends it in one of the ways in which real tasks
end: played out, failed, or a request to stop the run. Whatever a real worker would trip over is counted as a failure.

Calls that change one and the same run take turns: nobody outside a server can see in which order it took two that
overlapped, and only in that order would copies leave the other world equal. A run belongs to a class of machines
(`cast.py`), so each class has its turns. Tasks are given out one at a time, because a server that is asked for more
than five at once answers some with `busy`. Everything else overlaps freely.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from demo.cast import STOPPABLE_PREFIX, STOPPER, Machine, person
from demo.games import Games, played
from demo.pace import Pace, Tally

TIMEOUT = 30.0
VERSION = 311
STOP_EVERY = 10.0
CHANGES_A_RUN = frozenset({"request_task", "update_task", "beat", "request_spsa", "failed_task", "stop_run"})
UNKNOWN_RUN = "0123456789abcdef01234567"
TOO_FEW_GAMES = "has too few games to stop a run"

Json = dict[str, Any]


class Gone(Exception):
    """The reply was not one that a worker can go on with; it drops its task and begins anew."""


@dataclass(slots=True)
class Fleet:
    """What all workers share: the site, the pace, the tally, and whose turn it is."""

    url: str
    pace: Pace
    tally: Tally
    bad_share: float = 0.12
    ending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _giving_out: asyncio.Lock = field(default_factory=asyncio.Lock)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def run(self, machines: Sequence[Machine], stop: asyncio.Event) -> None:
        """Let these machines work until the event is set and each has ended its round."""
        async with asyncio.TaskGroup() as group:
            for machine in machines:
                group.create_task(Worker(machine, self).work(stop), name=f"worker-{machine.number}")

    @asynccontextmanager
    async def turn(self, machine: Machine, route: str) -> AsyncIterator[None]:
        """Wait until this machine may make this call."""
        async with AsyncExitStack() as stack:
            if route in CHANGES_A_RUN:
                await stack.enter_async_context(self._turns.setdefault(machine.arch, asyncio.Lock()))
            if route == "request_task":
                await stack.enter_async_context(self._giving_out)
            if route == "stop_run":
                await stack.enter_async_context(self.ending)
            yield


@dataclass(slots=True)
class Task:
    """A task as the worker knows it."""

    run_id: str
    task_id: int
    size: int
    stats: Json
    pairs_at_once: int
    spsa: bool
    stoppable: bool

    @property
    def steps_left(self) -> int:
        """How many more batches fit."""
        return (self.size - played(self.stats)) // (2 * self.pairs_at_once)


class Worker:
    """One machine. `work` goes round until it is told to stop."""

    def __init__(self, machine: Machine, fleet: Fleet) -> None:
        self._machine = machine
        self._fleet = fleet
        self._random = random.Random(machine.unique_key)
        self._games = Games(machine.unique_key)
        self._stopped_at = 0.0

    async def work(self, stop: asyncio.Event) -> None:
        """Round after round; what goes wrong is in the tally and ends the round, never the worker."""
        # Real workers open a connection for each call.
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"User-Agent": "python-requests/2.32.3", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        async with httpx.AsyncClient(
            base_url=self._fleet.url, timeout=TIMEOUT, limits=limits, headers=headers, trust_env=False, verify=False
        ) as client:
            while not stop.is_set():
                try:
                    await self._round(client)
                except Gone:
                    continue

    async def _round(self, client: httpx.AsyncClient) -> None:
        if self._random.random() < self._fleet.bad_share:
            await self._misbehave(client)
        reply = await self._call(client, "request_version")
        self._assert(reply.get("version") == VERSION, "request_version", f"version is {reply.get('version')!r}")
        task = await self._request_task(client)
        if task is None:
            return
        alive = await self._play(client, task)
        if self._random.random() < 0.5:
            await self._call(client, "worker_log", message="book checksum differs; loaded again")
        if alive:
            await self._give_up(client, task)
        if not task.spsa and self._random.random() < 0.75:
            pgn = self._games.pgn(max(1, played(task.stats) // 2))
            await self._call(client, "upload_pgn", task, message="", pgn=pgn)

    async def _request_task(self, client: httpx.AsyncClient) -> Task | None:
        """A task, or None when the server has none at present."""
        reply = await self._call(client, "request_task")
        if "task_waiting" in reply:
            self._fleet.tally.idle += 1
            return None
        run: Json = reply.get("run", {})
        self._assert("my_task" in run, "request_task", f"no task in {sorted(reply)}")
        args, mine = run["args"], run["my_task"]
        task = Task(
            run_id=run["_id"],
            task_id=reply["task_id"],
            size=mine["num_games"],
            stats=mine["stats"],
            pairs_at_once=args["sprt"]["batch_size"] if "sprt" in args else 1,
            spsa="spsa" in args,
            stoppable=args["new_tag"].startswith(STOPPABLE_PREFIX),
        )
        left = task.size - played(task.stats)
        text = f"{left} games left of {task.size}, batches of {2 * task.pairs_at_once}"
        self._assert(left > 0 and left % (2 * task.pairs_at_once) == 0, "request_task", text)
        return task

    async def _play(self, client: httpx.AsyncClient, task: Task) -> bool:
        """Play a few batches and report each; whether the server still counts on the task."""
        batches = self._random.choice((2, 3) if task.spsa else (1, 1, 1, 2))
        to_the_end = self._random.random() < 0.12
        for number in range(batches):
            if self._random.random() < 0.4:
                reply = await self._call(client, "beat", task)
                if not reply.get("task_alive", True):
                    return False
            last = number == batches - 1
            share = task.steps_left if to_the_end and last else max(1, task.steps_left // 4)
            if not await self._batch(client, task, share * task.pairs_at_once):
                return False
        return True

    async def _batch(self, client: httpx.AsyncClient, task: Task, pairs: int) -> bool:
        """One batch of games; whether the task lives on."""
        request: Json = {}
        if task.spsa:
            parameters = await self._call(client, "request_spsa", task)
            if not parameters.get("task_alive", False):
                return False
            complete = parameters["w_params"] and len(parameters["w_params"]) == len(parameters["b_params"])
            self._assert(bool(complete), "request_spsa", f"parameters do not pair up: {parameters}")
            sums = self._games.play(task.stats, pairs)
            request["spsa"] = {**sums, "num_games": 2 * pairs, "sig": parameters["sig"]}
        else:
            self._games.play(task.stats, pairs)
        reply = await self._call(client, "update_task", task, stats=task.stats, **request)
        self._assert(isinstance(reply.get("task_alive"), bool), "update_task", f"task_alive is missing: {reply}")
        return bool(reply["task_alive"])

    async def _give_up(self, client: httpx.AsyncClient, task: Task) -> None:
        """End a task early: the machine's fault, or the run's as this worker sees it."""
        may_stop = self._machine.owner == STOPPER
        if self._may_stop_again(task) if may_stop else self._random.random() < 0.5:
            await self._call(client, "stop_run", task, message="bench mismatch: 1234567 expected, 1234568 found")
        else:
            await self._call(client, "failed_task", task, message="the engine's build failed: exit code 2")

    def _may_stop_again(self, task: Task) -> bool:
        """Whether this worker, whose word ends a run, has let enough time pass and the run is one of the spare ones."""
        now = asyncio.get_running_loop().time()
        if not task.stoppable or now - self._stopped_at < STOP_EVERY:
            return False
        self._stopped_at = now
        return True

    async def _misbehave(self, client: httpx.AsyncClient) -> None:
        """One request that a server must refuse, with the status that it must have."""
        info = self._machine.worker_info()
        body = {"password": person(self._machine.owner).password, "worker_info": info}
        route, content, status = self._random.choice(
            (
                ("request_version", json.dumps(body | {"password": "wrong"}), 401),
                ("beat", json.dumps(body | {"run_id": UNKNOWN_RUN, "task_id": 0}), 400),
                ("update_task", json.dumps(body)[:-9], 400),
                ("failed_task", json.dumps(body), 400),
                ("request_task", json.dumps(body | {"worker_info": {**info, "concurrency": 0}}), 400),
            )
        )
        reply = await self._send(client, route, content, frozenset({status}))
        self._assert(bool(reply.get("error")), route, f"refused without an error: {reply}")

    async def _call(self, client: httpx.AsyncClient, route: str, task: Task | None = None, **extra: object) -> Json:
        """One honest call. Counts a reply that the protocol does not allow as a failure, and raises Gone."""
        body: Json = {
            "password": person(self._machine.owner).password,
            "worker_info": self._machine.worker_info(),
        }
        if task is not None:
            body |= {"run_id": task.run_id, "task_id": task.task_id}
        body |= extra
        may_stop = self._machine.owner == STOPPER
        expected = frozenset({401} if route == "stop_run" and not may_stop else {200})
        reply = await self._send(client, route, json.dumps(body), expected)
        error = reply.get("error")
        refused_as_it_should = route == "stop_run" and not may_stop and TOO_FEW_GAMES in str(error)
        self._assert(error is None or refused_as_it_should, route, f"error {error!r}")
        return reply

    async def _send(self, client: httpx.AsyncClient, route: str, content: str, expected: frozenset[int]) -> Json:
        await self._fleet.pace.turn()
        async with self._fleet.turn(self._machine, route):
            answer = await self._post(client, route, content)
        self._fleet.tally.answered(route, answer.status_code)
        text = f"status {answer.status_code} instead of {sorted(expected)}: {answer.text[:200]!r}"
        self._assert(answer.status_code in expected, route, text)
        try:
            reply = answer.json()
        except ValueError:
            reply = None
        self._assert(isinstance(reply, dict), route, f"not a JSON object: {answer.text[:200]!r}")
        duration = reply.get("duration")
        self._assert(isinstance(duration, float) and duration >= 0, route, f"duration is {duration!r}")
        return dict(reply)

    async def _post(self, client: httpx.AsyncClient, route: str, content: str) -> httpx.Response:
        try:
            return await client.post(
                f"/api/{route}", content=content.encode(), headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            self._fleet.tally.failure(route, f"{type(error).__name__}: {error}")
            raise Gone from error

    def _assert(self, holds: bool, route: str, text: str) -> None:
        """Count what a real worker would trip over, and end the round."""
        if not holds:
            self._fleet.tally.failure(route, text)
            raise Gone
