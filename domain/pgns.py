"""Games of finished tasks, as workers upload them."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from domain.names import pgn_name


class Pgns:
    """The ``pgns`` collection; nothing in it is unique, a repeated upload adds a document."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["pgns"]

    def add(self, run_id: str, task_id: int, pgn_zip: bytes) -> None:
        self._collection.insert_one({"run_id": pgn_name(run_id, task_id), "pgn_zip": pgn_zip, "size": len(pgn_zip)})
