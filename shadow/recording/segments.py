"""Segments: the files of a recording folder, their names, locks and life.

    <writer>-<first sequence>.jsonl        being written, or left behind by a process that was killed
    <writer>-<first sequence>.jsonl.zst    closed
    <writer>-<first sequence>.index.json   what `index.py` knows of a closed one
    .<name>.part                           being made; not there yet as far as readers are concerned

A live segment is locked (flock) from before it has its name until nothing more is written to it. So a segment that
is not locked is finished, whether its process ended in order or was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import zstandard

from shadow.recording.frames import Bytes, Frames

LIVE = ".jsonl"
CLOSED = ".jsonl.zst"
INDEX = ".index.json"
_LEVEL = 3
_NAME = re.compile(r"(?P<writer>.+)-(?P<first>[0-9]+)(?P<suffix>\.jsonl|\.jsonl\.zst)")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, by its names; which of its files exists may change at any moment."""

    folder: Path
    writer: str
    first: int

    @property
    def live(self) -> Path:
        """The file that is being written, until it is compressed."""
        return self.folder / f"{self.writer}-{self.first}{LIVE}"

    @property
    def closed(self) -> Path:
        """The compressed file."""
        return self.folder / f"{self.writer}-{self.first}{CLOSED}"

    @property
    def index(self) -> Path:
        """The file with what is known of the closed segment."""
        return self.folder / f"{self.writer}-{self.first}{INDEX}"

    def size(self) -> int:
        """Bytes on disk, 0 once it is gone."""
        for path in (self.closed, self.live):
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_size
        return 0

    def made_at(self) -> float:
        """When something was last written to it (unix seconds), 0 once it is gone."""
        for path in (self.live, self.closed):
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_mtime
        return 0.0

    def finished(self) -> bool:
        """True when nothing more will be written to it."""
        try:
            with self.live.open("rb") as file:
                return not locked(file)
        except FileNotFoundError:
            return True

    def open(self) -> Bytes | None:
        """Its bytes from the beginning, None once it is gone. The handle outlives compression and deletion."""
        # Twice: the file may be compressed between the first look and the second.
        for _ in range(2):
            with contextlib.suppress(FileNotFoundError):
                return self.live.open("rb")
            with contextlib.suppress(FileNotFoundError):
                return Frames(self.closed.open("rb"))
        return None

    def delete(self) -> None:
        """Remove its files."""
        for path in (self.live, self.closed, self.index):
            path.unlink(missing_ok=True)


def segments(folder: Path) -> list[Segment]:
    """All segments of a folder by writer and sequence; none of a folder that is not there."""
    found: set[tuple[str, int]] = set()
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            name = _NAME.fullmatch(entry.name)
            if name and not entry.name.startswith("."):
                found.add((name["writer"], int(name["first"])))
    return [Segment(folder, writer, first) for writer, first in sorted(found)]


def create(segment: Segment, head: bytes) -> int:
    """A handle to a new segment that begins with `head`; readers see it locked from the first moment."""
    part = segment.folder / f".{segment.live.name}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(handle, head)
        part.rename(segment.live)
    except BaseException:
        os.close(handle)
        raise
    return handle


def compress(segment: Segment) -> None:
    """Replace a finished segment by its compressed form, so that one of the two is there at every moment."""
    part = segment.folder / f".{segment.closed.name}.part"
    with segment.live.open("rb") as source:
        # Whoever else compresses what a killed process left behind does so before or after, not beside.
        fcntl.flock(source, fcntl.LOCK_EX)
        _copy_compressed(source, part)
        part.rename(segment.closed)
        segment.live.unlink(missing_ok=True)


def _copy_compressed(source: BinaryIO, part: Path) -> None:
    with part.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).copy_stream(source, target)
        target.flush()
        os.fsync(target.fileno())


def locked(file: Bytes) -> bool:
    """True while this file is being written; a compressed one never is."""
    if not isinstance(file, BufferedReader):
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
