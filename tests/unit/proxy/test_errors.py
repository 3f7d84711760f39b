"""The proxy's own answers: JSON or HTML by Accept, and nothing of the request in them."""

from __future__ import annotations

import pytest

from shadow.errors import UpstreamError
from shadow.proxy.errors import own_answer, status_of
from tests.support.builders import headers


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("text/html, application/json", True),
        ("application/json, text/html", False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("TEXT/HTML", True),
    ],
)
def test_accept_decides_the_form(accept: str, html: bool) -> None:
    answer = own_answer(502, headers(accept=accept))
    fields = dict(answer.headers)
    assert fields[b"Content-Type"].startswith(b"text/html" if html else b"application/json")
    assert int(fields[b"Content-Length"]) == len(answer.body)


def test_without_accept_it_is_json() -> None:
    assert own_answer(504, headers()).body.startswith(b'{"error":"Gateway Timeout","status":504')


@pytest.mark.parametrize(
    ("phase", "status"),
    [("connect", 502), ("send", 502), ("head", 502), ("body", 502), ("protocol", 502), ("timeout", 504)],
)
def test_only_a_time_out_is_a_504(phase: str, status: int) -> None:
    assert status_of(UpstreamError(phase, "x", sent=True)) == status
