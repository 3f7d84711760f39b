"""The simulated clients against the real applications: every route is used, and nothing unexpected happens."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from demo import cast
from demo.browser import Surroundings
from demo.browsers import Strollers, Visitors
from demo.pace import Pace, Tally
from demo.processes import DATABASES
from demo.readers import Reader
from demo.run import STROLLERS, VISITORS
from demo.site import CONFIGURATION
from demo.stewards import Stewards
from demo.workers import Fleet
from domain.documents import run_schema
from domain.schemas import validate
from shadow.config_file import load
from shadow.words import Side, World
from tests.support.demo import application, worlds

__all__ = ["worlds"]

ROUTES = {route.name for route in load(CONFIGURATION, {}).routes}
# Seldom enough that a short run may go without: fifty routes want a long one.
REQUESTS = 1500


async def play(url: str) -> tuple[Tally, Tally]:
    """Let the whole cast act until enough requests have been answered."""
    pace, workers, browsers, stop = Pace(rate=120.0), Tally(), Tally(), asyncio.Event()
    around = Surroundings(url, pace, browsers)

    async def watch() -> None:
        while workers.total + browsers.total < REQUESTS and not workers.failed + browsers.failed:
            await asyncio.sleep(0.05)
        stop.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(Fleet(url, pace, workers, bad_share=0.3).run(cast.machines(), stop))
        group.create_task(Visitors(around).run(VISITORS, stop))
        group.create_task(Strollers(around).run(STROLLERS, stop))
        group.create_task(Stewards(around).run(cast.MODEL_RUN, stop))
        group.create_task(Reader(1, around).read(stop))
        group.create_task(watch())
    return workers, browsers


@pytest.mark.soak  # the demo does it too
@pytest.mark.parametrize("owner", [(Side.PRIMARY, World.LIVE), (Side.CANDIDATE, World.SHADOW)], ids=str)
def test_workers_and_browsers_use_every_route_and_nothing_fails(worlds: str, tmp_path: Path, owner: tuple[Side, World]):
    side, world = owner
    with application(worlds, tmp_path, side, world) as running:
        workers, browsers = asyncio.run(play(running.plan.url))
    assert workers.texts == []
    assert browsers.texts == []
    assert workers.idle == 0
    assert {f"api.{name}" for name in workers.requests} | set(browsers.requests) == ROUTES | {"unknown"}
    assert {status for _, status in workers.statuses} == {200, 400, 401}
    assert {status for _, status in browsers.statuses} == {200, 302, 304, 400, 404}
    with MongoClient[dict[str, Any]](worlds, tz_aware=True) as client:
        database = client[DATABASES[world]]
        for run in database.runs.find():
            validate(run_schema, run, "run")
        assert database.runs.count_documents({"failed": True}) > 0
        assert database.pgns.count_documents({}) > 0


def test_a_server_that_is_not_there_is_counted_and_ends_nothing(unused_url: str):
    async def meet_nobody() -> tuple[Tally, Tally]:
        workers, browsers, stop = Tally(), Tally(), asyncio.Event()
        pace = Pace(rate=200.0)
        async with asyncio.TaskGroup() as group:
            group.create_task(Fleet(unused_url, pace, workers).run(cast.machines()[:2], stop))
            group.create_task(Visitors(Surroundings(unused_url, pace, browsers)).run(VISITORS[:1], stop))
            while workers.failed < 3 or browsers.failed < 3:
                await asyncio.sleep(0.01)
            stop.set()
        return workers, browsers

    workers, browsers = asyncio.run(meet_nobody())
    assert workers.total == browsers.total == 0
    assert "ConnectError" in workers.texts[0]
    assert "ConnectError" in browsers.texts[0]


@pytest.fixture
def unused_url() -> str:
    """An address where nobody listens: port 9 (discard) is reserved."""
    return "http://127.0.0.1:9"
