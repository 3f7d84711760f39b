"""Which networks tests use: read from the engines' sources, and noted at the networks once a test is approved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.database import Database

Run = dict[str, Any]

MASTER = "master"


class NetsInUse:
    """The ``first_test``, ``last_test`` and ``is_master`` fields of the ``nns`` collection."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["nns"]

    def missing(self, names: list[str]) -> list[str]:
        """Those of the names that nobody has uploaded."""
        known = {net["name"] for net in self._collection.find({"name": {"$in": names}}, {"name": 1})}
        return [name for name in names if name not in known]

    def approved(self, run: Run, now: datetime) -> None:
        """The run's networks are tested from now on; those of the base of a test against master are master's."""
        args = run["args"]
        test = {"date": now, "id": str(run["_id"])}
        for name in sorted({*args["base_nets"], *args["new_nets"]}):
            self._collection.update_one({"name": name, "first_test": None}, {"$set": {"first_test": test}})
            self._collection.update_one({"name": name}, {"$set": {"last_test": test}})
            if args["base_tag"] == MASTER and name in args["base_nets"]:
                self._collection.update_one({"name": name}, {"$set": {"is_master": True}})
