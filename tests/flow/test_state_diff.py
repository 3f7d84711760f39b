"""`shadow state-diff` on a real database: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson.int64 import Int64
from bson.objectid import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from demo.clone import clone
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url"]

Documents = Database[dict[str, Any]]


@pytest.fixture
def databases(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[tuple[Documents, Documents]]:
    """A small database and its clone."""
    ours, theirs = (mongo_client[f"t{ObjectId()}"] for _ in range(2))
    runs = [{"_id": ObjectId(), "tasks": [{"stats": {"wins": number}}], "at": datetime.now(UTC)} for number in range(4)]
    ours["runs"].insert_many(runs)
    ours["pgns"].insert_many([{"run_id": f"{one['_id']}-0", "size": Int64(7)} for one in runs])
    clone(mongo_client, ours.name, theirs.name)
    yield ours, theirs
    for database in (ours, theirs):
        mongo_client.drop_database(database.name)


def shadow(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shadow", "state-diff", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def urls(mongo_url: str, databases: tuple[Documents, Documents]) -> list[str]:
    return [f"{mongo_url}/{database.name}" for database in databases]


def test_a_clone_is_equal(mongo_url: str, databases: tuple[Documents, Documents]) -> None:
    done = shadow(*urls(mongo_url, databases), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["equal"], found["renamed"], found["differences"]) == (True, 0, [])
    assert {name: (one["primary"], one["candidate"]) for name, one in found["collections"].items()} == {
        "pgns": (4, 4),
        "runs": (4, 4),
    }


def test_what_differs_is_told_by_its_place_unless_it_is_ignored(
    mongo_url: str, databases: tuple[Documents, Documents]
) -> None:
    ours, theirs = databases
    third = list(ours["runs"].find())[2]["_id"]
    theirs["runs"].update_one({"_id": third}, {"$set": {"tasks.0.stats.wins": 99}})
    theirs["pgns"].update_one({"run_id": f"{third}-0"}, {"$set": {"size": 7}})
    done = shadow(*urls(mongo_url, databases))
    assert done.returncode == 1
    assert "value at runs[2].tasks[0].stats.wins" in done.stdout
    assert "type at pgns[2].size" in done.stdout
    assert "different" in done.stderr
    ignore = ("--ignore", "pgns", "--ignore", "runs.tasks[*].stats")
    assert shadow(*urls(mongo_url, databases), *ignore).returncode == 0
