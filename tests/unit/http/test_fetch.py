"""A whole answer as a value, and every way not to get one."""

from __future__ import annotations

import asyncio

from shadow.exchange import Answer, Response, Unanswered
from shadow.http.fetch import fetch
from shadow.http.pool import UpstreamPool
from tests.support.upstreams import OK, Upstream, answering, breaking, serving_bytes, stalling


def fetched(url: str, *, limit: int = 1000, timeout: float = 5.0) -> Answer:
    async def main() -> Answer:
        pool = UpstreamPool(url, connect_timeout=1.0, timeout=60.0, connections=4)
        try:
            return await fetch(pool, "GET", b"/", ((b"Host", b"h"),), b"", timeout=timeout, limit=limit)
        finally:
            await pool.close()

    return asyncio.run(main())


def test_an_answer_comes_whole_and_without_the_fields_of_the_hop() -> None:
    with Upstream(
        answering(b"HTTP/1.1 201 Made\r\nConnection: keep-alive\r\nX: 1\r\n" + OK.split(b"\r\n", 1)[1])
    ) as up:
        answer = fetched(up.url)
    assert isinstance(answer, Response)
    assert (answer.status, answer.reason, answer.body.data, answer.body.truncated) == (201, b"Made", b"ok", False)
    assert answer.headers.pairs == ((b"X", b"1"), (b"Content-Length", b"2"))


def test_of_a_long_body_the_beginning_is_kept_and_the_rest_is_counted() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n"
    with Upstream(serving_bytes(head, b"0123456789" * 1000, 500)) as upstream:
        answer = fetched(upstream.url, limit=15)
    assert isinstance(answer, Response)
    assert answer.body.data == b"012345678901234"
    assert (answer.body.size, answer.body.truncated) == (5_000_000, True)


def test_the_time_is_for_the_whole_answer() -> None:
    with Upstream(stalling(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")) as upstream:
        answer = fetched(upstream.url, timeout=0.2)
    assert isinstance(answer, Unanswered)
    assert (answer.phase, answer.sent) == ("timeout", True)


def test_a_cut_off_answer_and_a_dead_upstream_are_values() -> None:
    with Upstream(breaking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")) as upstream:
        upstream.go.set()
        answer = fetched(upstream.url)
    assert isinstance(answer, Unanswered)
    assert (answer.phase, answer.sent) == ("body", True)
    answer = fetched(upstream.url)
    assert isinstance(answer, Unanswered)
    assert (answer.phase, answer.sent) == ("connect", False)
