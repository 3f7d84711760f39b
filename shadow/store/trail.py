"""The chain of the ledger: each entry's digest covers its content and the digest before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from shadow.store.values import LedgerEntry, Move

# What the first entry follows.
BEGINNING = ""


def linked(move: Move, *, number: int, at: float, previous: str) -> LedgerEntry:
    """The entry for this change behind the one with the digest `previous`."""
    text = json.dumps([number, at, asdict(move), previous], sort_keys=True, ensure_ascii=True)
    return LedgerEntry(number, at, move, previous, hashlib.sha256(text.encode()).hexdigest())


def broken_at(entries: Sequence[LedgerEntry]) -> int | None:
    """The number of the first entry that was changed, or that follows a removed one; None when all is as written."""
    previous = BEGINNING
    for place, entry in enumerate(entries, 1):
        if entry != linked(entry.move, number=place, at=entry.at, previous=previous):
            return place
        previous = entry.digest
    return None
