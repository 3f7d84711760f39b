"""All that differs between two JSON texts, narrowed to a run of elements of the one long list that they are about.

What lies outside is equal but for names: then nothing but that run need be parsed and walked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from operator import add
from typing import NamedTuple

import msgspec

from shadow.compare.decode import MEMBERS
from shadow.compare.quick import Pieces
from shadow.compare.spans import unequal

_MOST = 20_000  # elements of a list: to look for their places costs time as well
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


class Part(NamedTuple):
    """The run of a list's elements in which two texts differ; `key` is what the list is called, None without a name.

    `primary` and `candidate` are JSON lists of the elements of the run. A 0 in front of them stands for the `before`
    elements there. `after` is 1 where an element of what follows is the last one, else 0.

    Of the names in the texts the first `head` stand in front of the run, those from `tail` on behind it, and those from
    `behind_list` on behind the list. `places` is about how many places a walk would count around the run.
    """

    key: str | None
    before: int
    after: int
    primary: str
    candidate: str
    head: int
    tail: int
    behind_list: int
    places: int


class _LongList(NamedTuple):
    """The list that makes up most of a text: where each element begins and ends in it, and where the list ends."""

    key: str | None
    starts: list[int]
    ends: list[int]
    end: int


def narrowed(primary: str, candidate: str, pieces: Pieces) -> Part | None:
    """Where two texts differ; None when that is no small part of one list, or a parser would refuse the primary's text.

    Whether the candidate's text is JSON shows when its run is parsed: all around it is the primary's.
    """
    span = unequal(pieces)
    if 2 * (span.end - span.begin) > len(primary):
        return None
    try:
        one = _long_list(primary)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    # Both brackets must stand in what is equal: then the candidate has the same list.
    if one is None or span.begin < one.starts[0] or span.end >= one.end:
        return None
    before, first = bisect_left(one.ends, span.begin), bisect_right(one.starts, span.end)
    return _part(primary, candidate, one, before, max(first, before), pieces)


def _long_list(text: str) -> _LongList | None:
    key, inner = None, text
    if text[:1] == "{":
        members = MEMBERS.decode(text)
        key = max(members, key=lambda one: len(members[one]), default="")
        inner = str(members.get(key, b""), "utf-8")
    if inner[:1] != "[" or 2 * len(inner) < len(text):
        return None
    at, elements = _only_place(text, inner), _ELEMENTS.decode(inner)
    if at is None or not 1 < len(elements) < _MOST:
        return None
    lengths = [len(str(one, "utf-8")) for one in elements]
    # Each element must be as far from the next one as all others.
    between = inner[1 + lengths[0] : 1 + lengths[0] + (len(inner) - 2 - sum(lengths)) // (len(elements) - 1)]
    if between.encode().join(elements) != inner[1:-1].encode():
        return None
    starts = list(accumulate(map(len(between).__add__, lengths[:-1]), initial=at + 1))
    return _LongList(key, starts, list(map(add, starts, lengths)), at + len(inner))


def _only_place(text: str, inner: str) -> int | None:
    """Where a list stands in a text; None where a text within a text could be taken for it."""
    last, found = len(text) - len(inner), []
    at = text.find("[", 0, last + 1)
    while at >= 0:
        if text.startswith(inner, at):
            found.append(at)
        at = text.find("[", at + 1, last + 1)
    return found[0] if len(found) == 1 else None


def _part(primary: str, candidate: str, one: _LongList, before: int, first: int, pieces: Pieces) -> Part | None:
    """The part behind `before` elements and in front of the element `first`, or of a later one where the ends meet."""
    count = len(one.starts)
    begin = one.ends[before - 1] if before else one.starts[0]
    other_begin = pieces.other_place(begin)
    while first < count and pieces.other_place_from_end(one.starts[first]) < other_begin:
        first += 1
    if 2 * (first - before) > count:
        return None
    after = first < count
    tail, end = (one.starts[first], one.ends[first]) if after else (one.end - 1, one.end - 1)
    other_end = pieces.other_place_from_end(end)
    if other_end < other_begin:
        return None
    mark = "0" if before else ""
    return Part(
        one.key,
        before,
        int(after),
        f"[{mark}{primary[begin:end]}]",
        f"[{mark}{candidate[other_begin:other_end]}]",
        pieces.names_before(begin),
        pieces.names_before(tail),
        pieces.names_before(one.end - 1),
        primary.count(",", 0, begin) + primary.count(",", tail),
    )
