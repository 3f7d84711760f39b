"""Read a recording: `Follower` while it grows, `scan` when it is finished.

Reads nothing twice and holds little: a chunk of each live segment. Files may be compressed or deleted under it. What
is damaged is left out, counted, and told with its place; the rest is read.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from math import inf
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

_log = structlog.get_logger("shadow.recording")


class Follower:
    """New records of all writers of a folder, each writer's in sequence order, after the sequences in `after`.

    Of what is there, the record that ended first comes first, whoever wrote it: a reader that lags must not see one
    writer's present before another's past. What a writer has not written yet cannot be waited for here (`Merge`).
    With a sealer the records come opened, else as they were written. `torn` counts lines that were cut off or cannot
    be read, `lost` sequence numbers whose segment was gone before it was read. Each broken place is logged.
    """

    def __init__(self, folder: Path, sealer: Sealer | None = None, after: Mapping[str, int] | None = None) -> None:
        self._folder = folder
        self._sealer = sealer
        self._after = dict(after or {})
        self._tails: dict[str, Tail] = {}
        # The next record of each writer that has one, and its bytes on disk.
        self._heads: dict[str, tuple[Record, int]] = {}

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

    @property
    def unread_from(self) -> float:
        """When the first record ended that is there and was not read (CLOCK_MONOTONIC s); infinity: all was read."""
        heads = (record.ended if isinstance(record, Exchange) else 0.0 for record, _ in self._heads.values())
        return min(heads, default=inf)

    def read(self, limit: int, max_bytes: int = READ_BYTES) -> list[Record]:
        """What is newly there, up to `limit` records or about `max_bytes`; never waits for more."""
        self._look()
        found: list[Record] = []
        waiting = [entry for writer in self._tails if (entry := self._head(writer))]
        heapq.heapify(waiting)
        while waiting and len(found) < limit and max_bytes > 0:
            writer = waiting[0][1]
            record, size = self._heads.pop(writer)
            found.append(record)
            max_bytes -= size
            if entry := self._head(writer):
                heapq.heapreplace(waiting, entry)
            else:
                heapq.heappop(waiting)
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

    def _head(self, writer: str) -> tuple[float, str] | None:
        """When this writer's next record ended, and the writer; None when there is none for now."""
        tail = self._tails[writer]
        while writer not in self._heads and (lines := tail.take(1, LINE_BYTES)):
            for record in tail.record(lines[0], self._sealer):
                self._heads[writer] = record, len(lines[0].data)
        return (_ended_at(self._heads[writer][0]), writer) if writer in self._heads else None


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
