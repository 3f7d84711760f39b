"""SQLite: the twins that the proxies share, sealed, and how many there were (shadow/twin/).

The tables are made with the first twin: a store of stacks that share their sessions has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from shadow import clock
from shadow.store import limits
from shadow.store.database import Database

# A row that takes the place of another gets a new, higher number.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS twins (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, twin TEXT NOT NULL)
        STRICT""",
    "CREATE TABLE IF NOT EXISTS twin_counts (what TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT",
)
# An end is final, whatever another proxy has to tell of the twin meanwhile.
_KEEP = """INSERT OR REPLACE INTO twins (id, at, twin)
    SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM twins WHERE id = ? AND twin = '')"""
_COUNT = "INSERT INTO twin_counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET count = count + excluded.count"


class Twins:
    """Sealed texts by id, each under a number that grows with every change."""

    _database: Database

    def keep_twins(self, twins: Mapping[str, str], counts: Mapping[str, int], *, idle: float) -> None:
        """Write down twins and add to the counts; what was kept longest ago goes."""
        now = clock.now()
        with self._database.writing() as connection:
            for table in _TABLES:
                connection.execute(table)
            for twin, text in twins.items():
                connection.execute(_KEEP, (twin, now, text, twin))
            for counted in counts.items():
                connection.execute(_COUNT, counted)
            # Twice the time, since a twin in use is written down now and then only.
            ended, unused = now - limits.TWIN_TOLD, now - 2 * idle - limits.TWIN_TOLD
            connection.execute("DELETE FROM twins WHERE (twin = '' AND at < ?) OR at < ?", (ended, unused))

    def twins(self, after: int) -> tuple[int, dict[str, str]]:
        """What was kept behind this number, and the number to ask with next time."""
        with self._database.reading() as connection:
            if not _made(connection):
                return after, {}
            found = connection.execute("SELECT number, id, twin FROM twins WHERE number > ? ORDER BY number", (after,))
            rows = found.fetchall()
        return (rows[-1][0] if rows else after), {twin: text for _, twin, text in rows}

    def twin_counts(self) -> dict[str, int]:
        """How many twins were made, failed, and ended, by reason; `kept` are those there now."""
        with self._database.reading() as connection:
            if not _made(connection):
                return {}
            counts = dict(connection.execute("SELECT what, count FROM twin_counts ORDER BY what").fetchall())
            kept = connection.execute("SELECT count(*) FROM twins WHERE twin != ''").fetchone()[0]
        return {"kept": kept, **counts} if counts or kept else {}


def _made(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'twins'").fetchone()[0])
