"""Requests that two parsers could read in two ways: refused, the connection closed, not a byte of them forwarded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire

CHUNKED = b"Transfer-Encoding: chunked"


def post(*fields: bytes, body: bytes = b"", line: bytes = b"POST / HTTP/1.1", host: bytes = b"Host: h") -> bytes:
    """A request of these field lines."""
    return b"\r\n".join([line, host, *fields, b"", body])


def chunked(body: bytes) -> bytes:
    """A request with this chunked body, its framing included."""
    return post(CHUNKED, body=body)


def _counting_heads(upstream: Upstream, wire: Wire) -> None:
    """Note a request as soon as its head is here, so that half a request is noted as well."""
    while True:
        seen = wire.head()
        upstream.seen.put(seen)
        wire.exactly(int(seen.get("content-length") or 0))
        wire.send(OK)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(_counting_heads) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(upstream: Upstream) -> Iterator[RunningProxy]:
    with RunningProxy(upstream.url) as running:
        yield running


def refused(upstream: Upstream, proxy: RunningProxy, request: bytes) -> int:
    """The status it is refused with; what is pipelined behind it is not served, the next connection is."""
    client = proxy.client()
    client.send(request + b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    answer = client.message()
    assert answer.get("connection") == b"close"
    assert client.closed()
    client.close()
    assert proxy.ask(b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n").status == 200
    assert upstream.request().target == b"/next"
    return int(answer.status)


LENGTHS = {
    "length and chunked": [b"Content-Length: 3", CHUNKED],
    "chunked and length": [CHUNKED, b"Content-Length: 3"],
    "two equal lengths": [b"Content-Length: 3", b"Content-Length: 3"],
    "two unequal lengths": [b"Content-Length: 3", b"Content-Length: 4"],
    "list of equal lengths": [b"Content-Length: 3, 3"],
    "list of unequal lengths": [b"Content-Length: 3, 4"],
    "length with a sign": [b"Content-Length: +3"],
    "negative length": [b"Content-Length: -3"],
    "hexadecimal length": [b"Content-Length: 0x3"],
    "length with a space in it": [b"Content-Length: 1 2"],
    "length with a vertical tab": [b"Content-Length: \x0b3"],
    "empty length": [b"Content-Length:"],
    "length beyond 64 bits": [b"Content-Length: 99999999999999999999"],
    "chunked, then identity": [b"Transfer-Encoding: chunked, identity"],
    "identity": [b"Transfer-Encoding: identity"],
    "a coding that only looks like it": [b"Transfer-Encoding: xchunked"],
    "a coding that begins like it": [b"Transfer-Encoding: chunkedx"],
    "a coding with a parameter": [b"Transfer-Encoding: chunked;q=1"],
    "a quoted coding": [b'Transfer-Encoding: "chunked"'],
    "a coding behind a vertical tab": [b"Transfer-Encoding: \x0bchunked"],
    "an empty coding": [b"Transfer-Encoding:"],
    "chunked twice": [b"Transfer-Encoding: chunked, chunked"],
    "chunked in two fields": [CHUNKED, CHUNKED],
    "identity in a second field": [CHUNKED, b"Transfer-Encoding: identity"],
    "a space before the colon": [b"Transfer-Encoding : chunked"],
    "a folded coding": [b"Transfer-Encoding:\r\n chunked"],
}


@pytest.mark.parametrize("fields", LENGTHS.values(), ids=LENGTHS.keys())
def test_a_body_whose_end_is_in_doubt_is_refused(fields: list[bytes], upstream: Upstream, proxy: RunningProxy) -> None:
    assert refused(upstream, proxy, post(*fields, body=b"0\r\n\r\n")) == 400


def test_chunks_from_a_client_of_http_1_0_are_refused(upstream: Upstream, proxy: RunningProxy) -> None:
    """RFC 9112 6.1: something before it has framed the message anew, or nobody knows what it says."""
    request = post(CHUNKED, b"Connection: keep-alive", body=b"0\r\n\r\n", line=b"POST / HTTP/1.0")
    assert refused(upstream, proxy, request) == 400


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"identity, chunked"])
def test_a_coding_under_the_chunks_is_not_implemented(coding: bytes, upstream: Upstream, proxy: RunningProxy) -> None:
    assert refused(upstream, proxy, post(b"Transfer-Encoding: " + coding, body=b"0\r\n\r\n")) == 501


CHUNKS = {
    "no number": b"zz\r\n",
    "a prefix": b"0x3\r\nabc\r\n0\r\n\r\n",
    "a sign": b"+3\r\nabc\r\n0\r\n\r\n",
    "negative": b"-3\r\nabc\r\n0\r\n\r\n",
    "a space before it": b" 3\r\nabc\r\n0\r\n\r\n",
    "a space behind it": b"3 \r\nabc\r\n0\r\n\r\n",
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "more than 64 bits": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "bare LF behind the size": b"3\nabc\r\n0\r\n\r\n",
    "bare LF behind the data": b"3\r\nabc\n0\r\n\r\n",
    "more data than said": b"3\r\nabcd\r\n0\r\n\r\n",
    "bare CR in an extension": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "bare LF in an extension": b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "NUL in an extension": b"3;a\x00b\r\nabc\r\n0\r\n\r\n",
    "an empty extension": b"3;\r\nabc\r\n0\r\n\r\n",
    "a length in the trailers": b"3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n",
    "a coding in the trailers": b"3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a trailer without a colon": b"3\r\nabc\r\n0\r\nnone\r\n\r\n",
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS.keys())
def test_odd_chunks_are_refused(body: bytes, upstream: Upstream, proxy: RunningProxy) -> None:
    assert refused(upstream, proxy, chunked(body)) == 400


@pytest.mark.parametrize("line", [b"3;" + b"a" * 1_000_000, b"0" * 1_000_000 + b"3"], ids=["extension", "size"])
def test_a_chunk_line_without_end_is_refused(line: bytes, proxy: RunningProxy) -> None:
    client = proxy.client()
    client.send(chunked(line))
    assert client.head().status == 400
    client.close()


FIELDS = {
    "folded": b"X: a\r\n b",
    "bare CR": b"X: a\rb",
    "bare CR before a field": b"X: a\rTransfer-Encoding: chunked",
    "bare LF": b"X: a\nTransfer-Encoding: chunked",
    "NUL": b"X: a\x00b",
    "another control": b"X: a\x1fb",
    "DEL": b"X: a\x7fb",
    "NUL in a name": b"X\x00: a",
    "space before the colon": b"X : a",
    "tab before the colon": b"X\t: a",
    "no name": b": a",
    "no colon": b"X",
    "a name that is no token": b"X(y): a",
    "a name beyond ASCII": b"X\xc3\xa9: a",
    "a second Host": b"Host: other",
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_odd_fields_are_refused(field: bytes, upstream: Upstream, proxy: RunningProxy) -> None:
    assert refused(upstream, proxy, post(field, line=b"GET / HTTP/1.1")) == 400


LINES = {
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "a folded first field": (b"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400),
    "a Host with a space": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a Host with a user": (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "a Host with a path": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a user in the target": (b"GET http://me@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "no host in the target": (b"GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "another scheme": (b"GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an asterisk": (b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "NUL in the target": (b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a control in the target": (b"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "bare LF": (b"GET / HTTP/1.1\nHost: h\n\n", 400),
    "bare CR": (b"GET / HTTP/1.1\rHost: h\r\r", 400),
    "an unknown method": (b"FOO / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "a tunnel": (b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 501),
    "a tunnel to a path": (b"CONNECT / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 501),
}


@pytest.mark.parametrize(("request_", "status"), LINES.values(), ids=LINES.keys())
def test_odd_heads_are_refused(request_: bytes, status: int, upstream: Upstream, proxy: RunningProxy) -> None:
    assert refused(upstream, proxy, request_) == status


def _target(size: int) -> bytes:
    return b"GET /" + b"a" * (size - 1) + b" HTTP/1.1\r\nHost: h\r\n\r\n"


def _block(size: int) -> bytes:
    """A head whose target and fields have this size, in 30 fields."""
    fields = [b"X-%02d: %b" % (number, b"a" * (size // 30 - 8)) for number in range(30)]
    rest = size - len(b"/") - len(b"Host: h\r\n") - sum(len(field) + 2 for field in fields)
    fields[-1] += b"a" * rest
    return post(*fields, line=b"GET / HTTP/1.1")


@pytest.mark.parametrize("whole", [_target(8 * 1024), _target(60 * 1024), _block(64 * 1024)])
def test_a_long_head_passes(whole: bytes, upstream: Upstream, proxy: RunningProxy) -> None:
    assert proxy.ask(whole).status == 200
    seen = upstream.request()
    assert whole.startswith(seen.line)
    # What the proxy adds comes last, and Host stays where it was.
    kept = b"".join(b"%b: %b\r\n" % pair for pair in seen.headers[:-3])
    assert whole == seen.line + b"\r\n" + kept + b"\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [(_target(64 * 1024), 414), (_target(1 << 20), 414), (_block(64 * 1024 + 1), 431), (_block(1 << 20), 431)],
)
def test_a_longer_head_is_refused_and_the_client_can_read_why(
    request_: bytes, status: int, upstream: Upstream, proxy: RunningProxy
) -> None:
    assert refused(upstream, proxy, request_) == status


def test_requests_before_a_refused_one_get_their_answers(upstream: Upstream, proxy: RunningProxy) -> None:
    client = proxy.client()
    get = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
    client.send(get % 1 + get % 2 + post(b"Transfer-Encoding: identity") + get % 3)
    assert [client.message().body for _ in range(2)] == [b"ok", b"ok"]
    assert client.closed()
    client.close()
    assert [upstream.request().target for _ in range(2)] == [b"/1", b"/2"]
    assert upstream.seen.empty()


def test_a_body_that_goes_wrong_on_the_way_is_never_ended_for_the_upstream() -> None:
    ended = []

    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.head())
        try:
            ended.append(wire.until(b"0\r\n\r\n"))
        finally:
            upstream.gone.set()

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(chunked(b"3\r\nabc\r\n"))
        upstream.request()
        client.send(b"3\nabc\r\n0\r\n\r\n")
        assert client.message().status == 400
        assert upstream.gone.wait(PATIENCE)
        assert ended == []
        client.close()
