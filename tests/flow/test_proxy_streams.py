"""Bodies as they arrive, both ways: promptly, with back-pressure, in constant memory."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shadow.exchange import Response, Unanswered
from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire, answering, serving_bytes

MIB = 1 << 20
# A gigabyte is the promise; what 64 MiB do not show in memory, it would not either, but the soak looks.
SIZES = [64, pytest.param(1024, marks=pytest.mark.soak)]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@dataclass
class ProxyProcess:
    """The proxy in a process of its own."""

    port: int
    pid: int

    def client(self) -> Wire:
        return Wire(socket.create_connection(("127.0.0.1", self.port)))

    def peak(self) -> int:
        """The largest resident size so far, bytes."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found
        return int(found.group(1)) * 1024


@contextlib.contextmanager
def a_proxy_process(url: str) -> Iterator[ProxyProcess]:
    command = [sys.executable, "-m", "tests.support.proxy_process", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield ProxyProcess(int(process.stdout.readline()), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    assert process.returncode == 0


def _swallow(upstream: Upstream, wire: Wire) -> None:
    """Read a body of known length without keeping it; answer with its size."""
    while True:
        seen = wire.head()
        left = int(seen.get("content-length") or b"0")
        while left:
            left -= len(wire.buffer)
            wire.buffer = b""
            if left and not wire.more():
                return
        wire.send(OK)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", [b"Content-Length", b"Transfer-Encoding"])
def test_a_long_answer_costs_no_memory(framing: bytes, size: int) -> None:
    piece = b"x" * MIB
    coded = framing == b"Transfer-Encoding"
    chunk = b"%x\r\n%b\r\n" % (MIB, piece) if coded else piece
    value = b"chunked" if coded else b"%d" % (size * MIB)

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 200 OK\r\n%b: %b\r\n\r\n" % (framing, value))
        for _ in range(size):
            wire.send(chunk)
        wire.send(b"0\r\n\r\n" if coded else b"")

    with Upstream(script) as upstream, a_proxy_process(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        client.head()
        before, arrived = proxy.peak(), len(client.buffer)
        while data := client.sock.recv(MIB):
            arrived += len(data)
        client.close()
        assert arrived >= size * MIB
        assert proxy.peak() - before < 8 * MIB


@pytest.mark.parametrize("size", SIZES)
def test_a_long_upload_costs_no_memory(size: int) -> None:
    with Upstream(_swallow) as upstream, a_proxy_process(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
        client.message()
        before = proxy.peak()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (size * MIB))
        for _ in range(size):
            client.send(b"x" * MIB)
        assert client.message().body == b"ok"
        client.close()
        assert proxy.peak() - before < 8 * MIB


def test_a_client_that_does_not_read_makes_the_upstream_wait() -> None:
    """Nobody buffers an endless answer: the upstream gets stuck after what the sockets and two buffers hold."""
    sent = []

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.sock.settimeout(1.0)
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            try:
                wire.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            except TimeoutError:
                upstream.gone.set()
                return
            sent.append(65536)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.send(GET)
        assert upstream.gone.wait(PATIENCE)
        assert sum(sent) < 32 * MIB
        client.sock.close()


def test_an_upstream_that_does_not_read_makes_the_client_wait() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.head())
        upstream.go.wait(PATIENCE)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (1 << 30))
        client.sock.settimeout(1.0)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 64 * MIB:
                sent += client.sock.send(b"x" * 65536)
        assert sent < 32 * MIB
        client.sock.close()


def test_an_event_reaches_the_client_when_it_happens() -> None:
    """No piece waits for the next one, and the head waits for none."""
    step = threading.Semaphore(0)

    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            assert step.acquire(timeout=PATIENCE)
            wire.send(b"9\r\ndata: %d\n\n\r\n" % number)
        assert step.acquire(timeout=PATIENCE)
        wire.send(b"0\r\n\r\n")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        client.head()
        for number in range(3):
            step.release()
            assert client.until(b"\n\n\r\n").endswith(b"data: %d\n\n\r\n" % number)
        step.release()
        assert client.until(b"\r\n\r\n") == b"0\r\n\r\n"
        client.close()


def test_pieces_of_a_request_reach_the_upstream_when_they_come() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        for _ in range(3):
            wire.until(b"!\r\n")
            upstream.seen.put(upstream)  # type: ignore[arg-type]
        wire.until(b"0\r\n\r\n")
        wire.send(OK)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            client.send(b"4\r\nhey!\r\n")
            upstream.request()
        client.send(b"0\r\n\r\n")
        assert client.message().body == b"ok"
        client.close()
        assert proxy.exchange().request.body.data == b"hey!" * 3


def test_an_early_answer_reaches_the_client_while_it_still_sends() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.exactly(5)
        wire.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        wire.rest()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nbegin")
        assert client.message().body == b"no"
        client.send(b"x" * 95)  # it is read and dropped, and the connection goes on
        client.send(b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nbegin")
        assert client.message().status == 413
        client.close()
        body = proxy.exchange().request.body
        assert (body.size, body.truncated) == (5, True)


def test_of_long_bodies_the_beginning_is_captured_and_all_of_it_passes() -> None:
    size = 3 * MIB
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    with Upstream(serving_bytes(head, b"y" * size, 1)) as upstream, RunningProxy(upstream.url, capture=1000) as proxy:
        answer = proxy.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        assert answer.body == b"y" * size
        assert upstream.request().body == b"x" * size
        exchange = proxy.exchange()
        assert isinstance(exchange.answer, Response)
        for body, letter in ((exchange.request.body, b"x"), (exchange.answer.body, b"y")):
            assert (body.data, body.size, body.truncated) == (letter * 1000, size, True)


def test_a_client_that_goes_away_cancels_the_upstream_request() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        assert wire.closed()
        upstream.gone.set()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        client.until(b"x\r\n")
        client.sock.close()
        assert upstream.gone.wait(PATIENCE)
        answer = proxy.exchange().answer
        assert isinstance(answer, Unanswered)
        assert answer.phase == "client"
        assert proxy.switch.in_flight["*"] == 0


def test_many_bodies_at_once_are_captured_within_one_budget() -> None:
    size = 512 * 1024
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    with Upstream(serving_bytes(head, b"y" * size, 1)) as upstream, RunningProxy(upstream.url) as proxy:
        budget = proxy.endpoint._parts.budget
        full = budget.left
        budget.left = 100
        assert len(proxy.ask(GET).body) == size
        answer = proxy.exchange().answer
        assert isinstance(answer, Response)
        assert (len(answer.body.data), answer.body.size, answer.body.truncated) == (100, size, True)
        assert budget.left == 100
        assert full > 100


def test_a_request_whose_body_comes_in_two_parts_is_one_exchange() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")
        client.send(b"def")
        client.message()
        client.close()
        body = proxy.exchange().request.body
        assert (body.data, body.size, body.truncated) == (b"abcdef", 6, False)
