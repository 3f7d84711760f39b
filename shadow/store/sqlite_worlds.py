# ruff: noqa: S608 (only names of this file's own tables and columns are put into a statement)
"""SQLite: what the mirror needs to go on after a restart: aliases, jars, owners, the clone and its taint."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import astuple

from shadow import clock
from shadow.store import limits
from shadow.store.database import Database
from shadow.store.sqlite_stages import enter
from shadow.store.texts import storable
from shadow.store.values import KnownAlias, Move, World
from shadow.words import Side

# In the order of KnownAlias's fields.
_ALIAS = "scope, kind, live, shadow, route, first, last"


class Worlds:
    """Aliases, jars, owners, world, and texts under a name."""

    _database: Database

    def aliases(self) -> list[KnownAlias]:
        """The renamings known, oldest first."""
        return self.newer_aliases(0)[1]

    def newer_aliases(self, after: int) -> tuple[int, list[KnownAlias]]:
        """The renamings written behind this number, and the number to ask with next time."""
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_ALIAS}, id FROM aliases WHERE id > ? ORDER BY id", (after,)).fetchall()
        return (rows[-1][-1] if rows else after), [KnownAlias(*row[:-1]) for row in rows]

    def jars(self) -> dict[str, str]:
        """Client id to its sealed cookie jars, the one used longest ago first."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT client, jar FROM jars ORDER BY id").fetchall())

    def owners(self) -> dict[str, Side]:
        """Group to the mirrored side that owns its state."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT unit, side FROM owners").fetchall()
        return {unit: Side(side) for unit, side in rows}

    def world(self) -> World:
        """The present clone."""
        with self._database.reading() as connection:
            return _world(connection)

    def new_world(self, entry: Move | None = None) -> World:
        """Begin the next clone; `entry` goes to the ledger with it."""
        with self._database.writing() as connection:
            if entry:
                enter(connection, entry)
            _put(connection, "world", str(_world(connection).number + 1))
            connection.execute("DELETE FROM meta WHERE key IN ('tainted', 'tainted_at')")
            for table in ("aliases", "jars", "owners"):
                connection.execute(f"DELETE FROM {table}")
            return _world(connection)

    def note(self, key: str, value: str) -> None:
        """Keep a text under a name."""
        with self._database.writing() as connection:
            _put(connection, f"note:{key}", value)

    def noted(self, key: str) -> str | None:
        """The text kept under this name."""
        with self._database.reading() as connection:
            return _get(connection, f"note:{key}")

    def notes(self, beginning: str) -> dict[str, str]:
        """The texts kept under names that begin so."""
        whole = f"note:{beginning}"
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key", (len(whole), whole)
            )
            return {key.removeprefix("note:"): value for key, value in rows}


def keep(
    connection: sqlite3.Connection,
    aliases: Iterable[KnownAlias],
    jars: Mapping[str, str],
    owners: Mapping[str, Side],
    tainted: str,
) -> None:
    """The part of a batch that is not numbers."""
    _keep_aliases(connection, aliases)
    _keep_jars(connection, jars)
    for unit, side in owners.items():
        connection.execute("INSERT OR REPLACE INTO owners VALUES (?, ?)", (unit, side))
    if tainted and not _world(connection).tainted:
        _put(connection, "tainted", tainted)
        _put(connection, "tainted_at", repr(clock.now()))


def _keep_aliases(connection: sqlite3.Connection, aliases: Iterable[KnownAlias]) -> None:
    added, last = 0, 0
    for one in aliases:
        if (one.live, one.shadow) != (storable(one.live), storable(one.shadow)):
            continue  # no request could carry it either
        if one.shadow:
            insert = f"INSERT OR REPLACE INTO aliases ({_ALIAS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            added, last = added + 1, connection.execute(insert, astuple(one)).lastrowid or 0
        else:
            connection.execute("DELETE FROM aliases WHERE scope = ? AND live = ?", (one.scope, one.live))
    _bound(connection, "aliases", limits.ALIASES, last, added)


def _keep_jars(connection: sqlite3.Connection, jars: Mapping[str, str]) -> None:
    added, last = 0, 0
    for client, jar in jars.items():
        if jar:
            insert = "INSERT OR REPLACE INTO jars (client, jar) VALUES (?, ?)"
            added, last = added + 1, connection.execute(insert, (client, jar)).lastrowid or 0
        else:
            connection.execute("DELETE FROM jars WHERE client = ?", (client,))
    _bound(connection, "jars", limits.JARS, last, added)


def _bound(connection: sqlite3.Connection, table: str, limit: int, last: int, added: int) -> None:
    """Drop the oldest rows past the limit, now and then; so many were added, the last under this id."""
    if not limits.due(last, added, limit):
        return
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)", (max(count - limit, 0),)
    )


def _world(connection: sqlite3.Connection) -> World:
    at = _get(connection, "tainted_at")
    return World(int(_get(connection, "world") or 1), _get(connection, "tainted") or "", float(at) if at else None)


def _get(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def _put(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
