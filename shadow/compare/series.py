"""Numbers that name things: which numbers do, and what they name.

An application that counts its things gives them other numbers in another world as soon as one world has counted
further. So `17` alone says nothing; `order 17` is a name, wherever a request or an answer writes it:
`/orders/17`, `?order_id=17`, `"orderId": 17`, `"order": {"id": 17}`. A number that counts or measures names nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

KIND = "number"
_NAMING = frozenset("id ids pk number numbers no nr seq".split())  # noqa: SIM905
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SEGMENT = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
# `/orders/17`, `order_id=17`, both also as an URL within an URL has them, and `#17`. The words have a bound: each part
# of `x-x-x-…` may begin one, and to read on from every part of it would take its length squared.
NUMBERED = re.compile(
    r"(?:(?<![\w%])|(?<=%2[Ff]))(?P<path>[A-Za-z][\w-]{0,63}+)(?:/|%2[Ff])(?P<segment>\d{1,18})(?![\w.-])"
    r"|(?:(?<![\w%])|(?<=%(?:26|3[Ff])))(?P<field>[A-Za-z][\w.\[\]-]{0,63}+)(?:=|%3[Dd])(?P<value>\d{1,18})(?![\w.-])"
    r"|\#(?P<shown>\d{1,18})(?![\w.-])",
    re.ASCII,
)


@lru_cache(4096)
def series_of(name: str, holder: str = "") -> str:
    """What a number under this name is the number of; `holder` is what the name belongs to. Empty for a quantity."""
    words = _WORDS.findall(name)
    if not words or words[-1].lower() not in _NAMING:
        return ""
    holders = words[:-1] or _WORDS.findall(holder)
    return singular(holders[-1]) if holders else ""


@lru_cache(4096)
def singular(word: str) -> str:
    """`Orders` and `order` are one series."""
    words = _WORDS.findall(word)
    found = words[-1].lower() if words else ""
    if found.endswith("ies"):
        return f"{found[:-3]}y"
    return found[:-1] if found.endswith("s") and not found.endswith("ss") else found


def resource_of(path: str) -> str:
    """What a path speaks of: the word before its last number, else its last word."""
    segments = [segment for segment in path.partition("?")[0].split("/") if segment]
    numbers = [at for at, segment in enumerate(segments) if segment.isdecimal()]
    words = [one for one in segments[: numbers[-1] if numbers else None] if _SEGMENT.fullmatch(one)]
    return words[-1] if words else ""


def series_at(found: re.Match[str], resource: str) -> tuple[str, str]:
    """Series and number of what `NUMBERED` found; the series is empty where the number names nothing."""
    if found["segment"]:
        return singular(found["path"]), found["segment"]
    if found["value"]:
        return series_of(found["field"], resource), found["value"]
    return singular(resource), found["shown"]


def named(series: str, number: object) -> str:
    """The name that the AliasBook knows the thing by."""
    return f"{series} {number}"
