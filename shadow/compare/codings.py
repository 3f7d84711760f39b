"""Undo content codings within a limit, so that a small bomb stays small.

What cannot be undone is a value too: the caller learns why. Nothing here trusts a length that the data tells.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import brotli
import zstandard

# Bounds the memory of one pair: what opens to more stays closed.
LIMIT = 2 * 1024 * 1024
_MOST = 5  # codings on one body; more is no service to anyone
_MEMBERS = 100  # of one gzip stream, or frames of a zstd one

_WINDOW = 8 << 20  # RFC 9659 allows no larger one for zstd


class CodingError(ValueError):
    """A content coding that is unknown, broken or opens to too much."""


def opened(data: bytes, fields: Sequence[bytes]) -> bytes:
    """The body with its content codings undone, last one first (RFC 9110 8.4); raises CodingError."""
    named = [item.strip().lower() for field in fields for item in field.decode("latin-1").split(",")]
    codings = [item for item in named if item and item != "identity"]
    if len(codings) > _MOST:
        raise CodingError(f"{len(codings)} codings on one body")
    for coding in reversed(codings):
        data = _undo(coding, data) if data else data
    return data


def _undo(coding: str, data: bytes) -> bytes:
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(data, 31)
        if coding == "deflate":
            # RFC 9110 8.4.1.2: some send the raw stream without the zlib wrapper.
            return _inflate(data, 15 if data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0 else -15)
        if coding == "br":
            return _brotli(data)
        if coding == "zstd":
            return _zstd(data)
    except (zlib.error, zstandard.ZstdError, brotli.error, EOFError) as error:
        raise CodingError(f"{coding}: {error}") from None
    raise CodingError(f"{coding}: cannot be undone here")


def _inflate(data: bytes, window: int) -> bytes:
    """Every member of a zlib stream, none beyond the limit; a stream that ends early is broken."""
    parts: list[bytes] = []
    size = 0
    while data:
        stream = zlib.decompressobj(window)
        parts.append(stream.decompress(data, LIMIT + 1 - size))
        size += len(parts[-1])
        _within(size)
        if not stream.eof:
            raise CodingError("the stream ends early")
        if len(parts) > _MEMBERS:
            raise CodingError(f"more than {_MEMBERS} members")
        data = stream.unused_data  # a copy, which is why members are counted
    return b"".join(parts)


def _brotli(data: bytes) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = [stream.process(data, output_buffer_limit=LIMIT + 1)]
    size = len(parts[0])
    # The buffer's limit is a hint: what is left comes in further calls without input.
    while not stream.is_finished():
        _within(size)
        if stream.can_accept_more_data():
            raise CodingError("the stream ends early")
        parts.append(stream.process(b"", output_buffer_limit=LIMIT + 1))
        size += len(parts[-1])
    _within(size)
    return b"".join(parts)


def _zstd(data: bytes) -> bytes:
    """Every frame of a zstd stream. The reader knows a limit but not whether a frame was whole: that is asked next."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    found = decompressor.stream_reader(data, read_across_frames=True).read(LIMIT + 1)
    _within(len(found))
    for _ in range(_MEMBERS):
        frame = decompressor.decompressobj()
        frame.decompress(data)
        if not frame.eof:
            raise CodingError("the stream ends early")
        data = frame.unused_data
        if not data:
            return found
    raise CodingError(f"more than {_MEMBERS} frames")


def _within(size: int) -> None:
    if size > LIMIT:
        raise CodingError(f"opens to more than {LIMIT} bytes")
