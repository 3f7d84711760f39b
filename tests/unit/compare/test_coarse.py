"""What is too large for a walk is equal or not, but never unequal for its names and clocks alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shadow.compare.decode import DETAILED
from shadow.exchange import Response
from shadow.words import Outcome
from tests.support.compare import AT, answer, as_json, compared, found, page

MANY = ["x" * 50] * 12_000
ROOT = {"json": "json:$", "page": "html:html", "text": "text"}


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(AT + seconds, UTC).isoformat()


def large(**members: Any) -> Response:
    found = as_json({**members, "rows": MANY})
    assert len(found.body.data) > DETAILED
    return found


@pytest.mark.parametrize(
    ("p", "c"),
    [
        ({"now": clock(0)}, {"now": clock(1)}),
        ({"duration": 0.125}, {"duration": 3.5e-05}),
        ({"duration": 1, "n": 5}, {"duration": 2, "n": 5}),
        ({"request_id": "a1b2c3d4e5"}, {"request_id": "f6a7b8c9d0"}),
        ({"id": "65f0a1b2c3d4e5f607182930"}, {"id": "75f0a1b2c3d4e5f607182930"}),
        ({"text": f'said "now" at {clock(0)}'}, {"text": f'said "now" at {clock(1)}'}),
    ],
)
def test_noise_in_a_large_document_is_noise(p: dict[str, Any], c: dict[str, Any]) -> None:
    assert compared(large(**p), large(**c)).outcome in (Outcome.NOISE, Outcome.MATCH)


@pytest.mark.parametrize(
    ("p", "c"),
    [
        ({"now": clock(0)}, {"now": clock(90_000)}),
        ({"duration": 0.125}, {"duration": "0.125"}),
        ({"duration": 0.125, "n": 1}, {"duration": 0.25, "n": 2}),
        ({"n": 1}, {"n": 2}),
        ({"n": "a"}, {"n": "b"}),
        ({"a": 1, "b": "duration"}, {"a": 2, "b": "duration"}),
        ({"now": clock(0), "n": 1}, {"now": clock(1), "n": 2}),
    ],
)
def test_a_difference_in_a_large_document_is_one(p: dict[str, Any], c: dict[str, Any]) -> None:
    assert found(compared(large(**p), large(**c))) == [("value", "json:$")]


@pytest.mark.parametrize("make", [page, lambda text: answer(text, media="text/plain")], ids=["page", "text"])
def test_a_clock_in_a_large_page_is_noise(make: Callable[[str], Response]) -> None:
    text = f"<p>{{}}</p>{'<p>hello world</p>' * 40_000}"
    assert compared(make(text.format(clock(0))), make(text.format(clock(1)))).outcome is Outcome.NOISE
    assert len(found(compared(make(text.format(clock(0))), make(text.format(clock(90_000)))))) == 1
