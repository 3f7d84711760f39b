"""Upgraded connections pass through as raw bytes, both ways, and are counted, not recorded."""

from __future__ import annotations

from tests.support.proxies import RunningProxy
from tests.support.upstreams import PATIENCE, Upstream, Wire, answering

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def _echo(upstream: Upstream, wire: Wire) -> None:
    """Switch, greet in the same packet, then give back what comes, reversed."""
    upstream.seen.put(wire.head())
    wire.send(SWITCHED + b"\x81\x02hi")
    try:
        while wire.buffer or wire.more():
            data, wire.buffer = wire.buffer, b""
            wire.send(data[::-1])
    finally:
        upstream.gone.set()


def test_frames_pass_both_ways_untouched() -> None:
    with Upstream(_echo) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(UPGRADE + b"\x81early")
        head = client.head()
        assert head.status == 101
        assert head.get("upgrade") == b"websocket"
        assert head.get("sec-websocket-accept") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert head.get("transfer-encoding") is None
        assert client.exactly(4) == b"\x81\x02hi"
        assert client.exactly(6) == b"ylrae\x81"
        for frame in (b"\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 300_000):
            client.send(frame)
            assert sorted(client.exactly(len(frame))) == sorted(frame)
        seen = upstream.request()
        assert (seen.get("connection"), seen.get("upgrade")) == (b"Upgrade", b"websocket")
        assert seen.get("sec-websocket-key") == b"dGhlIHNhbXBsZSBub25jZQ=="
        client.sock.close()
        assert upstream.gone.wait(PATIENCE), "a client that leaves ends the other half"
        assert proxy.endpoint.skipped_upgrades == 1
        assert proxy.exchanges == []


def test_an_upstream_that_ends_the_connection_ends_the_clients() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.send(SWITCHED + b"bye")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(UPGRADE)
        client.head()
        assert client.rest() == b"bye"
        client.close()


def test_an_open_websocket_outlives_the_time_out() -> None:
    with Upstream(_echo) as upstream, RunningProxy(upstream.url, timeout=0.2) as proxy:
        client = proxy.client()
        client.send(UPGRADE)
        client.head()
        client.exactly(4)
        assert not upstream.gone.wait(0.6)
        client.send(b"still")
        assert client.exactly(5) == b"llits"
        client.sock.close()


def test_an_upgrade_that_is_refused_is_an_ordinary_answer() -> None:
    wire = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(UPGRADE)
        answer = client.message()
        assert (answer.status, answer.body, answer.get("connection")) == (403, b"no", b"close")
        assert client.closed()
        client.close()


def test_an_upgrade_towards_nobody_is_a_502() -> None:
    with RunningProxy("http://127.0.0.1:9") as proxy:
        assert proxy.ask(UPGRADE).status == 502
