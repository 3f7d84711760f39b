"""The shared store: one MongoDB database for all processes of all machines."""

from __future__ import annotations

from pymongo import IndexModel

from shadow.store.mongo_database import MongoDatabase
from shadow.store.mongo_findings import Findings
from shadow.store.mongo_judgements import Judgements
from shadow.store.mongo_stages import Stages
from shadow.store.mongo_twins import Twins
from shadow.store.mongo_worlds import Worlds

# What is looked for by something else than its key.
INDEXES = {
    "tallies": [IndexModel([("route", 1), ("build", 1)])],
    "findings": [IndexModel([("route", 1), ("status", 1)])],
    "samples": [IndexModel([("finding", 1), ("exchange", 1)], unique=True)],
    "checkpoints": [IndexModel([("recording", 1)])],
    "aliases": [IndexModel([("number", 1)])],
    "jars": [IndexModel([("number", 1)])],
    "twins": [IndexModel([("number", 1)])],
}


class MongoStore(Judgements, Findings, Worlds, Stages, Twins):
    """The Store in a database, which is made ready when it is new."""

    def __init__(self, url: str) -> None:
        self._database = MongoDatabase(url)
        try:
            self._database.prepare(INDEXES)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
