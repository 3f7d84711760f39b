"""Who speaks when: expected bodies, half-closed clients, pipelines, kept connections that die, clients of HTTP/1.0."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from shadow.exchange import Unanswered
from shadow.proxy import client_connection
from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire, stalling

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
EXPECTING = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _echo(upstream: Upstream, wire: Wire) -> None:
    """Answer with the method and the target."""
    while True:
        seen = wire.message()
        upstream.seen.put(seen)
        body = seen.line.rpartition(b" ")[0]
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(_echo) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(upstream: Upstream) -> Iterator[RunningProxy]:
    with RunningProxy(upstream.url) as running:
        yield running


@pytest.fixture
def half_closed(monkeypatch: pytest.MonkeyPatch) -> float:
    """A shorter patience with clients that send no more."""
    monkeypatch.setattr(client_connection, "_HALF_CLOSED", 0.4)
    return client_connection._HALF_CLOSED


def test_an_expected_body_that_the_upstream_does_not_want_never_comes() -> None:
    """It answers 401 by the head alone; the client keeps its gigabyte, and the connection ends where nobody knows."""
    wire = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"

    def script(upstream: Upstream, wire_: Wire) -> None:
        upstream.seen.put(wire_.head())
        wire_.send(wire)
        upstream.seen.put(wire_.rest())  # type: ignore[arg-type]

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(EXPECTING)
        answer = client.message()
        assert (answer.status, answer.body, answer.get("connection")) == (401, b"no", b"close")
        assert client.closed()
        client.close()
        assert upstream.request().get("expect") == b"100-continue"
        assert upstream.seen.get(timeout=PATIENCE) == b""


def test_a_client_that_waits_in_vain_for_100_sends_its_body_and_it_passes() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.head())
        assert wire.exactly(3) == b"abc"
        wire.send(OK)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(EXPECTING)
        upstream.request()
        client.send(b"abc")
        assert client.message().get("connection") is None
        client.close()


def test_an_expectation_is_not_repeated_when_the_body_is_here_or_the_client_is_of_http_1_0(
    upstream: Upstream, proxy: RunningProxy
) -> None:
    for request in (EXPECTING + b"abc", EXPECTING.replace(b"/1.1", b"/1.0") + b"abc"):
        assert proxy.ask(request).status == 200
        seen = upstream.request()
        assert (seen.get("expect"), seen.body) == (None, b"abc")


def test_an_expecting_request_towards_nobody_is_a_502() -> None:
    with RunningProxy("http://127.0.0.1:9") as proxy:
        assert proxy.ask(EXPECTING).status == 502


@pytest.mark.parametrize("pipelined", [1, 3])
def test_a_client_that_shuts_down_its_side_still_gets_its_answers(pipelined: int, half_closed: float) -> None:
    """Who took something since is still there, so it also gets what comes later than a silent one would wait for."""

    def script(upstream: Upstream, wire: Wire) -> None:
        while True:
            upstream.seen.put(wire.message())
            wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            upstream.go.wait(2 * half_closed)
            wire.send(b"1\r\nb\r\n0\r\n\r\n")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET * pipelined)
        client.sock.shutdown(socket.SHUT_WR)
        assert client.message().body == b"ab"
        upstream.go.set()
        assert [client.message().body for _ in range(pipelined - 1)] == [b"ab"] * (pipelined - 1)
        assert client.closed()
        client.close()


def test_a_client_that_shuts_down_its_side_may_read_slowly(half_closed: float) -> None:
    """Nothing is written to it while it is behind, and still it is not gone."""
    size = 32 << 20
    stuck = threading.Semaphore(0)

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        wire.sock.settimeout(2 * half_closed)
        left = size
        while left:
            try:
                left -= wire.sock.send(b"x" * min(left, 1 << 20))
            except TimeoutError:
                stuck.release()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        assert stuck.acquire(timeout=PATIENCE)
        client.sock.shutdown(socket.SHUT_WR)
        for _ in range(2):
            assert stuck.acquire(timeout=PATIENCE)
        client.head()
        arrived = len(client.buffer)
        while data := client.sock.recv(1 << 20):
            arrived += len(data)
        assert arrived == size
        client.close()


def test_a_client_that_shuts_down_in_the_middle_of_its_request_is_gone() -> None:
    with Upstream(stalling()) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.closed()
        client.close()
        assert isinstance(proxy.exchange().answer, Unanswered)


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
@pytest.mark.usefixtures("half_closed")
def test_a_client_that_goes_away_cancels_the_upstream_request(reset: bool, beginning: bytes) -> None:
    with Upstream(stalling(beginning)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        upstream.request()
        if beginning:
            client.until(b"abc")
        client.reset() if reset else client.close()
        assert upstream.gone.wait(PATIENCE)
        answer = proxy.exchange().answer
        assert isinstance(answer, Unanswered)
        assert answer.phase == "client"


def test_a_pipeline_is_answered_in_order_and_writes_wait_for_what_came_before(
    upstream: Upstream, proxy: RunningProxy
) -> None:
    lines = [b"GET /1", b"POST /2", b"GET /3", b"HEAD /4", b"DELETE /5", b"OPTIONS *", b"GET /7"]
    client = proxy.client()
    client.send(b"".join(line + b" HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" for line in lines))
    for line in lines:
        assert client.message(bodiless=line.startswith(b"HEAD")).body in (line, b"")
        assert upstream.request().line == line + b" HTTP/1.1"
    client.close()


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"DELETE", b"PATCH"])
def test_what_dies_on_a_kept_connection_is_repeated_once_if_safe_and_never_if_not(method: bytes) -> None:
    """The upstream takes every request behind the first on a connection and closes without a byte."""

    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        if upstream.seen.qsize() == 1:
            wire.send(OK)
            upstream.seen.put(wire.message())

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(GET).status == 200
        assert proxy.ask(method + b" /x HTTP/1.1\r\nHost: h\r\n\r\n", bodiless=method == b"HEAD").status == 502
        safe = method in (b"GET", b"HEAD", b"OPTIONS")
        assert [seen.target for seen in upstream.seen.queue] == [b"/", b"/x", b"/x"][: 3 if safe else 2]


def test_a_safe_request_that_was_answered_in_part_is_not_repeated() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        wire.send(OK)
        upstream.seen.put(wire.message())
        wire.send(b"HTTP/1.1 200")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        assert [proxy.ask(GET).status for _ in range(2)] == [200, 502]
        assert upstream.seen.qsize() == 2


def test_clients_of_http_1_0_are_kept_when_they_ask_for_it(upstream: Upstream, proxy: RunningProxy) -> None:
    client = proxy.client()
    for _ in range(2):
        client.send(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        assert client.message().get("connection") == b"keep-alive"
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.message().get("connection") == b"close"
    assert client.closed()
    client.close()
    assert [upstream.request().get("connection") for _ in range(3)] == [None] * 3


@pytest.mark.parametrize(
    ("line", "target", "host"),
    [
        (b"GET http://other:81/x?y", b"/x?y", b"other:81"),
        (b"GET HTTP://other", b"/", b"other"),
        (b"GET https://other?", b"/?", b"other"),
        (b"OPTIONS http://other", b"*", b"other"),
        (b"OPTIONS http://other/", b"/", b"other"),
        (b"OPTIONS *", b"*", b"h"),
    ],
)
def test_an_absolute_target_names_the_host(
    line: bytes, target: bytes, host: bytes, upstream: Upstream, proxy: RunningProxy
) -> None:
    """RFC 9112 3.2.2: what Host says beside it counts for nothing."""
    proxy.ask(line + b" HTTP/1.1\r\nA: 1\r\nHost: h\r\nB: 1\r\n\r\n")
    seen = upstream.request()
    assert seen.target == target
    assert seen.headers[:3] == [(b"A", b"1"), (b"Host", host), (b"B", b"1")]
    assert seen.get("x-forwarded-host") == host


def test_an_early_answer_that_ends_the_connection_can_be_read_by_who_still_sends() -> None:
    """Closing on unread bytes would reset the connection, and the client might never see why."""

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.exactly(100_000)
        wire.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        upstream.go.wait(PATIENCE)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 30000000\r\n\r\n")
        for _ in range(300):
            client.send(b"x" * 100_000)
        assert client.message().status == 413
        assert client.closed()
        client.close()
