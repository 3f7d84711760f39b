"""Header fields of a request that the harness sends by itself, beside those of clients."""

from __future__ import annotations

from shadow.exchange import Request
from shadow.headers import HeaderList
from shadow.http.hops import end_to_end, forwarded

MARK = (b"X-Shadow-Request", b"1")


def copy_headers(request: Request, trusted_hops: int) -> HeaderList:
    """The fields of a copy: what the proxy would forward, the length of the translated body, and the mark."""
    headers = forwarded(
        end_to_end(request.headers), request.peer, request.scheme, request.headers.get(b"host") or b"", trusted_hops
    )
    headers = headers.without(b"content-length", b"expect")
    if request.body.size or request.method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
        headers = headers.adding(b"Content-Length", str(request.body.size).encode())
    return headers.adding(*MARK)
