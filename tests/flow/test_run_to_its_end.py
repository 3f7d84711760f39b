"""A test made in the browser through the proxy, played to its SPRT end by workers: the same on either stack.

Both stacks begin with equal databases and meet the same browser and the same machines, one after the other, so that
what a server may decide is decided by the same history. Then the two databases are one up to renaming.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient

from demo import cast, seed
from demo.clone import clone
from demo.pace import Pace, Tally
from demo.workers import Fleet
from domain.indexes import make_indexes
from shadow.state.diff import StateDiff, state_diff
from shadow.state.mongo import open_mongo
from tests.support.apps import App
from tests.support.fishtest import Browser
from tests.support.mongo import mongo_client, mongo_url
from tests.support.new_tests import COMMITS, FORM
from tests.support.proxies import RunningProxy

__all__ = ["mongo_client", "mongo_url"]

# Far apart, so that an even match is told from a gain within some thousand games.
ENDS_SOON = {"stop_rule": "sprt", "sprt_elo0": "0.0", "sprt_elo1": "15.0", "elo_model": "normalized"}
MACHINES = (cast.Machine("carol", 1, "x86-64-avx2"), cast.Machine("dave", 2, "x86-64-bmi2"))
CALLS_OF_THE_FIRST = 15
AT_MOST = 3000


@dataclass
class Front:
    """The proxy as clients know it."""

    url: str

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=False, **options)


class Until(Pace):
    """As fast as it goes, until so many calls are made or the run is over: counted by calls, not by a clock."""

    def __init__(self, stop: asyncio.Event, calls: int, runs: Any) -> None:
        super().__init__(rate=1e6)
        self._stop = stop
        self._left = calls
        self._runs = runs

    async def turn(self) -> None:
        self._left -= 1
        if self._left == 0 or self._runs.find_one({"finished": True}, {"_id": 1}):
            self._stop.set()


@dataclass
class Played:
    """What one stack has made of it."""

    run: dict[str, Any]
    exchanges: int
    tally: Tally


@pytest.fixture(scope="module")
def names(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Two equal databases with people in them."""
    legacy, port = (f"t{ObjectId()}" for _ in range(2))
    now = datetime.now(UTC)
    make_indexes(mongo_client[legacy])
    mongo_client[legacy]["users"].insert_many([seed.account(person, now) for person in cast.PEOPLE])
    mongo_client[legacy]["user_cache"].insert_many([seed.contribution(person, now) for person in cast.PEOPLE])
    clone(mongo_client, legacy, port)
    yield legacy, port
    for name in (legacy, port):
        mongo_client.drop_database(name)


@pytest.fixture(scope="module")
def played(
    names: tuple[str, str], mongo_client: MongoClient[dict[str, Any]], mongo_url: str, tmp_path_factory: Any
) -> dict[str, Played]:
    """The whole life of one run on each stack."""
    folder = tmp_path_factory.mktemp("stacks")
    return {
        module: play(module, folder, mongo_url, mongo_client[name])
        for module, name in zip(("legacy_pyramid", "new_server"), names, strict=True)
    }


def play(module: str, folder: Path, mongo_url: str, db: Any) -> Played:
    with App(module, folder, mongo_url, db.name) as app, RunningProxy(app.url) as proxy:
        front = Front(f"http://127.0.0.1:{proxy.port}")
        make_a_run(front)
        tally = asyncio.run(work(front, db["runs"]))
        return Played(db["runs"].find_one(), len(proxy.exchanges), tally)


def make_a_run(front: Front) -> None:
    """Grace fills the form in, Alice agrees."""
    with Browser(front) as grace:  # type: ignore[arg-type]
        grace.log_in("grace")
        made = grace.post("/tests/run", **(FORM | COMMITS | ENDS_SOON))
        assert made.status_code == 302, made.text
        run_id = made.headers["location"].partition("?")[0].rpartition("/")[2]
    with Browser(front) as alice:  # type: ignore[arg-type]
        alice.log_in(cast.APPROVER)
        agreed = alice.post("/tests/approve", **{"run-id": run_id})
        assert agreed.status_code == 302, agreed.text
        assert alice.client.get(f"/tests/view/{run_id}").status_code == 200


async def work(front: Front, runs: Any) -> Tally:
    """One machine begins, another one plays on to the end."""
    tally = Tally()
    for machine, calls in zip(MACHINES, (CALLS_OF_THE_FIRST, AT_MOST), strict=True):
        stop = asyncio.Event()
        await Fleet(front.url, Until(stop, calls, runs), tally).run([machine], stop)
    return tally


def difference(mongo_url: str, names: tuple[str, str]) -> StateDiff:
    """The two databases, which were played one after the other. The log calls a run by a digest of its id."""
    legacy, port = (f"{mongo_url}/{name}" for name in names)
    with open_mongo(legacy) as ours, open_mongo(port) as theirs:
        return state_diff(ours, theirs, today=date.today(), named=["actions.run"], apart=300)


@pytest.mark.parametrize("module", ["legacy_pyramid", "new_server"])
def test_a_run_is_played_to_its_sprt_end(played: dict[str, Played], module: str) -> None:
    found = played[module]
    assert found.tally.texts == []
    assert found.run["finished"]
    assert found.run["args"]["sprt"]["state"] in ("accepted", "rejected")
    assert {task["worker_info"]["username"] for task in found.run["tasks"]} == {"carol", "dave"}
    assert found.exchanges > found.tally.total, "everything went through the proxy, the browsers too"


def test_both_databases_are_one_up_to_renaming(
    played: dict[str, Played], mongo_url: str, names: tuple[str, str]
) -> None:
    found = difference(mongo_url, names)
    assert found.equal, found.differences[:5]
    assert found.renamed > 0
    assert found.collections["runs"].primary == 1
    assert found.collections["pgns"].primary > 0


def test_one_game_more_would_be_seen(
    played: dict[str, Played], mongo_url: str, names: tuple[str, str], mongo_client: MongoClient[dict[str, Any]]
) -> None:
    """Runs last: it changes the database."""
    mongo_client[names[1]]["runs"].update_one({}, {"$inc": {"tasks.0.stats.wins": 1}})
    assert [one.place for one in difference(mongo_url, names).differences] == ["runs[0].tasks[0].stats.wins"]
