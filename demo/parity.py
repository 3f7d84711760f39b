"""Both applications in one process on equal data, for `shadow parity`: `[parity]` of parity.toml names what is here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from pymongo import MongoClient
from pyramid.router import Router

from demo import cast
from demo.clone import clone
from demo.database import EmbeddedDatabase
from demo.seed import seed
from domain.settings import Settings
from legacy_pyramid import main
from new_server.app import create_app
from new_server.http.session import sign
from new_server.http.ticket import write_ticket
from shadow.parity import Ask

SECRET = "ticket-secret-of-parity"  # noqa: S105 - of a database that lives for seconds
TOKEN = "ab" * 20
NAMES = ("parity_legacy", "parity_port")


@dataclass(frozen=True, slots=True)
class World:
    """Two equal databases on one server."""

    url: str
    runs: dict[str, str]

    def settings(self, name: str) -> Settings:
        return Settings(db_url=self.url, db_name=name, flush="through", authentication_secret=SECRET, offline=True)


@contextmanager
def world() -> Iterator[World]:
    """The demo's people and runs, twice, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedDatabase() as database:
        url = database.start(Path(folder))
        with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
            seed(client, NAMES[0])
            clone(client, *NAMES)
            runs = {run["args"]["new_tag"]: str(run["_id"]) for run in client[NAMES[0]]["runs"].find()}
        yield World(url, runs)


@contextmanager
def legacy(world: World | None = None) -> Iterator[Router]:
    """The Pyramid application; in a world it is at work, without one it can be looked at."""
    app = main(world.settings(NAMES[0]) if world else Settings())
    if world:
        app.registry.fishtest.start()
    try:
        yield app
    finally:
        if world:
            app.registry.fishtest.stop()


def port(world: World | None = None) -> FastAPI:
    """The FastAPI application, which starts and stops its domain layer itself."""
    return create_app(world.settings(NAMES[1]) if world else Settings())


def requests(world: World) -> Iterator[Ask]:
    """Every page as a stranger sees it, then as those see it who see more, then forms that are refused."""
    paths = _paths(world)
    yield from (Ask(name, target) for name, target in paths.items())
    for who in ("grace", cast.APPROVER):
        yield from (Ask(f"{name} for {who}", target, headers=_cookies(who)) for name, target in paths.items())
    yield _form("login with a wrong password", "/login", username="carol", password="wrong")  # noqa: S106
    yield _form("sign-up with faults", "/signup", username="<b>", email="x")
    yield _form("profile with a wrong password", "/user", "grace", user="grace", old_password="wrong")  # noqa: S106
    yield _form("new test without fields", "/tests/run", "grace")
    yield _form("change without a number of games", "/tests/modify", "grace", run=world.runs["old_idea"])
    yield _form("worker blocked", "/workers/grace-4cores-c0ffee00", "grace", submit="Submit", blocked="1")


def _paths(world: World) -> dict[str, str]:
    sprt, spsa, fixed = (world.runs[name] for name in ("search_x86_64_avx2", "tune_riscv64", "old_idea"))
    return {
        "login": "/login",
        "tests": "/tests",
        "tests page 2": "/tests?page=2",
        "test": f"/tests/view/{sprt}",
        "spsa test": f"/tests/view/{spsa}",
        "finished test": f"/tests/view/{fixed}?show_task=0",
        "new test": "/tests/run",
        "test to repeat": f"/tests/run?id={sprt}",
        "tuning to repeat": f"/tests/run?id={spsa}",
        "sign-up": "/signup",
        "profile": "/user",
        "one user": "/user/grace",
        "pending user": f"/user/{cast.PENDING}",
        "users": "/user_management",
        "contributors": "/contributors",
        "contributors of the month": "/contributors/monthly",
        "blocked workers": "/workers/show",
        "one worker": "/workers/grace-4cores-c0ffee00",
        "no such page": "/no-such-page",
    }


def _cookies(who: str = "") -> tuple[tuple[str, str], ...]:
    """A browser that has been here a while, and its user."""
    since = int(time.time()) - 100
    session = f"session={sign([since, since, {'_csrft_': TOKEN}])}"
    return (("Cookie", f"{session}; auth_tkt={write_ticket(SECRET, who)}" if who else session),)


def _form(name: str, target: str, who: str = "", **fields: str) -> Ask:
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    body = urlencode({"csrf_token": TOKEN, **fields}).encode()
    return Ask(name, target, "POST", (*_cookies(who), kind), body)
