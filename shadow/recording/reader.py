"""Read a recording: `Follower` while it grows, `scan` when it is finished.

Reads nothing twice and holds little: a chunk of each live segment. Files may be compressed or deleted under it. What
is damaged is left out, counted, and told with its place; the rest is read.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from shadow.errors import RecordingError
from shadow.exchange import Exchange
from shadow.recording.format import Record
from shadow.recording.seal import Sealer
from shadow.recording.segments import Segment, segments
from shadow.recording.tail import LINE_BYTES, Break, Tail

# How much one `read` returns at most, as bytes on disk; a single longer line still comes.
READ_BYTES = 16 << 20
# Records taken from one writer before the next one has its turn.
_TURN = 64

_log = structlog.get_logger("shadow.recording")


class Follower:
    """New records of all writers of a folder, each writer's in sequence order, after the sequences in `after`.

    With a sealer the records come opened, else as they were written. `torn` counts lines that were cut off or cannot
    be read, `lost` sequence numbers whose segment was gone before it was read. Each broken place is logged.
    """

    def __init__(self, folder: Path, sealer: Sealer | None = None, after: Mapping[str, int] | None = None) -> None:
        self._folder = folder
        self._sealer = sealer
        self._after = dict(after or {})
        self._tails: dict[str, Tail] = {}

    @property
    def ended(self) -> bool:
        """Never true: the proxies may always append."""
        return False

    @property
    def torn(self) -> int:
        """Lines that were skipped because they are cut off or no records."""
        return sum(tail.torn for tail in self._tails.values())

    @property
    def lost(self) -> int:
        """Sequence numbers that were deleted before they were read."""
        return sum(tail.lost for tail in self._tails.values())

    def read(self, limit: int, max_bytes: int = READ_BYTES) -> list[Record]:
        """What is newly there, up to `limit` records or about `max_bytes`; never waits for more."""
        found: list[Record] = []
        taken = self._round(found, limit, max_bytes)
        if len(found) < limit and taken < max_bytes:
            self._look()
            self._round(found, limit, max_bytes - taken)
        self._log_breaks()
        return found

    def close(self) -> None:
        """Let go of the open files."""
        for tail in self._tails.values():
            tail.close()

    def _log_breaks(self) -> None:
        for tail in self._tails.values():
            for one in tail.unlogged():
                _log.error("recording.broken", segment=one.segment, line=one.line, offset=one.offset, why=one.why)

    def _look(self) -> None:
        known: dict[str, list[Segment]] = {}
        for segment in segments(self._folder):
            known.setdefault(segment.writer, []).append(segment)
        for writer, found in known.items():
            if writer not in self._tails:
                self._tails[writer] = Tail(self._after.get(writer))
            self._tails[writer].known = found

    def _round(self, found: list[Record], limit: int, max_bytes: int) -> int:
        """Take from each writer in turn until all are dry or a bound is reached; returns the bytes taken."""
        taken = 0
        active = deque(self._tails.values())
        while active and len(found) < limit and taken < max_bytes:
            tail = active.popleft()
            lines = tail.take(min(_TURN, limit - len(found)), max_bytes - taken)
            if lines:
                active.append(tail)
            for line in lines:
                taken += len(line.data)
                found += tail.record(line, self._sealer)
        return taken


class Scan:
    """All records of a finished recording; those of different writers merged by the time at which they ended."""

    def __init__(self, folder: Path, sealer: Sealer | None = None) -> None:
        self._sealer = sealer
        self._tails: dict[str, Tail] = {}
        for segment in segments(folder):
            self._tails.setdefault(segment.writer, Tail(0)).known.append(segment)
        if not self._tails:
            raise RecordingError(f"{folder}: no recording there (no *.jsonl or *.jsonl.zst); check the path")

    @property
    def torn(self) -> int:
        """Lines that were skipped because they are cut off or no records."""
        return sum(tail.torn for tail in self._tails.values())

    @property
    def breaks(self) -> list[Break]:
        """Where it is damaged, as far as it was read."""
        return [one for tail in self._tails.values() for one in tail.breaks]

    def __iter__(self) -> Iterator[Record]:
        return heapq.merge(*(self._records(tail) for tail in self._tails.values()), key=_ended_at)

    def _records(self, tail: Tail) -> Iterator[Record]:
        try:
            while lines := tail.take(1, LINE_BYTES):
                yield from tail.record(lines[0], self._sealer)
        finally:
            tail.close()


def scan(folder: Path, sealer: Sealer | None = None) -> Scan:
    """All records of a finished recording; RecordingError when there is none."""
    return Scan(folder, sealer)


def _ended_at(record: Record) -> float:
    return record.started_at + record.duration if isinstance(record, Exchange) else record.at
