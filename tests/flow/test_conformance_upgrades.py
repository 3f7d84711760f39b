"""WebSockets pass frame by frame, and an upgrade is no way to get bytes to an upstream that it takes for a request."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SMUGGLED = b"POST /internal/flush HTTP/1.1\r\nHost: h\r\nX-Shadow-Request: 1\r\nContent-Length: 0\r\n\r\n"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x37\xfa\x21\x3d"


def masked(data: bytes) -> bytes:
    """RFC 6455 5.3; masking twice gives back what was."""
    return bytes(octet ^ MASK[place % 4] for place, octet in enumerate(data))


def frame(opcode: int, data: bytes, *, final: bool = True, mask: bool = True) -> bytes:
    """One frame, as a client sends it unless it is not masked."""
    size = len(data)
    if size < 126:
        length = struct.pack("!B", size | mask << 7)
    elif size < 1 << 16:
        length = struct.pack("!BH", 126 | mask << 7, size)
    else:
        length = struct.pack("!BQ", 127 | mask << 7, size)
    return bytes([opcode | final << 7]) + length + (MASK + masked(data) if mask else data)


def read_frame(wire: Wire) -> tuple[int, bool, bytes]:
    """Opcode, whether it is the last of its message, and what it holds."""
    first, second = wire.exactly(2)
    size = second & 0x7F
    if size > 125:
        size = int.from_bytes(wire.exactly(2 if size == 126 else 8), "big")
    mask = wire.exactly(4) if second >> 7 else b""
    data = wire.exactly(size)
    return first & 0xF, bool(first >> 7), masked(data) if mask else data


def _websocket(upstream: Upstream, wire: Wire) -> None:
    """An echoing server: gives each frame back as it came, answers pings, and closes with the code that it got."""
    upstream.seen.put(wire.head())
    wire.send(SWITCHED)
    while True:
        opcode, final, data = read_frame(wire)
        wire.send(frame(PONG if opcode == PING else opcode, data, final=final, mask=False))
        if opcode == CLOSE:
            upstream.gone.set()
            return


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream(_websocket) as running:
        yield running


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[RunningProxy]:
    with RunningProxy(upstream.url, hooks=[("POST", "/internal/flush")]) as running:
        yield running


def test_fragments_pings_and_large_messages_pass_as_they_are(upstream: Upstream, proxy: RunningProxy) -> None:
    frames = [
        (TEXT, False, b"Hel"),
        (PING, True, b"between the fragments"),
        (CONTINUATION, False, b""),
        (CONTINUATION, True, "lö".encode()),
        (BINARY, True, bytes(range(256))),
        (BINARY, True, b"\r\n\r\n0\r\n\r\n" * 30_000),
        (PONG, True, b""),
    ]
    client = proxy.client()
    client.send(UPGRADE + b"".join(frame(opcode, data, final=final) for opcode, final, data in frames))
    assert client.head().status == 101
    for opcode, final, data in frames:
        assert read_frame(client) == (PONG if opcode == PING else opcode, final, data)
    client.close()
    assert (proxy.endpoint.skipped_upgrades, proxy.exchanges) == (1, [])


@pytest.mark.parametrize("code", [1000, 1001, 1009, 4999])
def test_close_codes_and_reasons_pass_both_ways(code: int, upstream: Upstream, proxy: RunningProxy) -> None:
    client = proxy.client()
    client.send(UPGRADE)
    client.head()
    said = struct.pack("!H", code) + b"because"
    client.send(frame(CLOSE, said))
    assert read_frame(client) == (CLOSE, True, said)
    assert client.closed()
    client.close()
    assert upstream.gone.wait(PATIENCE)


def test_a_client_that_leaves_without_a_close_ends_the_upstreams_connection() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.send(SWITCHED)
        assert wire.closed()
        upstream.gone.set()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(UPGRADE)
        client.head()
        client.close()
        assert upstream.gone.wait(PATIENCE)


def _plain(upstream: Upstream, wire: Wire) -> None:
    """A server that knows no upgrade, keeps its connections and answers every request that it can read."""
    while True:
        upstream.seen.put(wire.message())
        wire.send(OK)


@pytest.mark.parametrize(
    "request_",
    [
        UPGRADE + SMUGGLED,
        UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n") + SMUGGLED,
        UPGRADE.replace(b"websocket", b"WebSocket") + SMUGGLED,
    ],
)
def test_what_follows_an_upgrade_that_is_refused_reaches_nobody(request_: bytes) -> None:
    """Sent on before the 101, it would be the next request of the upstream, past every check at this hop."""
    with Upstream(_plain) as upstream, RunningProxy(upstream.url, hooks=[("POST", "/internal/flush")]) as proxy:
        client = proxy.client()
        client.send(request_)
        answer = client.message()
        assert (answer.status, answer.get("connection")) == (200, b"close")
        assert client.closed()
        client.close()
        assert proxy.ask(b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
        assert [upstream.request().target for _ in range(2)] == [b"/ws", b"/next"]


@pytest.mark.parametrize(
    "request_",
    [
        UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)) + SMUGGLED,
        UPGRADE.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
        UPGRADE.replace(b"websocket", b"h2c").replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED))
        + SMUGGLED,
        UPGRADE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED))
        + SMUGGLED,
    ],
    ids=["length", "chunked", "another protocol", "another method"],
)
def test_an_upgrade_with_a_body_is_an_ordinary_request(request_: bytes) -> None:
    with Upstream(_plain) as upstream, RunningProxy(upstream.url, hooks=[("POST", "/internal/flush")]) as proxy:
        client = proxy.client()
        client.send(request_ + b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
        assert [client.message().body for _ in range(2)] == [b"ok", b"ok"]
        client.close()
        seen = upstream.request()
        assert (seen.target, seen.body, seen.get("upgrade"), seen.get("connection")) == (b"/ws", SMUGGLED, None, None)
        assert upstream.request().target == b"/next"


def test_an_upgrade_of_http_1_0_is_an_ordinary_request() -> None:
    with Upstream(_plain) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(UPGRADE.replace(b"/1.1", b"/1.0")).get("connection") == b"close"
        assert upstream.request().get("upgrade") is None


def test_a_switch_to_nothing_is_a_502() -> None:
    """A 101 that does not say to what."""

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        wire.rest()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(UPGRADE).status == 502
