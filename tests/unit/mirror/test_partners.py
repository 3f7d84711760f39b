"""Cookies of two names are paired where something tells which is which, and never against it."""

from __future__ import annotations

import pytest

from shadow.mirror.partners import partners
from tests.support.builders import an_answer

HEX, TOKEN = "0123456789abcdef0123456789abcdef", "Q9w8e7R6t5y4u3I2o1p0"


def found(live: list[str], shadow: list[str]) -> dict[str, str]:
    """The partners of these Set-Cookie fields."""
    names = [[line.partition("=")[0] for line in lines] for lines in (live, shadow)]
    return partners(an_answer(Set_Cookie=live), an_answer(Set_Cookie=shadow), *names)


@pytest.mark.parametrize(
    ("live", "shadow", "expected"),
    [
        ([f"a={HEX}"], ["b=dark"], {"a": "b"}),
        ([f"a={HEX}; HttpOnly", f"b={HEX}"], [f"x={HEX}", f"y={HEX}; HttpOnly"], {"a": "y", "b": "x"}),
        ([f"a={HEX}; Path=/a", f"b={HEX}; Path=/"], [f"x={HEX}; Path=/", f"y={HEX}; Path=/a"], {"a": "y", "b": "x"}),
        ([f"a={HEX}; Max-Age=60", f"b={HEX}"], [f"x={HEX}", f"y={HEX}; Max-Age=60"], {"a": "y", "b": "x"}),
        (["a=dark", f"b={HEX}"], [f"x={TOKEN}", "y=light"], {"a": "y", "b": "x"}),
        ([f"csrf={HEX}; HttpOnly", f"sid={HEX}"], [f"session={TOKEN}; HttpOnly", f"_xsrf={TOKEN}"],
         {"csrf": "_xsrf", "sid": "session"}),
        ([f"a={HEX}", f"b={HEX}"], [f"x={HEX}", f"y={HEX}"], {"a": "x", "b": "y"}),
        ([f"a={HEX}", f"b={HEX}", "c=1"], [f"x={HEX}", f"y={HEX}", "z=2"], {"a": "x", "b": "y", "c": "z"}),
    ],
)  # fmt: skip
def test_partners_are_told_by(live: list[str], shadow: list[str], expected: dict[str, str]) -> None:
    assert found(live, shadow) == expected


@pytest.mark.parametrize(
    ("live", "shadow"),
    [
        ([f"a={HEX}", f"b={HEX}"], [f"x={HEX}"]),
        ([f"csrf={HEX}", f"xsrf={HEX}"], [f"session={HEX}", f"sid={HEX}"]),
    ],
)
def test_without_a_way_to_tell_nothing_is_paired(live: list[str], shadow: list[str]) -> None:
    assert found(live, shadow) == {}
