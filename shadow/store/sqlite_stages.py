"""SQLite: the board in its tables, heartbeats, ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, astuple

from shadow import clock
from shadow.store import limits
from shadow.store.board import Board, Member, Place
from shadow.store.database import Database
from shadow.store.forms import as_text, move_of
from shadow.store.stages import BoardStages
from shadow.store.trail import BEGINNING, linked
from shadow.store.values import Freeze, Handover, Heartbeat, Hold, LedgerEntry, Move, Phase
from shadow.words import Stage


class Stages(BoardStages):
    """The stage map, moves, handovers, heartbeats, ledger."""

    _database: Database

    def now(self) -> float:
        """All who share a file are on one machine."""
        return clock.now()

    def version(self) -> int:
        """Grows with each change of the stage map. One row by its key: a few microseconds."""
        with self._database.reading() as connection:
            return _version(connection)

    def _board(self) -> Board:
        with self._database.reading() as connection:
            return load_board(connection)

    def _change(self, change: Callable[[Board], None], entry: Move | None = None) -> None:
        with self._database.writing() as connection:
            board = load_board(connection)
            change(board)
            _keep(connection, board)
            if entry is not None:
                enter(connection, entry)

    def beat(self, heartbeat: Heartbeat) -> None:
        """A proxy says that it is alive."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO heartbeats VALUES (?, ?, ?)",
                (heartbeat.proxy, heartbeat.seen, json.dumps(sorted(heartbeat.drained))),
            )
            connection.execute("DELETE FROM heartbeats WHERE seen < ?", (self.now() - limits.PROXY_AGE,))

    def heartbeats(self) -> list[Heartbeat]:
        """The proxies heard of within the last day."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT proxy, seen, drained FROM heartbeats ORDER BY proxy").fetchall()
        return [Heartbeat(proxy, seen, frozenset(json.loads(drained))) for proxy, seen, drained in rows]

    def ledger(self) -> list[LedgerEntry]:
        """Every change, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT number, at, move, previous, digest FROM ledger ORDER BY number"
            ).fetchall()
        return [LedgerEntry(number, at, move_of(move), *digests) for number, at, move, *digests in rows]


def load_board(connection: sqlite3.Connection) -> Board:
    """The board as it stands in this transaction."""
    rows = connection.execute
    handovers = rows("SELECT id, unit, origin, stage, phase, deadline, who FROM handovers").fetchall()
    freeze = rows("SELECT value FROM meta WHERE key = 'freeze'").fetchone()
    return Board(
        version=_version(connection),
        units={
            unit: Place(Stage(stage), share, moved)
            for unit, stage, share, moved in rows("SELECT unit, stage, share, moved FROM units")
        },
        routes={
            route: Member(unit, Stage(stage), pairs)
            for route, unit, stage, pairs in rows("SELECT route, unit, stage, pairs FROM routes")
        },
        holds={row[0]: Hold(*row) for row in rows("SELECT unit, who, at, reason FROM holds")},
        handovers={
            unit: Handover(key, unit, Stage(origin), Stage(to), Phase(phase), deadline, who)
            for key, unit, origin, to, phase, deadline, who in handovers
        },
        freeze=Freeze(**json.loads(freeze[0])) if freeze else None,
    )


def _keep(connection: sqlite3.Connection, board: Board) -> None:
    """Put the board in the place of the stored one; units and routes are never taken off it."""
    many = connection.executemany
    units = [(unit, *astuple(place)) for unit, place in board.units.items()]
    many("INSERT OR REPLACE INTO units (unit, stage, share, moved) VALUES (?, ?, ?, ?)", units)
    routes = [(route, *astuple(member)) for route, member in board.routes.items()]
    many("INSERT OR REPLACE INTO routes (route, unit, stage, pairs) VALUES (?, ?, ?, ?)", routes)
    connection.execute("DELETE FROM holds")
    many("INSERT INTO holds (unit, who, at, reason) VALUES (?, ?, ?, ?)", map(astuple, board.holds.values()))
    connection.execute("DELETE FROM handovers")
    many(
        "INSERT INTO handovers (id, unit, origin, stage, phase, deadline, who) VALUES (?, ?, ?, ?, ?, ?, ?)",
        map(astuple, board.handovers.values()),
    )
    connection.execute("DELETE FROM meta WHERE key = 'freeze'")
    if board.freeze:
        connection.execute("INSERT INTO meta VALUES ('freeze', ?)", (json.dumps(asdict(board.freeze)),))
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('stages', ?)", (str(board.version),))


def enter(connection: sqlite3.Connection, move: Move) -> None:
    """Append to the ledger, behind the entry that is the last now."""
    row = connection.execute("SELECT number, digest FROM ledger ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (row[0] + 1, row[1]) if row else (1, BEGINNING)
    entry = linked(move, number=number, at=clock.now(), previous=previous)
    connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
        (entry.number, entry.at, as_text(entry.move), entry.previous, entry.digest),
    )


def _version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key = 'stages'").fetchone()
    return int(row[0]) if row else 0
