"""The conformance suite runs against every implementation of the Store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shadow.judgement import Judgement
from shadow.store import open_store
from shadow.store.base import Store
from tests.support.mongo import mongo_client, mongo_url  # noqa: F401


@pytest.fixture(scope="session")
def mongo_store(mongo_url: str) -> Iterator[Store]:  # noqa: F811
    """One store for all tests; making the indexes of another would take longer than a test."""
    opened = open_store(f"{mongo_url}/store")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "mongodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "mongodb":
        emptied(request.getfixturevalue("mongo_client")["store"])
        yield request.getfixturevalue("mongo_store")
        return
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield opened
    opened.close()


def emptied(database) -> None:
    """Take everything out of a store but what was put in when it was made."""
    for name in database.list_collection_names():
        database[name].delete_many({"_id": {"$ne": "format"}})


@pytest.fixture
def record(store: Store) -> Callable[..., int]:
    """Record judgements with the checkpoint that covers them."""

    def write(*judgements: Judgement, **more: object) -> int:
        checkpoint: dict[str, int] = {}
        for one in judgements:
            checkpoint[one.writer] = max(one.sequence, checkpoint.get(one.writer, 0))
        return store.record(judgements, checkpoint=checkpoint, **more)

    return write
