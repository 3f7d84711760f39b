"""Latency of the port against the legacy application, route by route: both run at once on equal databases.

Every request goes to both, the first one by turns, so that what else the machine does falls on both alike; the ratio is
that of the medians. Both write behind, as in production, and time the whole exchange over a kept connection.

    python scripts/bench_apps.py [--count 300]

Prints PASS or FAIL for each route; the exit code is 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from demo import cast, seed
from demo.clone import clone
from demo.database import EmbeddedDatabase
from demo.games import Games
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.apps import App
from tests.support.fishtest import drawn

LIMITS = {
    "/api/request_version": 1.3,
    "/api/request_task": 1.3,
    "/api/update_task": 1.3,
    "/tests": 1.0,
    "/tests/view/{id}": 1.0,
}
WARM_UP = 30
TASKS = 200
FINISHED_RUNS = 30
# Long tasks, so that one takes all the updates of a bench.
SHORT_TIME_CONTROL = "1+0.01"
WORKER_ARCH, VIEWED_ARCH = "x86-64-avx2", "armv8"

Request = tuple[str, str, bytes]
Make = Callable[["Side", int], Request]


@dataclass
class Side:
    """One application, a kept connection to it, and the times it took by route."""

    name: str
    app: App
    connection: http.client.HTTPConnection = field(init=False)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=30)

    def ask(self, request: Request) -> tuple[float, bytes]:
        """Seconds until the answer is there, and its body; anything but 200 ends the bench."""
        method, target, body = request
        began = time.perf_counter()
        self.connection.request(method, target, body or None)
        answer = self.connection.getresponse()
        read = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise SystemExit(f"{self.name} answered {method} {target} with {answer.status}: {read[:300]!r}")
        return took, read


def call(route: str, machine: cast.Machine, **more: Any) -> Request:
    """A worker's request."""
    body = {"password": cast.person(machine.owner).password, "worker_info": machine.worker_info(), **more}
    return "POST", f"/api/{route}", json.dumps(body).encode()


def machine(number: int, arch: str = WORKER_ARCH) -> cast.Machine:
    return cast.Machine(cast.OWNERS[number % len(cast.OWNERS)], number, arch)


def request_version(_: Side, __: int) -> Request:
    return call("request_version", machine(1))


def request_task(_: Side, number: int) -> Request:
    """Another worker each time: one that asks again would have its older task failed first."""
    return call("request_task", machine(1000 + number))


def update_task(side: Side, number: int) -> Request:
    """One pair of games more each time."""
    return call("update_task", machine(1), stats=drawn(2 * number + 2), **side.task)


def fill(client: MongoClient[Any], url: str, name: str) -> str:
    """Accounts, finished runs, the queue, and a run with 200 tasks; the id of that run."""
    make_indexes(client[name])
    now = datetime.now(UTC)
    client[name]["users"].insert_many([seed.account(person, now) for person in cast.PEOPLE])
    client[name]["user_cache"].insert_many([seed.contribution(person, now) for person in cast.PEOPLE])
    fishtest = Fishtest(Settings(db_url=url, db_name=name, offline=True))
    fishtest.start()
    try:
        for _ in range(FINISHED_RUNS):
            seed.finish_a_run(fishtest)
        for number in range(8):
            seed.create(fishtest, cast.RunPlan(f"idea_{number}", "sprt", -number, "e2k"))
        args = seed.run_args(cast.RunPlan("taken", "fixed", 50, WORKER_ARCH, games=10**9)) | {"tc": SHORT_TIME_CONTROL}
        fishtest.runs.create(args, approved=True)
        viewed = seed.create(fishtest, cast.RunPlan("viewed", "sprt", 50, VIEWED_ARCH))
        games = Games("bench")
        for number in range(TASKS):
            info = machine(number, VIEWED_ARCH).worker_info() | {"remote_addr": "192.0.2.1", "country_code": "?"}
            task = fishtest.request_task(info)
            stats = task["run"]["my_task"]["stats"]
            games.play(stats, pairs=3)
            fishtest.update_task(info, viewed, task["task_id"], stats)
    finally:
        fishtest.stop()
    return viewed


@contextlib.contextmanager
def sides(folder: Path) -> Iterator[tuple[list[Side], str]]:
    """Both applications over equal databases, and the id of the run with 200 tasks."""
    with EmbeddedDatabase() as database:
        url = database.start(folder / "database")
        with MongoClient[Any](url, tz_aware=True) as client:
            viewed = fill(client, url, "bench_legacy")
            clone(client, "bench_legacy", "bench_port")
        behind = {"FISHTEST_FLUSH": "behind"}
        with (
            App("legacy_pyramid", folder, url, "bench_legacy", **behind) as legacy,
            App("new_server", folder, url, "bench_port", **behind) as port,
        ):
            yield [Side("legacy_pyramid", legacy), Side("new_server", port)], viewed


def measure(both: list[Side], route: str, make: Make, count: int) -> None:
    for number in range(count + WARM_UP):
        for side in both if number % 2 else reversed(both):
            took, _ = side.ask(make(side, number))
            if number >= WARM_UP:
                side.seconds.setdefault(route, []).append(took)


def judge(both: list[Side]) -> bool:
    """Print the medians of each route and whether the port keeps its limit; True when it always does."""
    print(f"{'route':<24}{'legacy ms':>12}{'port ms':>12}{'ratio':>8}")
    fine = True
    for route, limit in LIMITS.items():
        legacy, port = (1000 * statistics.median(side.seconds[route]) for side in both)
        holds = port / legacy <= limit
        fine = fine and holds
        verdict = f"{'PASS' if holds else 'FAIL'} (≤ {limit})"
        print(f"{route:<24}{legacy:>12.3f}{port:>12.3f}{port / legacy:>8.2f}  {verdict}")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=300, help="requests of each route to each application")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, sides(Path(folder)) as (both, viewed):
        for side in both:
            given = json.loads(side.ask(call("request_task", machine(1)))[1])
            side.task = {"run_id": given["run"]["_id"], "task_id": given["task_id"]}
        measure(both, "/api/request_version", request_version, count)
        measure(both, "/api/update_task", update_task, count)
        measure(both, "/tests", lambda *_: ("GET", "/tests", b""), count)
        measure(both, "/tests/view/{id}", lambda *_: ("GET", f"/tests/view/{viewed}", b""), count)
        measure(both, "/api/request_task", request_task, count)
    return 0 if judge(both) else 1


if __name__ == "__main__":
    sys.exit(main())
