"""Both applications in one process on equal data, for `shadow parity`: `[parity]` of parity.toml names what is here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from pymongo import MongoClient
from pymongo.database import Database
from pyramid.router import Router

from demo import cast
from demo.clone import clone
from demo.database import EmbeddedDatabase
from demo.seed import seed
from domain.server import Fishtest
from domain.settings import Settings
from legacy_pyramid import main
from new_server.app import create_app
from new_server.http.session import sign
from new_server.http.ticket import write_ticket
from shadow.parity import Ask

SECRET = "ticket-secret-of-parity"  # noqa: S105 - of a database that lives for seconds
TOKEN = "ab" * 20
NAMES = ("parity_legacy", "parity_port")
KEPT_OUT = "dave-4cores-00000002"
# A member with machines, and an approver.
WATCHERS = ("dave", cast.APPROVER)
PATHS = {
    "home": "/",
    "login": "/login",
    "signup": "/signup",
    "upload": "/upload",
    "nns": "/nns",
    "nns of a user": "/nns?user=hei&network_name=fed",
    "profile": "/user",
    "user": "/user/dave",
    "user of nobody": "/user/nobody",
    "user management": "/user_management",
    "contributors": "/contributors",
    "contributors monthly": "/contributors/monthly",
    "actions": "/actions",
    "actions found": "/actions?action=system_event&user=x&text=y&max_actions=2",
    "sprt calculator": "/sprt_calc",
    "rate limits": "/rate_limits",
    "workers": "/workers/show",
    "one worker": f"/workers/{KEPT_OUT}",
    "no worker": "/workers/x",
    "tests": "/tests",
    "tests page 2": "/tests?page=2",
    "machines": "/tests/machines",
    "finished tests": "/tests/finished?ltc_only=1",
    "tests of a user": "/tests/user/grace",
    "tests of nobody": "/tests/user/nobody",
    "new test": "/tests/run",
    "no such test": "/tests/view/0123456789abcdef01234567",
    "no such page": "/no-such-page",
    "a file": "/static/css/site.css",
    "api": "/api/active_runs",
}


@dataclass(frozen=True, slots=True)
class World:
    """Two equal databases on one server, the runs in them by their names, and a folder for files."""

    url: str
    folder: Path
    runs: dict[str, str]

    def settings(self, name: str) -> Settings:
        """How an application lives here: alone, and off the network."""
        return Settings(
            db_url=self.url,
            db_name=name,
            flush="through",
            authentication_secret=SECRET,
            nets=self.folder / name,
            offline=True,
        )


@contextmanager
def world() -> Iterator[World]:
    """The demo's people and runs, twice, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedDatabase() as database:
        url = database.start(Path(folder) / "database")
        with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
            seed(client, NAMES[0])
            runs = {run["args"]["new_tag"]: str(run["_id"]) for run in client[NAMES[0]]["runs"].find()}
            here = World(url, Path(folder), runs)
            furnish(here, client[NAMES[0]])
            clone(client, *NAMES)
        yield here


def furnish(here: World, db: Database[dict[str, Any]]) -> None:
    """What the demo's clients would make in time: a machine at work, one that is kept out, one more network."""
    now = datetime.now(UTC)
    db["workers"].insert_one({"worker_name": KEPT_OUT, "blocked": True, "message": "<slow>", "last_updated": now})
    db["nns"].insert_one({"name": "nn-fedcba987654.nnue", "user": "heidi", "downloads": 3, "is_master": True})
    fishtest = Fishtest(here.settings(db.name))
    fishtest.start()
    try:
        machine = cast.Machine("carol", 1, cast.GAME_CLASSES[0]).worker_info()
        fishtest.request_task(machine | {"remote_addr": "127.0.0.1", "country_code": "?"})
    finally:
        fishtest.stop()


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
    """Every page as a stranger sees it, then as those see it who see more, then forms that come again."""
    paths = {**PATHS, **_paths_of_tests(world.runs)}
    yield from (Ask(name, target, headers=_cookies()) for name, target in paths.items())
    for who in WATCHERS:
        yield from (Ask(f"{name} for {who}", target, headers=_cookies(who)) for name, target in paths.items())
    yield _form("a wrong password", "/login", username="carol", password="wrong")  # noqa: S106
    yield _form("a poor sign-up", "/signup", username="x", password="1", password2="2", email="x")  # noqa: S106
    yield _form("a test without fields", "/tests/run", who="heidi")
    yield _form("a network without file", "/upload", who="heidi")
    yield _form("a profile without password", "/user", who="heidi", user="heidi", password="")
    yield Ask("a form without token", "/login", "POST", headers=_cookies())


def _paths_of_tests(runs: dict[str, str]) -> dict[str, str]:
    shown = {
        "sprt": "search_x86_64_avx2",
        "spsa": "tune_riscv64",
        "finished": "old_idea",
        "pending": "simplify_endgame",
    }
    found = {
        f"{kind} {part}": f"/tests/{part}/{runs[name]}"
        for kind, name in shown.items()
        for part in ("view", "tasks", "stats", "live_elo")
    }
    return {
        **found,
        "one task": f"/tests/view/{runs[shown['finished']]}?show_task=0",
        "a test again": f"/tests/run?id={runs[shown['spsa']]}",
    }


def _cookies(who: str = "") -> tuple[tuple[str, str], ...]:
    """A browser that has been here a while with something to be told, and its user."""
    since = int(time.time()) - 100
    session = f"session={sign([since, since, {'_csrft_': TOKEN, '_f_': ['<well>']}])}"
    return (("Cookie", f"{session}; auth_tkt={write_ticket(SECRET, who)}" if who else session),)


def _form(name: str, target: str, who: str = "", **fields: str) -> Ask:
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    body = urlencode({"csrf_token": TOKEN, **fields}).encode()
    return Ask(name, target, "POST", (*_cookies(who), kind), body)
