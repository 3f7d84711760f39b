"""One database process for a test session, a fresh database name for each test.

Use it with ``pytest_plugins = ["tests.support.mongo"]`` or by importing the fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from demo.database import EmbeddedDatabase


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the session's database process."""
    folder: Path = tmp_path_factory.mktemp("mongo")
    with EmbeddedDatabase() as database:
        yield database.start(folder)
        database.stop(drop=True)


@pytest.fixture(scope="session")
def mongo_client(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        yield client


@pytest.fixture
def db_name(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A database name that no other test uses; dropped afterwards."""
    name = f"t{ObjectId()}"
    yield name
    mongo_client.drop_database(name)


@pytest.fixture
def db(mongo_client: MongoClient[dict[str, Any]], db_name: str) -> Database[dict[str, Any]]:
    """The test's own database, read back as the domain reads it."""
    return mongo_client[db_name]
