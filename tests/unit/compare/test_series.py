"""Numbers that name things: where they are found, and at what price."""

from __future__ import annotations

import time

import pytest

from shadow.compare.series import NUMBERED, series_at


@pytest.mark.parametrize(
    ("text", "series", "number"),
    [
        ("/orders/17", "order", "17"),
        ("-orders/17", "order", "17"),
        ("?order_id=17", "order", "17"),
        ("filter[order.id]=17", "order", "17"),
        ("next=%2Forders%2F17", "order", "17"),
        (f"/{'long-' * 40}orders/17", "order", "17"),
        ("see #17", "task", "17"),
    ],
)
def test_numbers_behind_words_are_found(text: str, series: str, number: str) -> None:
    found = NUMBERED.search(text)
    assert found
    assert series_at(found, "task") == (series, number)


@pytest.mark.parametrize("part", ["x-", "a.", "a[", "x-%", "a", "%2F", "%2Fa"])
def test_numbers_are_looked_for_in_linear_time(part: str) -> None:
    """Each part of the text may begin a word that goes on to its end."""
    started = time.process_time()
    assert not NUMBERED.search(part * 100_000)
    assert time.process_time() - started < 1
