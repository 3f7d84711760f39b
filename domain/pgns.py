"""Games of finished tasks, as workers upload them and as they are taken home."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from domain.names import pgn_name

Pgn = dict[str, Any]

BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class RunPgns:
    """All games of a run: how many bytes, and the bytes themselves in blocks, to be read once."""

    size: int
    blocks: Iterator[bytes]


class Pgns:
    """The ``pgns`` collection; nothing in it is unique, a repeated upload adds a document."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["pgns"]

    def add(self, run_id: str, task_id: int, pgn_zip: bytes) -> None:
        self._collection.insert_one({"run_id": pgn_name(run_id, task_id), "pgn_zip": pgn_zip, "size": len(pgn_zip)})

    def get(self, name: str) -> Pgn | None:
        """The games of one task, by ``RUN-TASK``; the first upload where there are several."""
        return self._collection.find_one({"run_id": name})

    def of_run(self, run_id: str) -> RunPgns | None:
        """Every upload of the run in the order of its tasks, one gzip member behind the other; None without any.

        Only what is needed to sort and to count is read at once. The games follow one document at a time, so the length
        of a run costs no memory, neither here nor for a sort in the database.
        """
        wanted = {"run_id": {"$regex": f"^{run_id}-[0-9]+$"}}
        found = sorted(self._collection.find(wanted, {"run_id": 1, "size": 1}), key=_task_number)
        if not found:
            return None
        return RunPgns(sum(pgn["size"] for pgn in found), in_blocks(self._games(pgn["_id"]) for pgn in found))

    def _games(self, pgn_id: Any) -> bytes:
        """One document's games. KeyError: it is gone since it was counted, so the download must break off."""
        pgn = self._collection.find_one({"_id": pgn_id}, {"pgn_zip": 1})
        if pgn is None:
            raise KeyError(f"pgn {pgn_id} was deleted while it was to be sent")
        return bytes(pgn["pgn_zip"])


def in_blocks(parts: Iterable[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """The same bytes cut anew: blocks of one size, the last one shorter."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _task_number(pgn: Pgn) -> int:
    return int(pgn["run_id"].rpartition("-")[2])
