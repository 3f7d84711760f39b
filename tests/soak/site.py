"""The demo's site made for soaks: two proxy processes, and runs that no fleet plays to their ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from pymongo import MongoClient

from demo import cast, seed
from demo.clone import clone
from demo.database import EmbeddedDatabase
from demo.processes import DATABASES, Application
from demo.site import Site
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.settings import Settings
from shadow.words import Side, World
from tests.support.parts import parts_of

# Each class of machines has its own run, so nothing but a worker's own calls decides which task it gets.
CLASSES = (*cast.GAME_CLASSES, *cast.SPSA_CLASSES)
# Short games make long tasks: about seventy batches each.
TIME_CONTROL = "1+0.01"
PROXIES = 2

Change = Callable[[dict[str, Any]], None]


class SoakSite(Site):
    """`flush` as in `demo.processes.Plan`; `change` makes the demo's configuration the soak's.

    With `shared` the harness keeps what it knows in a MongoDB of its own, as it would on several machines.
    """

    def __init__(self, folder: Path, *, flush: str, change: Change, shared: bool = False) -> None:
        super().__init__(folder)
        self._flush = flush
        self._change = change
        self._store = EmbeddedDatabase(durable=True) if shared else None

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        super().__exit__(_type, _value, _trace)
        if self._store is not None:
            self._store.stop()

    def start_database(self) -> dict[str, int]:
        """Start the database with accounts and runs in the live world, and clone it."""
        if self._store is not None:
            self._store.start(self.folder / "store")
        url = self.database.start(self.folder / "database")
        with MongoClient[dict[str, Any]](url) as client:
            _seed(client, url)
            return clone(client, DATABASES[World.LIVE], DATABASES[World.SHADOW])

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self.proxy.rpartition(":")[2])

    @property
    def log(self) -> Path:
        """What all parts of the harness say."""
        return self.folder / "harness.log"

    def bearer(self) -> dict[str, str]:
        """What the console wants to see."""
        return self._bearer()

    def ledger(self) -> list[dict[str, Any]]:
        """Every entry of the ledger, newest first."""
        done = self.command("ledger", "--json")
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def pids(self, part: str) -> list[int]:
        """The processes of a part, oldest first, found by their command line as an operator would."""
        return parts_of(self.config, part)

    def restart(self, side: Side, world: World) -> Application:
        """`kill -9` an application and start it again at once; it answers a few seconds later."""
        application = self.applications[side, world]
        assert application.pid is not None
        os.kill(application.pid, signal.SIGKILL)
        application.stop()
        application.start()
        return application

    @property
    def shared(self) -> bool:
        """Whether the store is a process."""
        return self._store is not None

    def restart_store(self) -> None:
        """`kill -9` the store's database and start it again where it was."""
        assert self._store is not None
        port = int(self._store.url.rpartition(":")[2])
        self._store.stop(drop=True)
        self._store.start(self.folder / "store", port)

    def flush(self) -> None:
        """Have every owner write what only its memory holds, and go on as the owner."""
        for application in self.applications.values():
            told = _hook(application, "flush")
            if told["runs_flushed"] or told["values_saved"]:
                _hook(application, "reload")

    def runs(self, world: World) -> dict[str, dict[str, Any]]:
        """The run documents of a world by id."""
        with MongoClient[dict[str, Any]](self.database.url) as client:
            return {str(run["_id"]): run for run in client[DATABASES[world]]["runs"].find()}

    def _application(self, side: Side, world: World, faults: tuple[str, ...]) -> Application:
        usual = super()._application(side, world, faults)
        return Application(replace(usual.plan, flush=self._flush), self.folder / "logs")

    def _configuration(self) -> dict[str, Any]:
        document = super()._configuration()
        document["listen"]["workers"] = PROXIES
        if self._store is not None:
            document["store"] = {"url": f"{self._store.url}/shadow"}
        self._change(document)
        return document


@contextmanager
def a_site(folder: Path, *, flush: str, change: Change, shared: bool = False) -> Iterator[SoakSite]:
    """A site with everything running; all of it has ended afterwards."""
    with SoakSite(folder, flush=flush, change=change, shared=shared) as site:
        site.start_database()
        site.start_applications(())
        site.start_harness({})
        yield site


def _hook(application: Application, name: str) -> dict[str, Any]:
    answer = httpx.post(f"{application.plan.url}/internal/{name}", timeout=30.0, trust_env=False, verify=False)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def _seed(client: MongoClient[dict[str, Any]], url: str) -> None:
    database, now = client[DATABASES[World.LIVE]], datetime.now(UTC)
    make_indexes(database)
    database["users"].insert_many([seed.account(person, now) for person in cast.PEOPLE])
    database["user_cache"].insert_many([seed.contribution(person, now) for person in cast.PEOPLE])
    fishtest = Fishtest(Settings(db_url=url, db_name=database.name, flush="through", offline=True))
    fishtest.start()
    for number, arch in enumerate(CLASSES):
        args = seed.run_args(cast.RunPlan(f"run_{number:02}", "fixed", priority=number, arch=arch, games=10**9))
        fishtest.runs.create(args | {"tc": TIME_CONTROL, "new_tc": TIME_CONTROL}, approved=True)
    fishtest.stop()
