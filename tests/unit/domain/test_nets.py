"""Networks by name, and the counter of their downloads."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from domain.server import Fishtest

NAME = "nn-0123456789ab.nnue"


def test_a_network_is_found_by_its_name(fishtest: Fishtest, db: Database[dict[str, Any]]) -> None:
    db["nns"].insert_one({"name": NAME, "user": "carol", "downloads": 0})
    found = fishtest.nets.get(NAME)
    assert found is not None
    assert found["user"] == "carol"
    assert fishtest.nets.get("nn-ffffffffffff.nnue") is None


def test_every_download_counts_once(fishtest: Fishtest, db: Database[dict[str, Any]]) -> None:
    """Also that of a record from before there was a counter, and of no other record."""
    db["nns"].insert_many([{"name": NAME, "user": "carol"}, {"name": "nn-ffffffffffff.nnue", "downloads": 7}])
    fishtest.nets.count_download(NAME)
    fishtest.nets.count_download(NAME)
    assert [net["downloads"] for net in db["nns"].find()] == [2, 7]
