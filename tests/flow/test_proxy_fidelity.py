"""What the upstream gets and what the client gets are the bytes that the other end sent, apart from the hop's own."""

from __future__ import annotations

import pytest

from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, Upstream, Wire, answering

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    "target",
    [
        b"/a%2Fb",
        b"//double//slash/",
        b"/semi;colon=1;x",
        b"/%ff%00%zz",
        b"/plain?",
        b"/q?a=1&a=2&b",
        b"/q?a?b=?",
        b"/q?x=%20+%2B&y=[1]",
        b"/dots/../and/./more",
        b"/frag?x#y",
        b"/~tilde'quote\"<>|",
    ],
)
def test_the_target_arrives_byte_for_byte(target: bytes) -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target).status == 200
        assert upstream.request().target == target
        assert proxy.exchange().request.target == target


def test_an_absolute_target_is_sent_in_origin_form() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        for target, sent in ((b"http://h/x?y", b"/x?y"), (b"http://h", b"/"), (b"HTTP://h?y", b"/?y")):
            proxy.ask(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
            assert upstream.request().target == sent
        proxy.ask(b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
        assert upstream.request().target == b"*"


def test_fields_of_the_request_keep_case_order_and_repeats() -> None:
    request = (
        b"GET / HTTP/1.1\r\nhOST: shop:81\r\nX-oDD: 1\r\nCookie: a=1\r\ncookie: b=2\r\nEmpty: \r\nX-Latin: \xe9\r\n"
        b"Connection: keep-alive, X-Gone\r\nX-Gone: 1\r\nX-Shadow-Request: 1\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
    )
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        proxy.ask(request)
        assert upstream.request().headers == [
            (b"hOST", b"shop:81"),
            (b"X-oDD", b"1"),
            (b"Cookie", b"a=1"),
            (b"cookie", b"b=2"),
            (b"Empty", b""),
            (b"X-Latin", b"\xe9"),
            (b"X-Forwarded-For", b"127.0.0.1"),
            (b"X-Forwarded-Proto", b"http"),
            (b"X-Forwarded-Host", b"shop:81"),
        ]


def test_the_answer_arrives_byte_for_byte_apart_from_the_hops_fields() -> None:
    end_to_end = (
        b"HTTP/1.1 299 Quite All Right\r\nsErVer: legacy/1\r\nDate: then\r\nSet-Cookie: a=1; Path=/\r\nX-Empty:\x20\r\n"
        b"set-cookie: b=2\r\nContent-Type: text/html;charset=latin1\r\nX-Latin: \xe9\r\nContent-Length: 4\r\n"
    )
    wire = end_to_end + b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n\x00\xff\r\n"
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(GET)
        assert client.exactly(len(end_to_end) + 6) == end_to_end + b"\r\n\x00\xff\r\n"
        client.close()


def test_an_answer_with_an_empty_reason_keeps_it_empty() -> None:
    wire = b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(GET).head == wire


def test_chunked_bodies_pass_both_ways() -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
    request = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n"
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        for _ in range(3):
            client.send(request)
            answer = client.message()
            assert (answer.get("transfer-encoding"), answer.get("trailer"), answer.body) == (b"chunked", None, b"abcde")
            seen = upstream.request()
            assert (seen.get("transfer-encoding"), seen.get("t"), seen.body) == (b"chunked", None, b"hi!")
        client.close()
        assert proxy.exchange().request.body.data == b"hi!"


@pytest.mark.parametrize(
    ("method", "wire"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"),
        (b"GET", b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 1000\r\n\r\n'),
    ],
)
def test_answers_without_a_body_keep_their_fields_and_the_connection(method: bytes, wire: bytes) -> None:
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        for _ in range(3):
            client.send(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert client.message(bodiless=True).head == wire
        client.close()
        assert upstream.connections == 1


def test_a_body_that_ends_with_the_upstreams_connection_is_chunked_for_the_client() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.0 200 OK\r\nX: 1\r\n\r\nold style")

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        for _ in range(2):
            client.send(GET)
            answer = client.message()
            assert (answer.get("transfer-encoding"), answer.body) == (b"chunked", b"old style")
        client.close()


def test_a_client_of_http_1_0_gets_no_chunks() -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    with Upstream(answering(wire, OK)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert client.rest() == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"
        client.close()
        client = proxy.client()
        client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert client.message().get("connection") == b"keep-alive"
        client.close()


def test_the_upstream_says_whether_an_expected_body_may_come() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        seen = wire.head()
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen.body = wire.exactly(3)
        upstream.seen.put(seen)
        wire.send(OK)

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        assert client.message().body == b"ok"
        client.close()
        seen = upstream.request()
        assert (seen.body, seen.get("expect")) == (b"abc", b"100-continue")
        assert proxy.exchange().request.headers.get(b"expect") is None


def test_the_head_of_a_request_does_not_wait_for_its_body() -> None:
    def script(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.head())
        upstream.seen.put(wire.head()) if wire.exactly(3) == b"abc" else None

    with Upstream(script) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n")
        assert upstream.request().target == b"/"
        client.close()


def test_a_compressed_body_and_a_range_pass_untouched() -> None:
    wire = (
        b"HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\nContent-Range: bytes 0-3/9\r\n"
        b"Content-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    )
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        answer = proxy.ask(b"GET / HTTP/1.1\r\nHost: h\r\nRange: bytes=0-3\r\nAccept-Encoding: gzip\r\n\r\n")
        assert answer.head + answer.body == wire


def test_a_redirect_is_not_followed() -> None:
    wire = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n"
    with Upstream(answering(wire)) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(GET).head == wire
        assert upstream.connections == 1


def test_trusted_hops_are_believed_as_far_as_configured() -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6, 7.7.7.7\r\nX-Forwarded-Proto: https\r\n\r\n"
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url, trusted_hops=1) as proxy:
        proxy.ask(request)
        seen = upstream.request()
        assert seen.get("x-forwarded-for") == b"7.7.7.7, 127.0.0.1"
        assert seen.get("x-forwarded-proto") == b"https"
