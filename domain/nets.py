"""Networks that engines use: who made them, how often they were fetched. The files themselves lie elsewhere."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

Net = dict[str, Any]


class Nets:
    """The ``nns`` collection, by name."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["nns"]

    def get(self, name: str) -> Net | None:
        return self._collection.find_one({"name": name})

    def count_download(self, name: str) -> None:
        """One more; atomic, since several servers send clients to the same file."""
        self._collection.update_one({"name": name}, {"$inc": {"downloads": 1}})
