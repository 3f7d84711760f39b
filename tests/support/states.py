"""Databases in memory for `state_diff`, in the bytes that a server would send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import bson

from shadow.state.diff import StateDiff, state_diff

TODAY = date(2026, 1, 15)


@dataclass
class Memory:
    """A database as a mapping from collections to documents."""

    content: Mapping[str, Sequence[Mapping[str, Any]]]

    def collections(self) -> Sequence[str]:
        return list(self.content)

    def documents(self, collection: str) -> Iterable[bytes]:
        return map(bson.encode, self.content.get(collection, ()))


def diff(primary: Mapping[str, Any], candidate: Mapping[str, Any], *ignore: str, **more: Any) -> StateDiff:
    """Compare two databases given as collections of documents."""
    return state_diff(Memory(primary), Memory(candidate), ignore=ignore, today=TODAY, **more)


def places(found: StateDiff) -> list[tuple[str, str]]:
    """Kind and place of each difference."""
    return [(one.kind, one.place) for one in found.differences]
