"""Rewrite a request for the shadow world: its cookies through the jar, every known name through the AliasBook.

Bytes that name nothing known stay as they are. A name is found where a whole value is one, and inside composites
such as `RUN-TASK`, in path segments, query, form fields, JSON strings and numbers, multipart fields and headers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes

from shadow.exchange import Body, Request
from shadow.headers import HeaderList
from shadow.mirror.jars import CopyCookies

# A run of characters that identifiers and tokens are made of, long enough not to be a word or a count.
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/=%-]{6,}")
# The parts of a composite: `65f0…-2`, `net.65f0…`, a UUID; a percent escape ends a part and is none.
_PART = re.compile(rb"%[0-9A-Fa-f]{2}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9]{6,}")
# Fields that describe the connection or the bytes, never a thing.
_PLAIN_HEADERS = frozenset(
    {b"cookie", b"content-length", b"content-type", b"host", b"accept", b"accept-encoding", b"accept-language"}
    | {b"user-agent", b"if-modified-since", b"if-unmodified-since", b"range", b"connection", b"date"}
)

Lookup = Callable[[str], str | None]


def translate(request: Request, cookies: CopyCookies, lookup: Lookup) -> Request:
    """The request as the shadow world must get it; `lookup` is the AliasBook's, in the scope of the client."""
    headers = _headers(request.headers, cookies.line, lookup)
    data = request.body.data
    if data and not request.headers.get(b"content-encoding"):
        data = rename(data, lookup)
    return replace(request, target=rename(request.target, lookup), headers=headers, body=Body.of(data))


def rename(text: bytes, lookup: Lookup) -> bytes:
    """The same bytes with every known name replaced by its other one."""
    return _TOKEN.sub(lambda found: _token(found.group(), lookup), text)


def _token(token: bytes, lookup: Lookup) -> bytes:
    """A whole token if it is known, then decoded, then its parts."""
    if (whole := _known(token, lookup)) is not None:
        return whole
    if b"%" in token:
        decoded = unquote_to_bytes(token)
        if (renamed := _known(decoded, lookup)) is not None:
            return quote(renamed, safe="").encode()
    if b"/" in token:
        return b"/".join(_token(part, lookup) for part in token.split(b"/"))
    name, equals, value = token.partition(b"=")
    if equals:
        return name + equals + _token(value, lookup)
    return _PART.sub(lambda found: _known(found.group(), lookup) or found.group(), token)


def _known(name: bytes, lookup: Lookup) -> bytes | None:
    try:
        found = lookup(name.decode("ascii"))
    except UnicodeDecodeError:
        return None
    return None if found is None else found.encode("ascii", "replace")


def _headers(headers: HeaderList, cookies: bytes, lookup: Lookup) -> HeaderList:
    pairs: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        folded = name.lower()
        if folded == b"cookie":
            if cookies:
                pairs.append((name, cookies))
                cookies = b""
        elif folded in _PLAIN_HEADERS:
            pairs.append((name, value))
        else:
            pairs.append((name, rename(value, lookup)))
    return HeaderList.of(pairs)
