"""The demo's world for tests: a database with the seeded live world and its clone, and applications on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from demo.clone import clone
from demo.database import EmbeddedDatabase, free_port
from demo.processes import DATABASES, Application, Plan
from demo.seed import seed
from shadow.words import Side, World


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database server with both worlds."""
    with EmbeddedDatabase() as database:
        url = database.start(tmp_path / "database")
        with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
            assert seed(client, DATABASES[World.LIVE])
            clone(client, DATABASES[World.LIVE], DATABASES[World.SHADOW])
        yield url
        database.stop(drop=True)


@contextmanager
def application(
    url: str, folder: Path, side: Side, world: World, faults: tuple[str, ...] = ()
) -> Iterator[Application]:
    """A stack in a world as the demo runs it, ready."""
    plan = Plan(side, world, free_port(), url, "ticket-secret", "build-1", folder / "nets", faults)
    with Application(plan, folder) as running:
        running.wait_ready()
        yield running
