"""Bodies of requests in a content coding: opened for what they say, and packed again when that was translated. Pure."""

from __future__ import annotations

import gzip

from shadow.compare.codings import CodingError, opened
from shadow.exchange import Request

_GZIP = frozenset({"gzip", "x-gzip"})


def plain_body(request: Request) -> bytes | None:
    """What the body says; None in a coding that cannot be undone and done again here (anything but gzip)."""
    codings = request.headers.get_all(b"content-encoding")
    if not codings:
        return request.body.data
    if len(codings) > 1 or codings[0].decode("latin-1").strip().lower() not in _GZIP:
        return None
    try:
        return opened(request.body.data, codings)
    except CodingError:
        return None


def packed(data: bytes, request: Request) -> bytes:
    """The same in the content coding of this request, which `plain_body` could open."""
    # Without the time, so that equal bodies are equal bytes.
    return gzip.compress(data, mtime=0) if request.headers.get(b"content-encoding") else data
