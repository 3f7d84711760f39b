"""The byte budget of a recording folder, and the mark up to which its exchanges are judged.

Past the budget the oldest segments that are finished and judged go first. When that is not enough, nothing is
deleted: the folder is full, and the writer sheds until the mirror has caught up.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from shadow.recording import index
from shadow.recording.segments import Segment, segments

JUDGED = "judged.json"


def write_judged(folder: Path, after: Mapping[str, int]) -> None:
    """Note, atomically, up to which sequence the exchanges of each writer have their outcome."""
    part = folder / f".{JUDGED}.{os.getpid()}.part"
    part.write_bytes(orjson.dumps(dict(after)))
    part.rename(folder / JUDGED)


def read_judged(folder: Path) -> dict[str, int]:
    """What `write_judged` noted last; nothing counts as judged when that cannot be read."""
    try:
        values = orjson.loads((folder / JUDGED).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {writer: sequence for writer, sequence in values.items() if isinstance(sequence, int)}


def keep(folder: Path, max_bytes: int) -> bool:
    """Bring the folder down to its budget as far as judged segments allow; True when there is room again."""
    known = segments(folder)
    used = sum(segment.size() for segment in known)
    if used < max_bytes:
        return True
    for segment in _removable(known, read_judged(folder)):
        used -= segment.size()
        segment.delete()
        if used < max_bytes:
            return True
    return False


def _removable(known: list[Segment], judged: Mapping[str, int]) -> list[Segment]:
    """Finished segments whose last exchange is judged, oldest first."""
    found = [
        segment
        for segment in known
        if segment.first <= judged.get(segment.writer, 0)
        and segment.finished()
        and index.summary(segment).last <= judged[segment.writer]
    ]
    return sorted(found, key=Segment.made_at)
