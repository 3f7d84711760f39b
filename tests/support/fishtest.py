"""A small seeded database, and a worker and a browser to ask either application about it.

Import the fixtures by name, together with ``mongo_url`` and ``mongo_client`` of tests/support/mongo.py.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from demo import cast, seed
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.apps import App

# One class of machines for each kind of run, so that a worker knows which one it gets.
FIXED_ARCH, SPRT_ARCH, SPSA_ARCH = "x86-64-avx2", "x86-64-bmi2", "armv8"
PLANS = {
    "fixed": cast.RunPlan("fixed_games", "fixed", 30, FIXED_ARCH),
    "sprt": cast.RunPlan("sequential", "sprt", 20, SPRT_ARCH),
    "spsa": cast.RunPlan("tuning", "spsa", 10, SPSA_ARCH),
    "stoppable": cast.RunPlan("stoppable", "fixed", 5, cast.STOP_CLASS),
    "pending": cast.RunPlan("not_yet_approved", "sprt", 0, approved=False),
}


@dataclass(frozen=True)
class Seeded:
    """Where the database is, and the ids of the runs in it by the names of PLANS."""

    url: str
    name: str
    db: Database[dict[str, Any]]
    runs: dict[str, str]

    def run(self, kind: str) -> dict[str, Any]:
        """The run as stored."""
        found = self.db["runs"].find_one({"_id": ObjectId(self.runs[kind])})
        assert found is not None
        return found

    def add_user(self, name: str, **changes: Any) -> None:
        self.db["users"].insert_one(seed.account(cast.Person(name), datetime.now(UTC)) | changes)


@pytest.fixture(scope="module")
def seeded(mongo_url: str, mongo_client: MongoClient[dict[str, Any]]) -> Iterator[Seeded]:
    """A database of the test module's own, dropped afterwards."""
    name = f"t{ObjectId()}"
    db = mongo_client[name]
    now = datetime.now(UTC)
    db["users"].insert_many([seed.account(person, now) for person in cast.PEOPLE])
    db["user_cache"].insert_many([seed.contribution(person, now) for person in cast.PEOPLE])
    fishtest = Fishtest(Settings(db_url=mongo_url, db_name=name, flush="through", offline=True))
    fishtest.start()
    runs = {kind: fishtest.runs.create(seed.run_args(plan), approved=plan.approved) for kind, plan in PLANS.items()}
    fishtest.stop()
    yield Seeded(mongo_url, name, db, runs)
    mongo_client.drop_database(name)


class Worker:
    """A machine that speaks the worker protocol; `body(...)` is a valid request to change at will."""

    def __init__(self, app: App, arch: str, owner: str = "carol", number: int = 1) -> None:
        self.machine = cast.Machine(owner, number, arch)
        self.client = app.client()

    def body(self, **more: Any) -> dict[str, Any]:
        who = {"password": cast.person(self.machine.owner).password, "worker_info": self.machine.worker_info()}
        return copy.deepcopy(who) | more

    def send(self, route: str, body: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/{route}", json=body, headers=named)

    def ask(self, route: str, **more: Any) -> httpx.Response:
        return self.send(route, self.body(**more))

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.client.close()

    def take_task(self) -> dict[str, Any]:
        """What names the task in later requests."""
        answer = self.ask("request_task")
        given = answer.json()
        assert "run" in given, answer.text
        return {"run_id": given["run"]["_id"], "task_id": given["task_id"]}


def stats(
    wins: int = 0, losses: int = 0, draws: int = 0, pentanomial: tuple[int, ...] = (0, 0, 0, 0, 0)
) -> dict[str, Any]:
    return {
        "wins": wins,
        "losses": losses,
        "draws": draws,
        "crashes": 0,
        "time_losses": 0,
        "pentanomial": list(pentanomial),
    }


def drawn(games: int) -> dict[str, Any]:
    return stats(draws=games, pentanomial=(0, 0, games // 2, 0, 0))


def refused(answer: httpx.Response, status: int) -> str:
    """The error text of a refusal, once its form has been checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    assert "www-authenticate" not in answer.headers
    found = answer.json()
    assert list(found) == ["error", "duration"]
    assert isinstance(found["duration"], float)
    assert found["duration"] >= 0
    assert answer.text == json.dumps(found, separators=(",", ":"))
    return found["error"]


def granted(answer: httpx.Response) -> dict[str, Any]:
    """The answer without its duration, once its form has been checked."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    found = answer.json()
    assert list(found)[-1] == "duration"
    assert answer.text == json.dumps(found)
    assert found.pop("duration") >= 0
    return found


class Browser:
    """A visitor with cookies of its own who reads the token from the page, as the scripts do."""

    def __init__(self, app: App, **headers: str) -> None:
        self.client = app.client(headers=headers)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.client.close()

    def token(self) -> str:
        page = self.client.get("/no-such-page").text  # any page has it, and this one is the same for everybody
        found = re.search(r'<meta name="csrf-token" content="([0-9a-f]{40})">', page)
        assert found is not None, page
        return found[1]

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def log_in(self, name: str, **fields: str) -> httpx.Response:
        return self.post("/login", **{"username": name, "password": cast.Person(name).password, **fields})
