"""Frames: the bytes of a closed segment, as far as its zstd frames are whole.

A damaged file gives what stands before the damage and says so afterwards; nothing is raised for what is in it.
"""

from __future__ import annotations

from typing import BinaryIO, Protocol

import zstandard

# Compressed bytes at a time: what is good in the piece that holds the damage is lost, and a hostile one may unfold to
# thirty thousand times its size.
_PIECE = 512


class Bytes(Protocol):
    """What a segment is read through: a live file, or the frames of a closed one."""

    def read(self, size: int, /) -> bytes:
        """Some of the next bytes; none at the end."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Frames:
    """Reads through a compressed file; `broken` tells why it ended early, empty while all is well."""

    def __init__(self, file: BinaryIO) -> None:
        self.broken = ""
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False

    def read(self, _size: int, /) -> bytes:
        """The next bytes, as many as come at once; none at the end or at the damage."""
        while not self.broken:
            piece = self._file.read(_PIECE)
            if not piece:
                self.broken = "its compressed data is cut off" if self._begun and not self._frame.eof else ""
                return b""
            if found := self._unfolded(piece):
                return found
        return b""

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _unfolded(self, piece: bytes) -> bytes:
        found = b""
        try:
            while piece:
                if self._frame.eof:
                    self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._begun = True
                found += self._frame.decompress(piece)
                piece = self._frame.unused_data if self._frame.eof else b""
        except zstandard.ZstdError:
            self.broken = "its compressed data is damaged"
        return found
