"""Either application under 300 workers for minutes: no error, no long wait, no growing memory, no lost game.

`SOAK_SECONDS` shortens it. The load is an open loop: requests leave when the plan says so, and a latency counts from
the planned moment, so that a stalled server cannot slow down those who would notice.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from demo import cast, seed
from demo.games import Games, played
from domain import figures
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.apps import App
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url"]

pytestmark = pytest.mark.soak

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
WORKERS, RATE = 300, 200
P99_SECONDS = 0.250
# What a process may gain after the first third: its runs grow by the tasks that are given out meanwhile.
GROWTH_MIB = 24
PATIENCE = 30.0
# Short games make long tasks: about seventy batches each.
TIME_CONTROL, BATCH_PAIRS = "1+0.01", 16
RUNS: dict[str, cast.Kind] = {
    "fixed_1": "fixed",
    "fixed_2": "fixed",
    "fixed_3": "fixed",
    "sprt_1": "sprt",
    "sprt_2": "sprt",
}


@dataclass
class Load:
    """What the clients met: seconds from the planned moment, what went wrong, and the totals that were accepted."""

    port: int
    seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    accepted: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    idle: deque[AsyncIterator[None]] = field(default_factory=deque)

    async def run(self, seconds: float, memory: Memory) -> None:
        """Send `RATE` requests a second, each by the worker that has waited longest."""
        self.idle.extend(work(self, number) for number in range(WORKERS))
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * RATE)):
                planned = began + number / RATE
                await asyncio.sleep(max(0.0, planned - time.monotonic()))
                if number % RATE == 0:
                    memory.look()
                if self.idle:
                    group.create_task(self._turn(self.idle.popleft(), planned))
                else:
                    self.troubles.append("all workers wait for an answer")

    async def _turn(self, worker: AsyncIterator[None], planned: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await anext(worker)
        except (OSError, TimeoutError, ValueError, KeyError, AssertionError) as fault:
            self.troubles.append(repr(fault))
            return
        self.seconds.append(time.monotonic() - planned)
        self.idle.append(worker)

    async def ask(self, route: str, **body: Any) -> dict[str, Any]:
        """One request over a connection of its own, as workers make them."""
        content = json.dumps(body).encode()
        head = f"POST /api/{route} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + content)
            answer = await reader.read()
        finally:
            writer.close()
        status, found = answer.partition(b"\r\n")[0], answer.partition(b"\r\n\r\n")[2]
        assert status == b"HTTP/1.1 200 OK", answer
        told: dict[str, Any] = json.loads(found)
        assert "error" not in told, told
        return told


async def work(load: Load, number: int) -> AsyncIterator[None]:
    """The life of one worker, a request at each step: version, then tasks played to their ends."""
    machine = cast.Machine(cast.OWNERS[number % len(cast.OWNERS)], number, "x86-64")
    me: dict[str, Any] = {"password": cast.person(machine.owner).password, "worker_info": machine.worker_info()}
    games = Games(f"worker {number}")
    await load.ask("request_version", **me)
    yield
    while True:
        given = await load.ask("request_task", **me)
        yield
        if "run" not in given:  # busy, or all runs are decided
            continue
        task = {"run_id": given["run"]["_id"], "task_id": given["task_id"]}
        stats, alive, batches = given["run"]["my_task"]["stats"], True, 0
        while alive:
            batches += 1
            if batches % 4 == 0:
                alive = (await load.ask("beat", **me, **task))["task_alive"]
            else:
                left = given["run"]["my_task"]["num_games"] - played(stats)
                games.play(stats, min(BATCH_PAIRS, left // 2))
                told = await load.ask("update_task", **me, **task, stats=stats)
                alive = told["task_alive"]
                if "info" not in told:  # else the run has ended, and nothing of it counts
                    load.accepted[task["run_id"], task["task_id"]] = json.loads(json.dumps(stats))
            yield


class Memory:
    """Resident MiB of a process, second by second."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self.mib: list[float] = []

    def look(self) -> None:
        line = next(line for line in self._status.read_text().splitlines() if line.startswith("VmRSS"))
        self.mib.append(int(line.split()[1]) / 1024)

    def growth(self) -> float:
        """Between the end of the first third and the end."""
        return self.mib[-1] - self.mib[len(self.mib) // 3]


@pytest.fixture
def db(mongo_client: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Database[dict[str, Any]]]:
    """Accounts and a few runs that take more games than the soak plays."""
    db = mongo_client[f"soak{ObjectId()}"]
    make_indexes(db)
    now = datetime.now(UTC)
    db["users"].insert_many([seed.account(person, now) for person in cast.PEOPLE])
    fishtest = Fishtest(Settings(db_url=mongo_url, db_name=db.name, offline=True))
    fishtest.start()
    for name, kind in RUNS.items():
        args = seed.run_args(cast.RunPlan(name, kind, priority=0, games=10**9))
        if kind == "sprt":
            args["sprt"]["batch_size"] = BATCH_PAIRS
        fishtest.runs.create(args | {"tc": TIME_CONTROL, "new_tc": TIME_CONTROL}, approved=True)
    fishtest.stop()
    yield db
    mongo_client.drop_database(db.name)


@pytest.mark.parametrize("module", ["legacy_pyramid", "new_server"])
def test_a_fleet_at_work(
    module: str, db: Database[dict[str, Any]], mongo_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with App(module, tmp_path, mongo_url, db.name, FISHTEST_FLUSH="behind") as app:
        load, memory = Load(app.port), Memory(app.pid)
        asyncio.run(load.run(SECONDS, memory))
    p50, p99 = (sorted(load.seconds)[int(len(load.seconds) * share)] for share in (0.5, 0.99))
    with capsys.disabled():
        print(
            f"\n{module}: {len(load.seconds)} requests, p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms, "
            f"{len(load.accepted)} tasks, memory {memory.mib[0]:.0f} to {memory.mib[-1]:.0f} MiB "
            f"({memory.growth():+.1f} after the first third), {len(load.troubles)} troubles"
        )
    assert load.troubles == []
    assert p99 < P99_SECONDS
    assert memory.growth() < GROWTH_MIB
    assert_nothing_lost(db, load)


def assert_nothing_lost(db: Database[dict[str, Any]], load: Load) -> None:
    """After the end every task holds the last totals that were accepted, and every run what its tasks imply."""
    runs = {str(run["_id"]): run for run in db["runs"].find()}
    for (run_id, task_id), stats in load.accepted.items():
        assert runs[run_id]["tasks"][task_id]["stats"] == stats
    for run in runs.values():
        assert {key: run[key] for key in figures.aggregates(run)} == figures.aggregates(run)
