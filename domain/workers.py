"""Workers that were ever blocked: why, and since when."""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from domain.clock import Clock

MAX_REASON = 500


class Workers:
    """The ``workers`` collection, by short worker name."""

    def __init__(self, db: Database[dict[str, Any]], clock: Clock) -> None:
        self._collection = db["workers"]
        self._clock = clock

    def get(self, worker_name: str) -> dict[str, Any] | None:
        return self._collection.find_one({"worker_name": worker_name})

    def blocked(self) -> list[dict[str, Any]]:
        """Those that get no tasks now, by name."""
        return list(self._collection.find({"blocked": True}).sort("worker_name", ASCENDING))

    def save(self, worker_name: str, blocked: bool, message: str) -> None:
        """Block or unblock, with the reason shown to the worker's owner (up to 500 characters)."""
        document = {
            "worker_name": worker_name,
            "blocked": blocked,
            "message": message[:MAX_REASON],
            "last_updated": self._clock.now(),
        }
        self._collection.replace_one({"worker_name": worker_name}, document, upsert=True)

    def seen(self, worker: dict[str, Any]) -> None:
        """A blocked worker has asked for work again. Nothing else is written: it may be unblocked at this moment."""
        self._collection.update_one({"_id": worker["_id"]}, {"$set": {"last_updated": self._clock.now()}})
