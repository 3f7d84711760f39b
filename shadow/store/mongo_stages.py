"""MongoDB: the board as one document, heartbeats, ledger.

Whoever changes the board writes this document, so of two changes at once one begins again: they take turns, and the
ledger's entries with them. Clean pairs of canaries stand apart, for the mirrors add to them all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, astuple

from pymongo import DESCENDING

from shadow import clock
from shadow.store import limits
from shadow.store.board import Board, Member, Place
from shadow.store.forms import as_text, move_of
from shadow.store.mongo_database import Document, MongoDatabase
from shadow.store.stages import BoardStages
from shadow.store.trail import BEGINNING, linked
from shadow.store.values import Freeze, Handover, Heartbeat, Hold, LedgerEntry, Move, Phase
from shadow.words import Stage

_BOARD = {"_id": "board"}


class Stages(BoardStages):
    """The stage map, moves, handovers, heartbeats, ledger."""

    _database: MongoDatabase

    def now(self) -> float:
        """The server's clock: those of the machines differ."""
        return self._database.now()

    def version(self) -> int:
        """Grows with each change of the stage map. One field of one document by its key."""
        with self._database.asking():
            found = self._database["board"].find_one(_BOARD, {"version": 1})
        return found["version"] if found else 0

    def _board(self) -> Board:
        return self._database.transact(lambda: load_board(self._database))

    def _change(self, change: Callable[[Board], None], entry: Move | None = None) -> None:
        def once() -> None:
            board = load_board(self._database)
            before = _document(board)
            change(board)
            if _document(board) != before:
                self._database["board"].replace_one(_BOARD, _document(board), upsert=True)
                _forget_pairs(self._database, board)
            if entry is not None:
                enter(self._database, entry)

        self._database.transact(once)

    def beat(self, heartbeat: Heartbeat) -> None:
        """A proxy says that it is alive."""
        beats = self._database["heartbeats"]
        told = {"seen": heartbeat.seen, "drained": sorted(heartbeat.drained)}
        oldest = self.now() - limits.PROXY_AGE
        with self._database.asking():
            beats.replace_one({"_id": heartbeat.proxy}, told, upsert=True)
            beats.delete_many({"seen": {"$lt": oldest}})

    def heartbeats(self) -> list[Heartbeat]:
        """The proxies heard of within the last day."""
        with self._database.asking():
            found = list(self._database["heartbeats"].find().sort("_id"))
        return [Heartbeat(one["_id"], one["seen"], frozenset(one["drained"])) for one in found]

    def ledger(self) -> list[LedgerEntry]:
        """Every change, oldest first."""
        with self._database.asking():
            found = list(self._database["ledger"].find().sort("_id"))
        return [
            LedgerEntry(one["_id"], one["at"], move_of(one["move"]), one["previous"], one["digest"]) for one in found
        ]


def load_board(database: MongoDatabase) -> Board:
    """The board as it stands in this transaction."""
    kept = database["board"].find_one(_BOARD)
    if kept is None:
        return Board()
    pairs = {one["_id"]: one["count"] for one in database["pairs"].find()}
    return Board(
        version=kept["version"],
        units={unit: Place(Stage(stage), share, moved) for unit, stage, share, moved in kept["units"]},
        routes={route: Member(unit, Stage(stage), pairs.get(route, 0)) for route, unit, stage in kept["routes"]},
        holds={one["unit"]: Hold(**one) for one in kept["holds"]},
        handovers={one["unit"]: _handover(one) for one in kept["handovers"]},
        freeze=Freeze(**kept["freeze"]) if kept["freeze"] else None,
    )


def _document(board: Board) -> Document:
    """The board as it is kept; names of routes and units are values, for a key could not hold every one."""
    return {
        "version": board.version,
        "units": [[unit, *astuple(place)] for unit, place in board.units.items()],
        "routes": [[route, member.unit, member.stage] for route, member in board.routes.items()],
        "holds": [asdict(hold) for hold in board.holds.values()],
        "handovers": [asdict(one) for one in board.handovers.values()],
        "freeze": asdict(board.freeze) if board.freeze else None,
    }


def _handover(kept: Document) -> Handover:
    words = {"origin": Stage(kept["origin"]), "to": Stage(kept["to"]), "phase": Phase(kept["phase"])}
    return Handover(**{**kept, **words})


def _forget_pairs(database: MongoDatabase, board: Board) -> None:
    """The pairs of routes whose canary took a step, or ended."""
    counted = [route for route, member in board.routes.items() if member.pairs]
    database["pairs"].delete_many({"_id": {"$nin": counted}})


def enter(database: MongoDatabase, move: Move) -> None:
    """Append to the ledger, behind the entry that is the last now."""
    last = database["ledger"].find_one(sort=[("_id", DESCENDING)])
    number, previous = (last["_id"] + 1, last["digest"]) if last else (1, BEGINNING)
    entry = linked(move, number=number, at=clock.now(), previous=previous)
    database["ledger"].insert_one(
        {
            "_id": entry.number,
            "at": entry.at,
            "move": as_text(entry.move),
            "previous": entry.previous,
            "digest": entry.digest,
        }
    )
