"""Named values that outlive the process."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database


class KeyValueStore:
    """The ``kvstore`` collection: whole values under a name."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["kvstore"]

    def get(self, name: str, default: Any = None) -> Any:
        document = self._collection.find_one({"_id": name})
        return default if document is None else document["value"]

    def put(self, name: str, value: Any) -> None:
        self._collection.replace_one({"_id": name}, {"_id": name, "value": value}, upsert=True)
