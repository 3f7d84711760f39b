"""Tail: the lines of one writer, whatever state its files are in, and where they are damaged."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from shadow.errors import NewerFormat, RecordingError, SealError
from shadow.exchange import Exchange
from shadow.recording.format import Header, Record, decode_header, decode_line, sequence_of
from shadow.recording.frames import Bytes, Frames
from shadow.recording.migrate import migrate
from shadow.recording.seal import Sealer
from shadow.recording.segments import Segment, locked

# No exchange is longer; a file without line ends must not fill the memory.
LINE_BYTES = 256 << 20
_CHUNK = 1 << 18
# So many broken places of one writer are told one by one; the rest is only counted.
_TOLD = 100


@dataclass(frozen=True, slots=True)
class Break:
    """Where a recording is damaged: the line of the segment from 1, and the byte of its (decompressed) text."""

    segment: str
    line: int
    offset: int
    why: str

    def __str__(self) -> str:
        return f"{self.segment} line {self.line} (byte {self.offset}): {self.why}"


class Line(NamedTuple):
    """One line of a segment, and where it stands."""

    data: bytes
    number: int
    offset: int
    segment: str
    header: Header


class Tail:
    """The lines of one writer, segment after segment, from where it was left the last time.

    `known` are the writer's segments that are there, in order; the caller keeps it fresh.
    """

    def __init__(self, after: int | None) -> None:
        self.known: list[Segment] = []
        self.torn = 0
        self.lost = 0
        self.breaks: list[Break] = []
        self._logged = 0
        self._last = after
        self._passed = -1
        self._file: Bytes | None = None
        self._name = ""
        self._header: Header
        self._rest = b""
        # Of the first line that is not split off yet.
        self._number = self._offset = 0
        self._lines: deque[Line] = deque()

    def take(self, limit: int, max_bytes: int) -> list[Line]:
        """The next whole lines of records not seen yet; none when there are no more for now."""
        found: list[Line] = []
        size = 0
        while len(found) < limit and size < max_bytes and (self._lines or self._fill()):
            line = self._lines.popleft()
            if self._new(line):
                found.append(line)
                size += len(line.data)
        return found

    def record(self, line: Line, sealer: Sealer | None) -> list[Record]:
        """The record of a line, as a list of one; none, and a break, when it is no record."""
        try:
            record = decode_line(migrate(orjson.loads(line.data), line.header.format))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            return self._broken(line, "no record")
        if sealer is None or not isinstance(record, Exchange):
            return [record]
        try:
            return [sealer.open_exchange(record)]
        except SealError:
            if line.header.key != sealer.key_name:
                raise
            return self._broken(line, "a seal in it is damaged")

    def unlogged(self) -> list[Break]:
        """The breaks found since the last call."""
        found = self.breaks[self._logged :]
        self._logged = len(self.breaks)
        return found

    def close(self) -> None:
        """Let go of the open file."""
        if self._file:
            self._file.close()
        self._file = None

    def _broken(self, line: Line, why: str) -> list[Record]:
        self._note(line.segment, line.number, line.offset, why)
        return []

    def _note(self, segment: str, number: int, offset: int, why: str) -> None:
        self.torn += 1
        if len(self.breaks) < _TOLD:
            self.breaks.append(Break(segment, number, offset, why))

    def _new(self, line: Line) -> bool:
        """True for a record behind the last one; notes gaps and lines that are none."""
        sequence = sequence_of(line.data)
        if sequence < 0:
            self._broken(line, "no record")
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
            if self._file and self._begin(segment, self._file):
                return True
        return False

    def _begin(self, segment: Segment, file: Bytes) -> bool:
        """Read line one, which is written before the file has its name; False, and a break, when it is none."""
        text = b""
        while b"\n" not in text and len(text) < _CHUNK and (piece := file.read(_CHUNK)):
            text += piece
        head, _, rest = text.partition(b"\n")
        self._name = segment.live.name
        try:
            self._header = decode_header(head, segment.live)
        except NewerFormat:
            raise
        except RecordingError:
            self._note(self._name, 1, 0, _damage(file) or "it does not begin like a recording; none of it is read")
            self.close()
            return False
        self._rest, self._number, self._offset = b"", 2, len(head) + 1
        self._split(rest)
        return True

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
        if why := _damage(self._file) or ("a line that is cut off" if self._rest else ""):
            self._note(self._name, self._number, self._offset, why)
        self.close()
        return True

    def _split(self, data: bytes) -> None:
        *whole, self._rest = data.split(b"\n")
        for text in whole:
            self._lines.append(Line(text, self._number, self._offset, self._name, self._header))
            self._number += 1
            self._offset += len(text) + 1
        if len(self._rest) > LINE_BYTES:
            raise RecordingError(f"segment {self._passed} has a line of over {LINE_BYTES} bytes; move the file away")


def _damage(file: Bytes) -> str:
    """Why a compressed file ended early; nothing for one that did not, and for a live one."""
    return file.broken if isinstance(file, Frames) else ""
