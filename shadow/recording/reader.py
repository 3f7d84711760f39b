"""Read a recording: `Follower` while it grows, `scan` when it is finished.

Reads nothing twice and holds little: a chunk of each live segment. Files may be compressed or deleted under it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import orjson

from shadow.errors import RecordingError
from shadow.exchange import Exchange
from shadow.recording.format import FORMAT, Record, decode_header, decode_line, sequence_of
from shadow.recording.migrate import migrate
from shadow.recording.seal import Sealer
from shadow.recording.segments import Segment, locked, segments

# How much one `read` returns at most, as bytes on disk; a single longer line still comes.
READ_BYTES = 16 << 20
# No exchange is longer; a file without line ends must not fill the memory.
LINE_BYTES = 256 << 20
_CHUNK = 1 << 18
# Records taken from one writer before the next one has its turn.
_TURN = 64


class Follower:
    """New records of all writers of a folder, each writer's in sequence order, after the sequences in `after`.

    With a sealer the records come opened, else as they were written. `torn` counts lines that were cut off or cannot
    be read, `lost` sequence numbers whose segment was gone before it was read.
    """

    def __init__(self, folder: Path, sealer: Sealer | None = None, after: Mapping[str, int] | None = None) -> None:
        self._folder = folder
        self._sealer = sealer
        self._after = dict(after or {})
        self._tails: dict[str, Tail] = {}

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
        return found

    def close(self) -> None:
        """Let go of the open files."""
        for tail in self._tails.values():
            tail.close()

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
                taken += len(line)
                found += tail.record(line, self._sealer)
        return taken


class Tail:
    """The lines of one writer, segment after segment, from where it was left the last time.

    `known` are the writer's segments that are there, in order; the caller keeps it fresh.
    """

    def __init__(self, after: int | None) -> None:
        self.known: list[Segment] = []
        self.torn = 0
        self.lost = 0
        self._last = after
        self._passed = -1
        self._file: BinaryIO | None = None
        self._format = FORMAT
        self._rest = b""
        self._lines: deque[bytes] = deque()

    def take(self, limit: int, max_bytes: int) -> list[bytes]:
        """The next whole lines of records not seen yet; none when there are no more for now."""
        found: list[bytes] = []
        size = 0
        while len(found) < limit and size < max_bytes and (self._lines or self._fill()):
            line = self._lines.popleft()
            if self._new(line):
                found.append(line)
                size += len(line)
        return found

    def record(self, line: bytes, sealer: Sealer | None) -> list[Record]:
        """The record of a line, as a list of one; none, and counted as torn, when it is no record."""
        try:
            record = decode_line(migrate(orjson.loads(line), self._format))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            self.torn += 1
            return []
        return [sealer.open_exchange(record) if sealer and isinstance(record, Exchange) else record]

    def close(self) -> None:
        """Let go of the open file."""
        if self._file:
            self._file.close()
        self._file = None

    def _new(self, line: bytes) -> bool:
        """True for a record behind the last one; notes gaps and lines that are none."""
        sequence = sequence_of(line)
        if sequence < 0:
            self.torn += 1
            return False
        if self._last is not None and sequence <= self._last:
            return False
        if self._last is not None:
            self.lost += sequence - self._last - 1
        self._last = sequence
        return True

    def _fill(self) -> bool:
        """Read on until there are lines; False when there is nothing more for now."""
        while not self._lines:
            if self._file is None and not self._open_next():
                return False
            if not self._read_on():
                return False
        return True

    def _open_next(self) -> bool:
        """Open the segment in which the next record must be; False when there is none yet."""
        waiting = [segment for segment in self.known if segment.first > self._passed]
        begun = [segment for segment in waiting if segment.first <= (self._last or 0) + 1]
        for segment in begun[-1:] + waiting[len(begun) :]:
            self._passed = segment.first
            self._file = segment.open()
            if self._file:
                # Line one is written before the file has its name, so it is whole.
                head, _, rest = self._file.read(_CHUNK).partition(b"\n")
                self._format = decode_header(head, segment.live).format
                self._rest = b""
                self._split(rest)
                return True
        return False

    def _read_on(self) -> bool:
        """Read a chunk, or let go of a finished segment; False at the end of one that may still grow."""
        if self._lines or self._file is None:
            return True
        chunk = self._file.read(_CHUNK)
        if not chunk:
            # First whether it is finished, then the last look: the other way round a line could slip in between.
            if locked(self._file):
                return False
            chunk = self._file.read(_CHUNK)
        if chunk:
            self._split(self._rest + chunk)
            return True
        if self._rest:
            self.torn += 1
        self.close()
        return True

    def _split(self, data: bytes) -> None:
        *whole, self._rest = data.split(b"\n")
        self._lines.extend(whole)
        if len(self._rest) > LINE_BYTES:
            raise RecordingError(f"segment {self._passed} has a line of over {LINE_BYTES} bytes; move the file away")


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
