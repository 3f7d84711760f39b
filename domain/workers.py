"""Workers that were ever blocked: why, and since when."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from domain.clock import Clock


class Workers:
    """The ``workers`` collection, by short worker name."""

    def __init__(self, db: Database[dict[str, Any]], clock: Clock) -> None:
        self._collection = db["workers"]
        self._clock = clock

    def get(self, worker_name: str) -> dict[str, Any] | None:
        return self._collection.find_one({"worker_name": worker_name})

    def save(self, worker_name: str, blocked: bool, message: str) -> None:
        """Block or unblock, with the reason shown to the worker's owner (up to 500 characters)."""
        document = {
            "worker_name": worker_name,
            "blocked": blocked,
            "message": message[:500],
            "last_updated": self._clock.now(),
        }
        self._collection.replace_one({"worker_name": worker_name}, document, upsert=True)

    def seen(self, worker: dict[str, Any]) -> None:
        """A blocked worker has asked for work again."""
        worker["last_updated"] = self._clock.now()
        self._collection.replace_one({"_id": worker["_id"]}, worker)
