"""Requests over real sockets: what goes out, what comes back, when a connection is used again."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from shadow.errors import UpstreamError
from shadow.http import pool as pool_module
from shadow.http.answer import HIGH_WATER, UpstreamAnswer
from shadow.http.pool import UpstreamPool
from tests.support.upstreams import (
    OK,
    PATIENCE,
    Upstream,
    Wire,
    answering,
    breaking,
    serving_bytes,
    stalling,
)

HOST = ((b"Host", b"h"),)


def run(url: str, use: Any, **limits: Any) -> Any:
    """Run `use(pool)` in a loop of its own."""

    async def main() -> Any:
        pool = UpstreamPool(url, **{"connect_timeout": 2.0, "timeout": 5.0, "connections": 8, **limits})
        try:
            return await asyncio.wait_for(use(pool), PATIENCE)
        finally:
            await pool.close()

    return asyncio.run(main())


async def whole(answer: UpstreamAnswer) -> bytes:
    return b"".join([piece async for piece in answer])


def ask(method: str = "GET", body: Any = b"", headers: Any = HOST) -> Any:
    """Send one request; its status, fields and body."""

    async def use(pool: UpstreamPool) -> Any:
        answer = await pool.send(method, b"/x", headers, body)
        return answer, await whole(answer)

    return use


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_a_request_goes_out_as_given() -> None:
    with Upstream(answering(OK)) as upstream:
        run(upstream.url, ask("POST", b"abc", ((b"hOsT", b"h"), (b"A", b"1"), (b"a", b"2"), (b"content-length", b"3"))))
        seen = upstream.request()
    assert seen.head == b"POST /x HTTP/1.1\r\nhOsT: h\r\nA: 1\r\na: 2\r\ncontent-length: 3\r\n\r\n"
    assert seen.body == b"abc"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_without_a_length_goes_out_chunked(streamed: bool) -> None:
    with Upstream(answering(OK)) as upstream:
        run(upstream.url, ask("POST", pieces(b"abc", b"", b"de") if streamed else b"abcde"))
        seen = upstream.request()
    assert seen.get("transfer-encoding") == b"chunked"
    assert seen.body == b"abcde"


def test_a_streamed_body_with_a_length_goes_out_as_it_is() -> None:
    with Upstream(answering(OK)) as upstream:
        run(upstream.url, ask("POST", pieces(b"ab", b"cde"), (*HOST, (b"Content-Length", b"5"))))
        seen = upstream.request()
    assert seen.get("transfer-encoding") is None
    assert seen.body == b"abcde"


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nT: 1\r\n\r\n", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_every_framing_is_read_and_leaves_the_connection_usable(wire: bytes, body: bytes) -> None:
    async def use(pool: UpstreamPool) -> None:
        for _ in range(3):
            answer = await pool.send("GET", b"/", HOST)
            assert answer.status in (200, 204, 304)
            assert await whole(answer) == body
            assert answer.headers.get(b"t") is None
            assert answer.headers.get(b"link") is None

    with Upstream(answering(wire)) as upstream:
        run(upstream.url, use)
        assert upstream.connections == 1


def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    with Upstream(breaking(b"HTTP/1.1 200 OK\r\n\r\nall of it", neat=True)) as upstream:
        upstream.go.set()
        answer, body = run(upstream.url, ask())
    assert body == b"all of it"
    assert answer.complete


def test_a_reset_does_not_end_such_a_body() -> None:
    async def use(pool: UpstreamPool) -> None:
        answer = await pool.send("GET", b"/", HOST)
        assert await anext(answer) == b"part"
        upstream.go.set()
        with pytest.raises(UpstreamError) as caught:
            await whole(answer)
        assert caught.value.phase == "body"

    with Upstream(breaking(b"HTTP/1.1 200 OK\r\n\r\npart")) as upstream:
        run(upstream.url, use)


def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    async def use(pool: UpstreamPool) -> None:
        for _ in range(3):
            answer = await pool.send("HEAD", b"/", HOST)
            assert answer.complete_body == b""
            assert answer.headers.get(b"content-length") == b"1000"

    with Upstream(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as upstream:
        run(upstream.url, use)
        assert upstream.connections == 1


def test_case_order_repeats_and_reason_are_kept() -> None:
    wire = b"HTTP/1.1 200 Fine By Me\r\nsErver: x\r\nSet-Cookie: a\r\nX:\r\nset-cookie: b\r\nContent-Length: 0\r\n\r\n"
    with Upstream(answering(wire)) as upstream:
        answer, _ = run(upstream.url, ask())
    assert answer.reason == b"Fine By Me"
    assert answer.headers.pairs == (
        (b"sErver", b"x"),
        (b"Set-Cookie", b"a"),
        (b"X", b""),
        (b"set-cookie", b"b"),
        (b"Content-Length", b"0"),
    )


@pytest.mark.parametrize(
    "wire",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 600_000,
    ],
)
def test_what_is_no_answer_is_a_protocol_error(wire: bytes) -> None:
    with Upstream(answering(wire)) as upstream, pytest.raises(UpstreamError) as caught:
        run(upstream.url, ask())
    assert caught.value.phase == "protocol"
    assert caught.value.sent


def test_bytes_behind_a_whole_answer_spoil_the_connection_only() -> None:
    async def use(pool: UpstreamPool) -> None:
        for _ in range(2):
            assert await whole(await pool.send("GET", b"/", HOST)) == b"ok"

    with Upstream(answering(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")) as upstream:
        run(upstream.url, use)
        assert upstream.connections == 2


def test_nobody_listening_is_a_connect_error_and_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(UpstreamError) as caught:
        run(f"http://127.0.0.1:{port}", ask())
    assert (caught.value.phase, caught.value.sent) == ("connect", False)


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"])
def test_a_stalling_upstream_is_a_time_out(beginning: bytes) -> None:
    with Upstream(stalling(beginning)) as upstream:
        with pytest.raises(UpstreamError) as caught:
            run(upstream.url, ask(), timeout=0.2)
        assert upstream.gone.wait(PATIENCE)
    assert caught.value.phase == "timeout"


def test_an_answer_that_keeps_coming_is_never_a_time_out() -> None:
    def drip(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            upstream.go.wait(0.1)  # the pace of the drip, nothing is waited for
            wire.send(b"x")

    with Upstream(drip) as upstream:
        _, body = run(upstream.url, ask(), timeout=0.4)
    assert body == b"x" * 8


def test_a_reader_that_waits_is_no_time_out_of_the_upstream() -> None:
    async def use(pool: UpstreamPool) -> int:
        answer = await pool.send("GET", b"/", HOST)
        await asyncio.sleep(0.5)  # longer than the time-out, while the connection is paused
        return len(await whole(answer))

    size = HIGH_WATER * 40
    with Upstream(serving_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size, 1)) as upstream:
        assert run(upstream.url, use, timeout=0.3) == size


def test_the_newest_idle_connection_is_used_first() -> None:
    async def use(pool: UpstreamPool) -> list[bytes]:
        answers = await asyncio.gather(*(pool.send("GET", b"/", HOST) for _ in range(3)))
        for answer in answers:
            await whole(answer)
        last = await whole(await pool.send("GET", b"/", HOST))
        return [last, await whole(await pool.send("GET", b"/", HOST))]

    barrier = threading.Barrier(3)

    def named(upstream: Upstream, wire: Wire) -> None:
        name = b"%d" % wire.sock.getpeername()[1]
        first = True
        while True:
            wire.message()
            if first:
                barrier.wait(PATIENCE)
            first = False
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(name), name))

    with Upstream(named) as upstream:
        one, two = run(upstream.url, use)
        assert upstream.connections == 3
    assert one == two


def test_past_the_limit_requests_wait_for_a_free_connection() -> None:
    async def use(pool: UpstreamPool) -> list[bytes]:
        async def one() -> bytes:
            return await whole(await pool.send("GET", b"/", HOST))

        return await asyncio.gather(*(one() for _ in range(20)))

    with Upstream(answering(OK)) as upstream:
        assert run(upstream.url, use, connections=2) == [b"ok"] * 20
        assert upstream.connections == 2


def test_the_wait_for_a_free_connection_is_bounded_and_nothing_was_sent() -> None:
    async def use(pool: UpstreamPool) -> None:
        busy = asyncio.create_task(pool.send("GET", b"/", HOST))
        await asyncio.to_thread(upstream.request)
        with pytest.raises(UpstreamError) as caught:
            await pool.send("GET", b"/", HOST, timeout=0.1)
        assert (caught.value.phase, caught.value.sent) == ("timeout", False)
        busy.cancel()
        await asyncio.wait([busy])
        with pytest.raises(UpstreamError):  # its place is free again, so this one is sent and stalls
            await pool.send("GET", b"/", HOST, timeout=0.1)
        assert upstream.connections == 2

    with Upstream(stalling()) as upstream:
        run(upstream.url, use, connections=1)


def test_a_connection_idle_too_long_is_closed_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_IDLE", 0.1)

    async def use(pool: UpstreamPool) -> None:
        await whole(await pool.send("GET", b"/", HOST))
        await asyncio.to_thread(upstream.gone.wait, PATIENCE)

    with Upstream(answering(OK)) as upstream:
        run(upstream.url, use)
        assert upstream.gone.is_set()


def test_a_write_takes_no_connection_that_lay_idle_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_FRESH", 0.0)

    async def use(pool: UpstreamPool) -> list[int]:
        counts = []
        for method in ("GET", "GET", "POST"):
            await whole(await pool.send(method, b"/", HOST))
            counts.append(upstream.connections)
        return counts

    with Upstream(answering(OK)) as upstream:
        assert run(upstream.url, use) == [1, 1, 2]


def _dies_idle(upstream: Upstream, wire: Wire) -> None:
    """Answer once; on the first connection, take the second request and close without a byte."""
    first = upstream.connections == 1
    while True:
        upstream.seen.put(wire.message())
        if first and upstream.seen.qsize() > 1:
            return
        wire.send(OK)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_request_is_sent_once_more_when_a_kept_connection_died(method: str) -> None:
    async def use(pool: UpstreamPool) -> None:
        await whole(await pool.send("GET", b"/", HOST))
        assert (await pool.send(method, b"/", HOST)).status == 200

    with Upstream(_dies_idle) as upstream:
        run(upstream.url, use)
        assert upstream.connections == 2


def test_an_unsafe_request_is_never_sent_twice() -> None:
    async def use(pool: UpstreamPool) -> None:
        await whole(await pool.send("GET", b"/", HOST))
        with pytest.raises(UpstreamError) as caught:
            await pool.send("POST", b"/", HOST, b"x")
        assert (caught.value.phase, caught.value.sent) == ("head", True)

    with Upstream(_dies_idle) as upstream:
        run(upstream.url, use)
        assert upstream.connections == 1


def test_a_fresh_connection_that_dies_is_no_reason_to_send_again() -> None:
    with Upstream(breaking()) as upstream:
        with pytest.raises(UpstreamError):
            run(upstream.url, ask())
        assert upstream.connections == 1


def test_an_early_answer_ends_the_sending_of_the_body_and_the_connection() -> None:
    def early(upstream: Upstream, wire: Wire) -> None:
        wire.head()
        wire.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        assert wire.rest() is not None
        upstream.gone.set()

    async def endless() -> AsyncIterator[bytes]:
        yield b"begin"
        await asyncio.Event().wait()

    with Upstream(early) as upstream:
        answer, body = run(upstream.url, ask("POST", endless()))
        assert upstream.gone.wait(PATIENCE)
    assert (answer.status, body) == (413, b"no")


def test_a_body_source_that_fails_ends_the_request() -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"begin"
        raise ValueError("the client went away")

    with Upstream(stalling()) as upstream, pytest.raises(UpstreamError) as caught:
        run(upstream.url, ask("POST", failing()))
    assert caught.value.phase == "send"


def test_a_cancelled_request_closes_its_connection() -> None:
    async def use(pool: UpstreamPool) -> None:
        task: asyncio.Task[Any] = asyncio.create_task(_sent(pool))
        await asyncio.to_thread(upstream.request)
        task.cancel()
        await asyncio.wait([task])
        assert await asyncio.to_thread(upstream.gone.wait, PATIENCE)

    def _sent(pool: UpstreamPool) -> Coroutine[Any, Any, Any]:
        return pool.send("GET", b"/", HOST)

    with Upstream(stalling()) as upstream:
        run(upstream.url, use)


def test_closing_the_pool_refuses_who_waits() -> None:
    async def use(pool: UpstreamPool) -> None:
        tasks = [asyncio.create_task(_fails(pool)) for _ in range(3)]
        await asyncio.to_thread(upstream.request)
        await pool.close()
        assert all(isinstance(error, UpstreamError) for error in await asyncio.gather(*tasks))

    async def _fails(pool: UpstreamPool) -> UpstreamError:
        with pytest.raises(UpstreamError) as caught:
            await pool.send("GET", b"/", HOST)
        return caught.value

    with Upstream(stalling()) as upstream:
        run(upstream.url, use, connections=1)
