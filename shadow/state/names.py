"""What one database calls the things of the other. On disk, so that millions of ids cost no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_CACHE_KIB = 65_536


class NameBook:
    """A one-to-one relation that grows; the `Names` of a whole comparison. Gone when it is closed."""

    def __init__(self) -> None:
        # An empty name is a private file that SQLite deletes by itself.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE names (p TEXT PRIMARY KEY, c TEXT NOT NULL UNIQUE) WITHOUT ROWID")

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep these pairs; those that are known already change nothing."""
        self._database.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", pairs)

    def candidate_of(self, primary: str, scope: str = "") -> str | None:
        """What the candidate's database calls it."""
        return self._one("SELECT c FROM names WHERE p = ?", primary)

    def primary_of(self, candidate: str, scope: str = "") -> str | None:
        """What the primary's database calls it."""
        return self._one("SELECT p FROM names WHERE c = ?", candidate)

    def begin(self, primary: str, candidate: str) -> bool:
        """Never: a database holds names, and what composites are made of them is its application's affair."""
        return False

    def renamed(self) -> int:
        """How many things have two names."""
        return int(self._database.execute("SELECT count(*) FROM names WHERE p <> c").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _one(self, query: str, value: str) -> str | None:
        row = self._database.execute(query, (value,)).fetchone()
        return None if row is None else str(row[0])
