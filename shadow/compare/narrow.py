"""All that differs between two JSON texts, narrowed to a run of elements of the one long list that they are about.

What lies outside is equal but for names: then nothing but that run need be parsed and walked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

import msgspec

from shadow.compare.quick import Pieces
from shadow.compare.spans import Span, unequal

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


class Part(NamedTuple):
    """Two runs of list elements, as they are written, the first of them at `start`; `key` is what the list is called.

    Of the names in the texts the first `head` stand in front of the runs, those from `tail` on behind them, and those
    from `rest` on behind the lists. `places` is about how many places a walk would count around the runs.
    """

    key: str | None
    start: int
    primary: list[str]
    candidate: list[str]
    head: int
    tail: int
    rest: int
    places: int


class _LongList(NamedTuple):
    """The list that makes up most of a text, from `begin` to `end`; `key` is None when it is all of the text."""

    key: str | None
    begin: int
    end: int
    elements: list[msgspec.Raw]


def narrowed(primary: str, candidate: str, pieces: Pieces) -> Part | None:
    """Where two texts differ; None when that is no small part of one list, or one text is no JSON."""
    ours, theirs = unequal(pieces)
    if 2 * (ours.end - ours.begin) > len(primary) or 2 * (theirs.end - theirs.begin) > len(candidate):
        return None
    try:
        one, other = _long_list(primary), _long_list(candidate)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    # Both brackets of both lists must stand in what is equal: then they are those of one list.
    if one and other and one.key == other.key and _holds(one, ours) and _holds(other, theirs):
        return _part(primary, one, other, ours, pieces)
    return None


def _holds(one: _LongList, span: Span) -> bool:
    return one.begin < span.begin and span.end < one.end


def _long_list(text: str) -> _LongList | None:
    key, inner = None, text
    if text[:1] == "{":
        members = _MEMBERS.decode(text)
        key = max(members, key=lambda one: len(members[one]), default="")
        inner = str(members.get(key, b""), "utf-8")
    if inner[:1] != "[" or 2 * len(inner) < len(text):
        return None
    begin = _only_place(text, inner)
    return None if begin is None else _LongList(key, begin, begin + len(inner), _ELEMENTS.decode(inner))


def _only_place(text: str, inner: str) -> int | None:
    """Where a list stands in a text; None where a text within a text could be taken for it."""
    last, found = len(text) - len(inner), []
    at = text.find("[", 0, last + 1)
    while at >= 0:
        if text.startswith(inner, at):
            found.append(at)
        at = text.find("[", at + 1, last + 1)
    return found[0] if len(found) == 1 else None


def _part(primary: str, one: _LongList, other: _LongList, span: Span, pieces: Pieces) -> Part | None:
    elements, most = _texts(one.elements), min(len(one.elements), len(other.elements))
    starts = _starts(primary[one.begin + 1 : one.end - 1], elements, one.begin + 1)
    if not starts:
        return None
    ends = list(map(add, starts, map(len, elements)))
    before = min(bisect_left(ends, span.begin), most)
    # What stands between an element and the one before it must be equal too.
    first = max(bisect_right(starts, span.end), len(elements) - (most - before))
    if 2 * (first - before) > len(elements):
        return None
    head = ends[before - 1] if before else one.begin
    tail = starts[first] if first < len(starts) else one.end - 1
    return Part(
        one.key,
        before,
        elements[before:first],
        _texts(other.elements[before : len(other.elements) - (len(elements) - first)]),
        pieces.names_before(head),
        pieces.names_before(tail),
        pieces.names_before(one.end - 1),
        primary.count(",", 0, head) + primary.count(",", tail),
    )


def _texts(elements: Sequence[msgspec.Raw]) -> list[str]:
    return list(map(str, elements, repeat("utf-8")))


def _starts(text: str, elements: Sequence[str], at: int) -> list[int]:
    """Where the elements of a list begin, whose text begins at `at` behind its bracket; none unless evenly apart."""
    if len(elements) < 2:
        return []
    second = len(elements[0]) + (len(text) - sum(map(len, elements))) // (len(elements) - 1)
    between = text[len(elements[0]) : second]
    if between.join(elements) != text:
        return []
    return list(accumulate([len(one) + len(between) for one in elements[:-1]], initial=at))
