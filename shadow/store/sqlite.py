"""The embedded store: one SQLite file for all processes of one machine."""

from __future__ import annotations

from pathlib import Path

from shadow.store.database import Database
from shadow.store.sqlite_findings import Findings
from shadow.store.sqlite_judgements import Judgements
from shadow.store.sqlite_stages import Stages
from shadow.store.sqlite_twins import Twins
from shadow.store.sqlite_worlds import Worlds


class SqliteStore(Judgements, Findings, Worlds, Stages, Twins):
    """The Store in a file, which is made when it is not there."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def close(self) -> None:
        """Close the file in all threads."""
        self._database.close()
