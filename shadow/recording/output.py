"""Output: lines to segment files, exactly once each, over short writes, full disks and folders that go away.

Used by the writer's thread alone. Every method but `put` may raise OSError; what was not written yet is kept and goes
out with the next `flush`, from the very byte at which the disk had stopped.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path

import structlog

from shadow import clock
from shadow.recording import index
from shadow.recording.format import Header, encode_header
from shadow.recording.segments import Segment, compress, create, segments

_log = structlog.get_logger("shadow.recording")


class Output:
    """The segments of one writer, one after the other. `pending` counts lines that are not written out."""

    def __init__(self, folder: Path, writer: str, key_name: str, segment_bytes: int) -> None:
        self._folder = folder
        self._writer = writer
        self._key_name = key_name
        self._segment_bytes = segment_bytes
        self._lines: deque[tuple[int, bytes, Mapping[tuple[str, str], int]]] = deque()
        # Bytes of the first pending line that the disk has taken already.
        self._taken = 0
        self._handle = -1
        self._segment: Segment | None = None
        self._size = 0
        self._last = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def pending(self) -> int:
        """Lines that are not, or not wholly, written."""
        return len(self._lines)

    def put(self, sequence: int, line: bytes, counts: Mapping[tuple[str, str], int]) -> None:
        """Add a line; `counts` says how many exchanges of which route and method it stands for."""
        self._lines.append((sequence, line, counts))

    def flush(self) -> None:
        """Write all pending lines; close the segment when it has reached its size."""
        while self._lines:
            self._ensure_open()
            data = b"".join([line for _, line, _ in self._lines])
            self._account(os.write(self._handle, memoryview(data)[self._taken :]))
        if self._size >= self._segment_bytes:
            self.close()

    def close(self) -> None:
        """End the present segment, if there is one: compress it and write down what is in it."""
        segment, handle = self._segment, self._handle
        self._segment, self._handle, self._taken = None, -1, 0
        if segment is None:
            return
        os.close(handle)
        # A segment that cannot be compressed is as good as one that was left behind: still readable.
        with contextlib.suppress(OSError):
            compress(segment)
            index.write(segment, index.Summary(segment.first, self._last, dict(self._counts)))

    def adopt(self) -> None:
        """Compress what processes that were killed have left behind in the folder."""
        for segment in segments(self._folder):
            try:
                if segment.live.exists() and segment.finished():
                    compress(segment)
            except OSError as error:
                _log.warning("recording.left_behind", segment=segment.live.name, error=error.strerror)

    def _ensure_open(self) -> None:
        if self._handle >= 0 and os.fstat(self._handle).st_nlink:
            return
        if self._handle >= 0:
            # Somebody removed the file: what it held is gone, what is pending goes into a new one.
            os.close(self._handle)
            self._handle, self._taken = -1, 0
        segment = Segment(self._folder, self._writer, self._lines[0][0])
        head = encode_header(Header(self._writer, segment.first, clock.now(), self._key_name))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._handle = create(segment, head)
        self._segment, self._size, self._counts = segment, len(head), Counter()

    def _account(self, written: int) -> None:
        """Drop the lines that the disk has taken, and remember how far the first of the rest has got."""
        self._size += written
        self._taken += written
        while self._lines and self._taken >= len(self._lines[0][1]):
            self._last, line, counts = self._lines.popleft()
            self._taken -= len(line)
            self._counts.update(counts)
