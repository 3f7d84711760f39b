"""Heads of requests: which are refused, and what a target comes to."""

from __future__ import annotations

import pytest

from shadow.proxy.head import RequestHead, origin_form, refusal, size_of


@pytest.mark.parametrize(
    ("version", "hosts", "codings", "status"),
    [
        ("1.1", [b"h"], [], 0),
        ("1.1", [b"[::1]:8080"], [b"Chunked"], 0),
        ("1.1", [b"my_service.local"], [], 0),
        ("1.1", [b""], [], 0),
        ("1.0", [], [], 0),
        ("1.1", [], [], 400),
        ("1.0", [b"h", b"h"], [], 400),
        ("1.1", [b"a b"], [], 400),
        ("1.1", [b"h\xe9"], [], 400),
        ("1.0", [b"h"], [b"chunked"], 400),
        ("1.1", [b"h"], [b"chunked", b"identity"], 400),
        ("1.1", [b"h"], [b"gzip", b"chunked"], 501),
        ("1.1", [b"h"], [b"gzip,\tchunked "], 501),
        ("2.0", [b"h"], [], 505),
    ],
)
def test_a_head_that_means_two_things_is_refused(
    version: str, hosts: list[bytes], codings: list[bytes], status: int
) -> None:
    assert refusal(version, hosts, codings) == status


@pytest.mark.parametrize(
    ("target", "method", "found"),
    [
        (b"/a?b", "GET", (b"/a?b", None)),
        (b"//a", "GET", (b"//a", None)),
        (b"*", "OPTIONS", (b"*", None)),
        (b"*", "GET", None),
        (b"http://h:1/a?b", "GET", (b"/a?b", b"h:1")),
        (b"HTTPS://h?b/c", "GET", (b"/?b/c", b"h")),
        (b"http://h", "OPTIONS", (b"*", b"h")),
        (b"http://me@h/", "GET", None),
        (b"http:///a", "GET", None),
        (b"ftp://h/", "GET", None),
        (b"h:443", "GET", None),
    ],
)
def test_a_target_in_origin_form(target: bytes, method: str, found: tuple[bytes, bytes | None] | None) -> None:
    assert origin_form(target, method) == found


def test_the_size_is_that_of_the_target_and_the_lines() -> None:
    assert size_of(b"/ab", [(b"Host", b"h"), (b"X", b"")]) == len(b"/ab" + b"Host: h\r\n" + b"X: \r\n")


def test_a_head_without_its_upgrade_is_the_rest_of_it() -> None:
    head = RequestHead()
    head.target = b"/a?"
    for name, value in ((b"HOST", b"h"), (b"uPgrade", b"h2c"), (b"X", b""), (b"x", b"2")):
        head.add(name, value)
    head.end("GET", "1.1")
    head.add(b"Host", b"a trailer field")
    assert head.without_upgrade() == b"GET /a? HTTP/1.1\r\nHOST: h\r\nX: \r\nx: 2\r\n\r\n"
    assert head.refusal(0) == 0


def test_a_client_of_http_1_0_waits_for_no_interim_answer() -> None:
    for version, expects in (("1.0", False), ("1.1", True)):
        head = RequestHead()
        head.add(b"Expect", b"100-Continue")
        head.end("POST", version)
        assert head.expects is expects
