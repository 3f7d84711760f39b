"""What the head of a request has to be like; pure. What is refused here reaches no upstream.

The parser has refused what is malformed; these are the heads that are well formed and still mean two things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# RFC 9110 7.2: a registered name or an address, with a port; nothing that a parser of URLs could take for more.
_HOST = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]*", re.ASCII)


def refusal(version: str, hosts: Sequence[bytes], codings: Sequence[bytes]) -> int:
    """The status that a head with these values of Host and Transfer-Encoding is refused with; 0 when it is not."""
    if version not in ("1.1", "1.0"):
        return 505
    # RFC 9112 3.2
    if len(hosts) > 1 or (not hosts and version == "1.1") or (hosts and not _HOST.fullmatch(hosts[0])):
        return 400
    if not codings:
        return 0
    # RFC 9112 6.1, 6.3: without chunked at its end, or from a client of HTTP/1.0, nobody knows where the body ends.
    *inner, last = [coding.strip() for value in codings for coding in value.lower().split(b",")]
    if last != b"chunked" or version == "1.0":
        return 400
    return 501 if inner else 0


def origin_form(target: bytes, method: str) -> tuple[bytes, bytes | None] | None:
    """The target as an origin server gets it (RFC 9112 3.2) and the authority that it named, if it did.

    None when it is no target for an origin server.
    """
    if target.startswith(b"/") or (target == b"*" and method == "OPTIONS"):
        return target, None
    scheme, separator, rest = target.partition(b"://")
    end = min((place for place in (rest.find(b"/"), rest.find(b"?")) if place >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if not separator or scheme.lower() not in (b"http", b"https") or not authority or not _HOST.fullmatch(authority):
        return None
    if not path and method == "OPTIONS":
        return b"*", authority  # RFC 9112 3.2.4
    return (path if path.startswith(b"/") else b"/" + path), authority


def size_of(target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Bytes of a request's head, its method and version aside."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
