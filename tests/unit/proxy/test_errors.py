"""The proxy's own answers: JSON or HTML for who asks for it by name, and nothing of the request in them."""

from __future__ import annotations

import json

import pytest

from shadow.errors import UpstreamError
from shadow.headers import HeaderList
from shadow.proxy.errors import own_answer, status_of
from tests.support.builders import headers

HTML, JSON, TEXT = b"text/html; charset=utf-8", b"application/json", b"text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", HTML),
        ("TEXT/HTML", HTML),
        ("application/json;q=0.9, text/html", HTML),
        ("text/html, application/json", JSON),
        ("application/json", JSON),
        ("application/problem+json, text/html;q=0.9", JSON),
        ("application/json; charset=utf-8; Q=0.5, text/html;q=0.4", JSON),
        ("application/json;q=0.1, */*", JSON),
        ("application/json;q=0, text/html;q=0.5", HTML),
        ("application/json;q=0", TEXT),
        ("application/json;q=much", TEXT),
        ("text/html;level=1;q=0.000", TEXT),
        ("application/*, text/*", TEXT),
        ("application/jsonp", TEXT),
        ("*/*", TEXT),
        ("", TEXT),
        (";,;q=,", TEXT),
    ],
)
def test_accept_decides_the_form(accept: str, kind: bytes) -> None:
    answer = own_answer(502, headers(accept=accept))
    fields = dict(answer.headers)
    assert fields[b"Content-Type"] == kind
    assert int(fields[b"Content-Length"]) == len(answer.body)


def test_accept_may_come_in_several_lines() -> None:
    lines = HeaderList.of([(b"Accept", b"text/html;q=0.5"), (b"accept", b"application/json")])
    assert json.loads(own_answer(504, lines).body)["error"] == "Gateway Timeout"


@pytest.mark.parametrize("asked", [headers(), headers(accept="*/*")])
@pytest.mark.parametrize("status", [404, 502, 504])
def test_a_worker_gets_what_it_cannot_take_for_an_answer(status: int, asked: HeaderList) -> None:
    """An object without `duration` kills it and an `error` stops it for good; on any other text it tries again."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(own_answer(status, asked).body)


@pytest.mark.parametrize(
    ("phase", "status"),
    [("connect", 502), ("send", 502), ("head", 502), ("body", 502), ("protocol", 502), ("timeout", 504)],
)
def test_only_a_time_out_is_a_504(phase: str, status: int) -> None:
    assert status_of(UpstreamError(phase, "x", sent=True)) == status
