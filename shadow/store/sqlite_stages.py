# ruff: noqa: S608 (only names of this file's own tables and columns are put into a statement)
"""SQLite: where routes and units stand, and every way to change that. A change and its ledger entry are one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, astuple

from shadow import clock
from shadow.errors import NotFound, PromotionRefused
from shadow.routes import Route
from shadow.store.database import Database
from shadow.store.trail import BEGINNING, linked
from shadow.store.values import Canary, Freeze, Handover, Heartbeat, Hold, LedgerEntry, Move, Phase, StageMap
from shadow.words import Stage

# A unit in one of these stages has one for all its routes; below, each route may be off or in shadow.
_TOGETHER = (Stage.CANARY, Stage.PROMOTED)
_FORGET_PROXY = 86400.0


class Stages:
    """The stage map, moves, handovers, heartbeats, ledger."""

    _database: Database

    def register(self, routes: Iterable[Route]) -> None:
        """Give every unit and route that is not known yet its configured stage; known ones keep theirs."""
        with self._database.writing() as connection:
            before = _stage_rows(connection)
            units: dict[str, list[Route]] = {}
            for route in routes:
                units.setdefault(route.unit, []).append(route)
            for unit, members in units.items():
                _register_unit(connection, unit, members)
            if _stage_rows(connection) != before:
                _grow_version(connection)

    def version(self) -> int:
        """Grows with each change of the stage map. One row by its key: a few microseconds."""
        with self._database.reading() as connection:
            return _version(connection)

    def stages(self) -> StageMap:
        """The present stage map."""
        with self._database.reading() as connection:
            units, routes = _stage_rows(connection)
            holds = [Hold(*row) for row in connection.execute("SELECT unit, who, at, reason FROM holds")]
            handovers = [_handover(row) for row in connection.execute(f"SELECT {_HANDOVER} FROM handovers")]
            canaries = connection.execute(
                "SELECT unit, share, sum(pairs) FROM units JOIN routes USING (unit) WHERE share > 0 GROUP BY unit"
            ).fetchall()
            moved = connection.execute("SELECT unit, moved FROM units WHERE moved > 0").fetchall()
            freeze, version = _freeze(connection), _version(connection)
        return StageMap(
            version=version,
            routes={route: Stage(stage) for route, _, stage in routes},
            units={unit: Stage(stage) for unit, stage in units},
            holds={hold.unit: hold for hold in holds},
            handovers={one.unit: one for one in handovers},
            canaries={unit: Canary(share, pairs) for unit, share, pairs in canaries},
            moved=dict(moved),
            freeze=freeze,
        )

    def move(
        self, unit: str, origin: Stage, to: Stage, entry: Move, *, share: int = 0, hold: Hold | None = None
    ) -> None:
        """Move a unit and its routes, ledger and hold with it."""
        with self._database.writing() as connection:
            _check(connection, unit, origin, to, share)
            _move(connection, unit, to, entry, hold, share)

    def set_hold(self, hold: Hold, entry: Move) -> None:
        """Lay a hold on a unit."""
        with self._database.writing() as connection:
            _lay(connection, hold)
            _enter(connection, entry)
            _grow_version(connection)

    def release(self, unit: str, entry: Move) -> None:
        """Clear a unit's hold."""
        with self._database.writing() as connection:
            if not connection.execute("DELETE FROM holds WHERE unit = ?", (unit,)).rowcount:
                raise NotFound(f"{unit} has no hold to release")
            _enter(connection, entry)
            _grow_version(connection)

    def freeze(self, freeze: Freeze, entry: Move) -> None:
        """Let nothing move forward."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('freeze', ?)", (json.dumps(asdict(freeze)),))
            _enter(connection, entry)
            _grow_version(connection)

    def unfreeze(self, entry: Move) -> None:
        """Let units move forward again."""
        with self._database.writing() as connection:
            if not connection.execute("DELETE FROM meta WHERE key = 'freeze'").rowcount:
                raise NotFound("nothing is frozen")
            _enter(connection, entry)
            _grow_version(connection)

    def begin_handover(self, handover: Handover) -> None:
        """Hold a unit's requests."""
        with self._database.writing() as connection:
            if handover.to is handover.origin:
                _check_idle(connection, handover.unit)
            else:
                _check(connection, handover.unit, handover.origin, handover.to)
            # The fields stand in the order of the columns.
            connection.execute(f"INSERT INTO handovers ({_HANDOVER}) VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(handover))
            _grow_version(connection)

    def advance_handover(self, handover_id: str, phase: Phase) -> None:
        """Write down that a step begins."""
        with self._database.writing() as connection:
            _by_id(connection, handover_id)
            connection.execute("UPDATE handovers SET phase = ? WHERE id = ?", (phase, handover_id))

    def finish_handover(self, handover_id: str, entry: Move, *, before: float, hold: Hold | None = None) -> None:
        """Move the unit and end the handover at once."""
        with self._database.writing() as connection:
            handover = _by_id(connection, handover_id)
            if clock.now() > before:
                raise PromotionRefused(f"the handover of {handover.unit} took too long")
            connection.execute("DELETE FROM handovers WHERE id = ?", (handover_id,))
            _check(connection, handover.unit, handover.origin, handover.to)
            _move(connection, handover.unit, handover.to, entry, hold)

    def drop_handover(self, handover_id: str) -> None:
        """End a handover with nothing changed."""
        with self._database.writing() as connection:
            if connection.execute("DELETE FROM handovers WHERE id = ?", (handover_id,)).rowcount:
                _grow_version(connection)

    def beat(self, heartbeat: Heartbeat) -> None:
        """A proxy says that it is alive."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO heartbeats VALUES (?, ?, ?)",
                (heartbeat.proxy, heartbeat.seen, json.dumps(sorted(heartbeat.drained))),
            )
            connection.execute("DELETE FROM heartbeats WHERE seen < ?", (clock.now() - _FORGET_PROXY,))

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
        return [
            LedgerEntry(number, at, Move(**json.loads(move)), previous, digest)
            for number, at, move, previous, digest in rows
        ]


_HANDOVER = "id, unit, origin, stage, phase, deadline, who"


def _handover(row: tuple[str, str, str, str, str, float, str]) -> Handover:
    key, unit, origin, to, phase, deadline, who = row
    return Handover(key, unit, Stage(origin), Stage(to), Phase(phase), deadline, who)


def _by_id(connection: sqlite3.Connection, handover_id: str) -> Handover:
    row = connection.execute(f"SELECT {_HANDOVER} FROM handovers WHERE id = ?", (handover_id,)).fetchone()
    if row is None:
        raise PromotionRefused(f"handover {handover_id} was ended by someone else")
    return _handover(row)


def _stage_rows(connection: sqlite3.Connection) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    units = connection.execute("SELECT unit, stage FROM units").fetchall()
    return units, connection.execute("SELECT route, unit, stage FROM routes").fetchall()


def _register_unit(connection: sqlite3.Connection, unit: str, members: list[Route]) -> None:
    """A known unit's stage rules its members; a new unit stands where the most advanced of them is configured."""
    row = connection.execute("SELECT stage FROM units WHERE unit = ?", (unit,)).fetchone()
    stage = Stage(row[0]) if row else max((one.stage for one in members), key=list(Stage).index)
    if row is None:
        connection.execute("INSERT INTO units (unit, stage) VALUES (?, ?)", (unit, stage))
    for route in members:
        known = connection.execute("SELECT stage FROM routes WHERE route = ?", (route.name,)).fetchone()
        own = Stage(known[0]) if known else route.stage
        if stage in _TOGETHER:
            own = stage
        elif own in _TOGETHER:
            # It was promoted with another unit; this one is not, and state is shared within a unit.
            own = Stage.SHADOW
        connection.execute(
            "INSERT INTO routes (route, unit, stage) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET unit = excluded.unit, stage = excluded.stage",
            (route.name, unit, own),
        )


def _check(connection: sqlite3.Connection, unit: str, origin: Stage, to: Stage, share: int = 0) -> None:
    """Nobody else has moved the unit, or is moving it, since the caller looked."""
    row = connection.execute("SELECT stage, share FROM units WHERE unit = ?", (unit,)).fetchone()
    if row is None:
        raise NotFound(f"{unit} is not known to the store. Next: shadow routes list")
    if row[0] != origin:
        raise PromotionRefused(f"{unit} is in {row[0]} by now, not in {origin}; nothing has changed. {_look(unit)}")
    if to is Stage.CANARY and share <= row[1]:
        raise PromotionRefused(f"{unit} has {row[1]} per cent of the clients by now: a share only grows. {_look(unit)}")
    _check_idle(connection, unit)
    if list(Stage).index(to) >= list(Stage).index(origin):
        _check_forward(connection, unit)


def _look(unit: str) -> str:
    return f"Next: shadow status {unit}"


def _check_idle(connection: sqlite3.Connection, unit: str) -> None:
    """No handover of the unit is under way; one that only holds its requests needs nothing else."""
    under_way = connection.execute(f"SELECT {_HANDOVER} FROM handovers WHERE unit = ?", (unit,)).fetchone()
    if under_way is not None:
        other = _handover(under_way)
        raise PromotionRefused(
            f"{unit} is being moved to {other.to} by {other.who}; nothing has changed. {_look(unit)}"
        )


def _check_forward(connection: sqlite3.Connection, unit: str) -> None:
    if freeze := _freeze(connection):
        raise PromotionRefused(f"all is frozen by {freeze.who}: {freeze.reason}. Next: shadow unfreeze")
    hold = connection.execute("SELECT who, reason FROM holds WHERE unit = ?", (unit,)).fetchone()
    if hold is not None:
        raise PromotionRefused(f"{unit} is on hold by {hold[0]}: {hold[1]}. Next: shadow release {unit}")


def _move(connection: sqlite3.Connection, unit: str, to: Stage, entry: Move, hold: Hold | None, share: int = 0) -> None:
    values = (to, share, clock.now(), unit)
    connection.execute("UPDATE units SET stage = ?, share = ?, moved = ? WHERE unit = ?", values)
    connection.execute("UPDATE routes SET stage = ?, pairs = 0 WHERE unit = ?", (to, unit))
    if hold is not None:
        _lay(connection, hold)
    _enter(connection, entry)
    _grow_version(connection)


def _lay(connection: sqlite3.Connection, hold: Hold) -> None:
    connection.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?)", (hold.unit, hold.who, hold.at, hold.reason))


def _enter(connection: sqlite3.Connection, move: Move) -> None:
    """Append to the ledger, behind the entry that is the last now."""
    row = connection.execute("SELECT number, digest FROM ledger ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (row[0] + 1, row[1]) if row else (1, BEGINNING)
    entry = linked(move, number=number, at=clock.now(), previous=previous)
    connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
        (entry.number, entry.at, json.dumps(asdict(entry.move)), entry.previous, entry.digest),
    )


def _freeze(connection: sqlite3.Connection) -> Freeze | None:
    row = connection.execute("SELECT value FROM meta WHERE key = 'freeze'").fetchone()
    return Freeze(**json.loads(row[0])) if row else None


def _version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key = 'stages'").fetchone()
    return int(row[0]) if row else 0


def _grow_version(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('stages', ?)", (str(_version(connection) + 1),))
