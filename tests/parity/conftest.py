"""Both applications as real processes over equal databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from demo.clone import clone
from tests.parity.wire import Side
from tests.parity.world import seed
from tests.support.apps import App
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url"]


@dataclass
class Both:
    """The two sides, their databases, and what the seed's names stand for."""

    legacy: Side
    port: Side
    databases: tuple[Database[dict[str, Any]], Database[dict[str, Any]]]
    names: dict[str, str]


@pytest.fixture(scope="module")
def both(
    mongo_client: MongoClient[dict[str, Any]], mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("parity")
    names = seed(mongo_client, mongo_url, "parity_legacy")
    clone(mongo_client, "parity_legacy", "parity_port")
    build = {"FISHTEST_BUILD": "parity"}
    legacy_nets, port_nets = (str(tmp_path_factory.mktemp("nets")) for _ in range(2))
    with (
        App("legacy_pyramid", folder, mongo_url, "parity_legacy", FISHTEST_NETS=legacy_nets, **build) as legacy,
        App("new_server", folder, mongo_url, "parity_port", FISHTEST_NETS=port_nets, **build) as port,
    ):
        databases = (mongo_client["parity_legacy"], mongo_client["parity_port"])
        yield Both(Side("legacy", legacy.url), Side("port", port.url), databases, names)
    for database in databases:
        mongo_client.drop_database(database.name)
