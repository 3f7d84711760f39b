"""What ends at this hop and what is added at it; pure.

The proxy and the mirror forward header fields through these functions only, so a copy carries what the original did.
"""

from __future__ import annotations

from collections.abc import Iterable

from shadow.headers import HeaderList

# RFC 9110 7.6.1. Trailer goes with them, since trailer fields are dropped here (RFC 9110 6.5.1 allows it), and Expect,
# which is said anew only where the client still waits with its body.
_ENDS_HERE = frozenset(
    {b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# A client that names these in Connection would cut up the message itself (RFC 9110 7.6.1 forbids it to).
_STAYS = frozenset({b"host", b"content-length", b"content-type"})
# What Connection says nearly always; it names no field.
_USUAL = frozenset({b"keep-alive", b"close", b"Keep-Alive", b"Close"})
_MARKS = b"x-shadow-"
_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> HeaderList:
    """The fields without those that end at this hop, among them the ones that Connection names."""
    kept = []
    named: set[bytes] = set()
    for pair in headers:
        name = pair[0].lower()
        if name not in _ENDS_HERE:
            kept.append(pair)
        elif name == b"connection" and pair[1] not in _USUAL:
            named |= connection_options(pair[1])
    if named and (named := named - _ENDS_HERE - _STAYS):
        kept = [pair for pair in kept if pair[0].lower() not in named]
    return HeaderList(tuple(kept))


def connection_options(value: bytes) -> set[bytes]:
    """The options of one Connection field, in lower case."""
    return {option.strip() for option in value.lower().split(b",")} - {b""}


def forwarded(
    headers: Iterable[tuple[bytes, bytes]], peer: str, scheme: str, host: bytes, trusted_hops: int
) -> HeaderList:
    """The fields with X-Forwarded-For, -Proto and -Host, and without shadow marks that a client sent.

    `trusted_hops` is the number of proxies in front of this one. What they wrote is kept, what stands left of it is
    a client's claim and goes; with 0 every X-Forwarded field that came in goes.
    """
    kept = []
    came: dict[bytes, list[bytes]] = {}
    for pair in headers:
        name = pair[0].lower()
        if name.startswith(b"x"):
            # WSGI and CGI give an application X_Shadow_Request under the same name as X-Shadow-Request.
            name = name.replace(b"_", b"-")
            if name in _FORWARDED:
                came.setdefault(name, []).append(pair[1])
                continue
            if name.startswith(_MARKS):
                continue
        kept.append(pair)
    addresses = [peer.encode("latin-1")]
    proto = scheme.encode()
    if trusted_hops > 0:
        addresses = _addresses(came)[-trusted_hops:] + addresses
        proto = _told(came, b"x-forwarded-proto") or proto
        host = _told(came, b"x-forwarded-host") or host
    kept.append((b"X-Forwarded-For", b", ".join(addresses)))
    kept.append((b"X-Forwarded-Proto", proto))
    if host:
        kept.append((b"X-Forwarded-Host", host))
    return HeaderList(tuple(kept))


def client_address(headers: HeaderList, peer: str, trusted_hops: int) -> str:
    """Who stands before the trusted proxies; `peer`, the address of the connection, when there are none."""
    if trusted_hops <= 0:
        return peer
    addresses = _addresses({b"x-forwarded-for": headers.get_all(b"x-forwarded-for")})[-trusted_hops:]
    return addresses[0].decode("latin-1") if addresses else peer


def _addresses(came: dict[bytes, list[bytes]]) -> list[bytes]:
    joined = b",".join(came.get(b"x-forwarded-for", ()))
    return [address.strip() for address in joined.split(b",") if address.strip()]


def _told(came: dict[bytes, list[bytes]], name: bytes) -> bytes:
    values = came.get(name)
    return values[-1].strip() if values else b""
