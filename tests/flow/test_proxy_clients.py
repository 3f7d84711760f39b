"""Clients: keep-alive, pipelining, hostile bytes, and that none ever gets what is another's."""

from __future__ import annotations

import threading

import pytest

from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire, answering

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def _echo(upstream: Upstream, wire: Wire) -> None:
    """Answer with the target, and set the cookie that the request brought under another name."""
    while True:
        seen = wire.message()
        mine = b"; ".join(seen.all("cookie"))
        head = b"HTTP/1.1 200 OK\r\nSet-Cookie: got=%b\r\nContent-Length: %d\r\n\r\n" % (mine, len(seen.target))
        wire.send(head + seen.target)


def test_pipelined_requests_are_answered_in_order() -> None:
    with Upstream(_echo) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(50)))
        assert [client.message().body for _ in range(50)] == [b"/%d" % number for number in range(50)]
        client.close()


def test_pipelined_bodies_are_not_mixed_up() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(
            b"".join(
                b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * size)
                for size in (3, 0, 100_000, 1)
            )
        )
        assert [client.message().body for _ in range(4)] == [b"ok"] * 4
        assert [len(upstream.request().body) for _ in range(4)] == [3, 0, 100_000, 1]
        client.close()


def test_two_clients_never_share_cookies_or_answers() -> None:
    """Many clients at once over few upstream connections: each sees its own target and its own cookie only."""
    wrong: list[object] = []

    def one(name: bytes, proxy: RunningProxy) -> None:
        client = proxy.client()
        for number in range(40):
            client.send(b"GET /%b-%d HTTP/1.1\r\nHost: h\r\nCookie: session=%b\r\n\r\n" % (name, number, name))
            answer = client.message()
            if (answer.body, answer.all("set-cookie")) != (b"/%b-%d" % (name, number), [b"got=session=" + name]):
                wrong.append((name, number, answer))
        client.send(b"GET /bare HTTP/1.1\r\nHost: h\r\n\r\n")
        if (cookies := client.message().all("set-cookie")) != [b"got="]:
            wrong.append((name, cookies))
        client.close()

    with Upstream(_echo) as upstream, RunningProxy(upstream.url, connections=3) as proxy:
        threads = [threading.Thread(target=one, args=(b"c%d" % number, proxy)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert upstream.connections <= 3
        assert wrong == []
        keys = {(exchange.client_key, exchange.request.headers.get(b"cookie")) for exchange in proxy.exchanges}
        assert len(proxy.exchanges) == 12 * 41
    # One key for each session, and the address for the requests without one.
    assert len(keys) == len({key for key, _ in keys}) == 13


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: y\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\nHost: h\n\n",
        b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET no-slash HTTP/1.1\r\nHost: h\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000,
    ],
)
def test_malformed_requests_are_refused_and_the_process_lives_on(hostile: bytes) -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        try:
            client.send(hostile)
            assert client.head().status in (400, 431, 501)
            assert client.rest() is not None
        except ConnectionError:
            assert len(hostile) > 100_000, "only who still sends may be reset"
        finally:
            client.sock.close()
        assert proxy.ask(GET).status == 200
        assert upstream.request().target == b"/"
        assert upstream.seen.empty()


def test_a_broken_chunk_is_refused_and_the_half_request_is_given_up() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.head())
        wire.rest()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        upstream.request()
        client.send(b"zz\r\n")
        assert client.message().status == 400
        assert client.closed()
        client.close()
        answer = proxy.exchange().answer
        assert getattr(answer, "phase", None) in ("client", "send")
        assert proxy.exchange().request.body.truncated


def test_requests_before_a_malformed_one_get_their_answers() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET + GET + b"garbage\r\n\r\n")
        assert [client.message().body for _ in range(2)] == [b"ok", b"ok"]
        assert client.closed()
        client.close()


def test_an_upgrade_that_is_no_websocket_is_ignored_and_the_body_passes() -> None:
    """Java's HTTP client offers h2c with every request, also with a POST."""
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(
            b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: x\r\nContent-Length: 3\r\n\r\nabc" + GET
        )
        assert client.message().body == b"ok"
        assert client.message().body == b"ok"
        seen = upstream.request()
        assert (seen.body, seen.get("upgrade"), seen.get("http2-settings")) == (b"abc", None, None)
        client.close()


def test_a_client_that_says_close_is_closed_and_one_that_does_not_is_kept() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        assert client.message().get("connection") is None
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert client.message().get("connection") == b"close"
        assert client.closed()
        client.close()


def test_a_client_that_never_finishes_its_head_is_closed() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        proxy.server.config.timeout_keep_alive = 0.3  # type: ignore[assignment]
        slow, idle = proxy.client(), proxy.client()
        slow.send(b"GET / HTTP/1.1\r\nHost:")
        assert slow.closed()
        assert idle.closed()
        slow.close()
        idle.close()


def test_stopping_finishes_what_was_asked() -> None:
    def slow(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        upstream.go.wait(PATIENCE)
        wire.send(OK)

    with Upstream(slow) as upstream, RunningProxy(upstream.url) as proxy:
        idle, busy = proxy.client(), proxy.client()
        busy.send(GET)
        upstream.request()
        proxy.server.should_exit = True
        assert idle.closed()
        upstream.go.set()
        assert busy.message().body == b"ok"
        assert busy.closed()
        idle.close()
        busy.close()
