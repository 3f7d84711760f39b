"""Answers that two parsers could read in two ways are a 502; interim answers pass; what ends at this hop ends there."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from shadow.exchange import Unanswered
from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, Upstream, Wire, answering

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
THREE = b"Content-Length: 3"


def answer(*fields: bytes, body: bytes = b"abc", line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer of these field lines."""
    return b"\r\n".join([line, *fields, b"", body])


class Says:
    """An upstream's script: one answer for each connection, the next of `answers`, then it closes."""

    def __init__(self) -> None:
        self.answers: queue.Queue[bytes] = queue.Queue()

    def __call__(self, upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(self.answers.get_nowait())


@pytest.fixture(scope="module")
def says() -> Says:
    return Says()


@pytest.fixture(scope="module")
def proxy(says: Says) -> Iterator[RunningProxy]:
    with Upstream(says) as upstream, RunningProxy(upstream.url) as running:
        yield running


ODD = {
    "length and chunked": answer(THREE, CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"),
    "chunked and length": answer(CHUNKED, THREE, body=b"3\r\nabc\r\n0\r\n\r\n"),
    "two equal lengths": answer(THREE, THREE),
    "two unequal lengths": answer(THREE, b"Content-Length: 2"),
    "list of lengths": answer(b"Content-Length: 3, 3"),
    "length with a sign": answer(b"Content-Length: +3"),
    "negative length": answer(b"Content-Length: -3"),
    "empty length": answer(b"Content-Length:"),
    "length beyond 64 bits": answer(b"Content-Length: 99999999999999999999"),
    "chunked, then identity": answer(b"Transfer-Encoding: chunked, identity"),
    "identity": answer(b"Transfer-Encoding: identity"),
    "a coding that only looks like it": answer(b"Transfer-Encoding: xchunked"),
    "a coding under the chunks": answer(b"Transfer-Encoding: gzip, chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
    "chunked in two fields": answer(CHUNKED, CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": answer(CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n", line=b"HTTP/1.0 200 OK"),
    "a chunk without a number": answer(CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "a chunk beyond 64 bits": answer(CHUNKED, body=b"10000000000000003\r\nabc"),
    "chunks with bare LF": answer(CHUNKED, body=b"3\nabc\n0\n\n"),
    "a trailer without a colon": answer(CHUNKED, body=b"3\r\nabc\r\n0\r\nnone\r\n\r\n"),
    "a folded field": answer(THREE, b"X: a\r\n b"),
    "bare CR in a field": answer(THREE, b"X: a\rb"),
    "bare CR before a field": answer(THREE, b"X: a\rSet-Cookie: evil=1"),
    "bare LF before a field": answer(THREE, b"X: a\nSet-Cookie: evil=1"),
    "NUL in a field": answer(THREE, b"X: a\x00b"),
    "another control in a field": answer(THREE, b"X: a\x01b"),
    "a space before the colon": answer(THREE, b"X : a"),
    "a name that is no token": answer(THREE, b"X(y): a"),
    "no colon": answer(THREE, b"X"),
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    "bare CR in the reason": answer(THREE, line=b"HTTP/1.1 200 O\rSet-Cookie: evil=1"),
    "NUL in the reason": answer(THREE, line=b"HTTP/1.1 200 O\x00K"),
    "another control in the reason": answer(THREE, line=b"HTTP/1.1 200 O\x1bK"),
    "status 000": answer(THREE, line=b"HTTP/1.1 000 No"),
    "status 99": answer(THREE, line=b"HTTP/1.1 99 No"),
    "status 1000": answer(THREE, line=b"HTTP/1.1 1000 No"),
    "HTTP/2.0": answer(THREE, line=b"HTTP/2.0 200 OK"),
    "another protocol unasked": answer(
        b"Upgrade: websocket", b"Connection: Upgrade", line=b"HTTP/1.1 101 Switching Protocols"
    ),
    "an odd interim answer": answer(CHUNKED, CHUNKED, body=b"", line=b"HTTP/1.1 103 Early Hints") + OK,
    "a head without end": answer(THREE, b"X: " + b"x" * 1_000_000),
    "interim answers without end": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 20_000,
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
}


@pytest.mark.parametrize("wire", ODD.values(), ids=ODD.keys())
def test_odd_answers_are_a_502_and_nothing_of_them_is_passed_on(wire: bytes, says: Says, proxy: RunningProxy) -> None:
    before = len(proxy.exchanges)
    says.answers.put(wire)
    client = proxy.client()
    client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    *hints, told = client.rest().split(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert set(b"".join(hints).split(b"\r\n")) <= {b"HTTP/1.1 103 Early Hints", b"Link: </a>", b""}
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"evil" not in told
    assert b"Content-Length: %d\r\n" % len(body) in head
    client.close()
    assert isinstance(proxy.exchange(before).answer, Unanswered)


def test_a_chunk_that_goes_wrong_later_cuts_the_answer_off() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(answer(CHUNKED, body=b"3\r\nabc\r\n"))
        upstream.go.wait()
        wire.send(b"3\nabc\r\n0\r\n\r\n")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        client.until(b"abc\r\n")
        upstream.go.set()
        assert client.rest() == b""
        client.close()


@pytest.mark.parametrize("first", [b"GET", b"HEAD"])
def test_a_second_answer_is_nobodys(first: bytes) -> None:
    """Whoever splits an answer must not choose what the next client reads."""
    evil = answer(b"Content-Length: 4", body=b"evil")
    with Upstream(answering(OK + evil)) as upstream, RunningProxy(upstream.url) as proxy:
        for _ in range(3):
            head = proxy.ask(first + b" / HTTP/1.1\r\nHost: h\r\n\r\n", bodiless=first == b"HEAD")
            assert head.get("content-length") == b"2"
            assert proxy.ask(GET).body == b"ok"
        assert upstream.connections == 6


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_bytes_behind_an_answer_without_a_body_are_nobodys(status: bytes) -> None:
    wire = answer(b"X: 1", line=b"HTTP/1.1 " + status)
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        for _ in range(2):
            client.send(GET)
            assert client.message(bodiless=True).head == wire[:-3]
        client.close()
        assert upstream.connections == 2


def test_the_length_that_a_204_must_not_have_is_not_passed_on(says: Says, proxy: RunningProxy) -> None:
    says.answers.put(answer(THREE, body=b"", line=b"HTTP/1.1 204 No Content"))
    assert proxy.ask(GET, bodiless=True).headers == []


def test_what_connection_names_ends_at_this_hop(says: Says, proxy: RunningProxy) -> None:
    fields = [b"Connection: X-Hop, close", b"x-hop: 1", b"Keep-Alive: timeout=5", b"Proxy-Connection: close", b"Y: 1"]
    says.answers.put(answer(*fields, b"Upgrade: h2c", b"Connection: Z", b"z: 1", b"Trailer: T", THREE))
    client = proxy.client()
    client.send(GET)
    assert client.message().headers == [(b"Y", b"1"), (b"Content-Length", b"3")]
    client.close()


def test_trailers_end_at_this_hop(says: Says, proxy: RunningProxy) -> None:
    says.answers.put(answer(b"Trailer: T", CHUNKED, body=b"3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n"))
    client = proxy.client()
    client.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert client.rest() == answer(CHUNKED, b"Connection: close", body=b"3\r\nabc\r\n0\r\n\r\n")
    client.close()


RANGES = b"--x\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--x\r\nContent-Range: bytes 8-8/9\r\n\r\n\xff\r\n--x--\r\n"
PASSING = {
    "an unknown status": answer(THREE, line=b"HTTP/1.1 799 \xe9\ttold"),
    "several ranges": answer(
        b"Content-Type: multipart/byteranges; boundary=x",
        b"Content-Length: %d" % len(RANGES),
        body=RANGES,
        line=b"HTTP/1.1 206 Partial Content",
    ),
    "no such range": answer(
        b"Content-Range: bytes */9", b"Content-Length: 0", body=b"", line=b"HTTP/1.1 416 Range Not Satisfiable"
    ),
    "repeats and odd values": answer(
        b"Set-Cookie: a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT",
        b"SET-COOKIE: b=2,c=3",
        b"X_under: \xff\xfe\t;;,,",
        b"!#$%&'*+-.^_`|~: token",
        b"Set-Cookie: a=1",
        THREE,
    ),
    "a reset form": answer(b"Content-Length: 0", body=b"", line=b"HTTP/1.1 205 Reset Content"),
}


@pytest.mark.parametrize("wire", PASSING.values(), ids=PASSING.keys())
def test_unusual_answers_pass_byte_for_byte(wire: bytes, says: Says, proxy: RunningProxy) -> None:
    says.answers.put(wire)
    client = proxy.client()
    client.send(GET)
    assert client.exactly(len(wire)) == wire
    client.close()


def test_interim_answers_reach_the_client_in_order(says: Says, proxy: RunningProxy) -> None:
    hints = answer(b"Link: </a.css>", b"link: </b>", b"Connection: x", b"X: 1", body=b"", line=b"HTTP/1.1 103 Hints")
    processing = b"HTTP/1.1 102 Processing\r\n\r\n"
    says.answers.put(hints + processing + OK)
    client = proxy.client()
    client.send(GET)
    assert client.head().headers == [(b"Link", b"</a.css>"), (b"link", b"</b>")]
    assert client.head().head == processing
    assert client.message().body == b"ok"
    client.close()


def test_a_client_of_http_1_0_gets_no_interim_answer(says: Says, proxy: RunningProxy) -> None:
    says.answers.put(b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK)
    assert proxy.ask(b"GET / HTTP/1.0\r\n\r\n").status == 200


def test_an_interim_answer_does_not_wait_for_the_answer() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n")
        upstream.go.wait()
        wire.send(OK)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        assert client.head().status == 103
        upstream.go.set()
        assert client.message().status == 200
        client.close()
