"""Runs of list elements that are equal up to renaming, told from their text: far cheaper than a walk through them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from shadow.compare.differences import Tally
from shadow.compare.quick import Pieces
from shadow.compare.spans import unequal

_STRIDE = 64  # elements that are written out together at first
_TRIES = 16  # strides that may be made in vain
# What is no plain JSON (`Number`, `Repeated`) is refused.
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


class _Ends(NamedTuple):
    """How many elements of a list, and how many letters of its text, are the same at its beginning and at its end."""

    before: int
    head: int
    after: int
    tail: int


class _Stride(NamedTuple):
    """Two lists, written out and cut. The names at their beginning are learned, those at their end not yet."""

    text: str
    pieces: Pieces
    ends: _Ends


class Strides:
    """The strides through the lists of one pair of documents; where they lead nowhere, no more are made."""

    def __init__(self, tally: Tally, *, allowed: bool) -> None:
        self._tally = tally
        self._allowed = allowed
        self._tries = _TRIES

    def unequal(self, primary: Sequence[Any], candidate: Sequence[Any]) -> Iterator[int]:
        """The positions, in order, at which two lists of one length are not found to be the same."""
        start, stride = 0, _STRIDE
        while start < len(primary):
            yield from self._within(primary, candidate, start, min(start + stride, len(primary)))
            start, stride = start + stride, stride * 2

    def ends(self, primary: Sequence[Any], candidate: Sequence[Any]) -> tuple[int, int]:
        """How many objects are the same at the beginning and at the end of two lists; their names are learned."""
        stride = self._stride(primary, candidate)
        return (stride.ends.before, self._learned_tail(stride)) if stride else (0, 0)

    def _within(self, primary: Sequence[Any], candidate: Sequence[Any], start: int, stop: int) -> Iterator[int]:
        """Those from `start` to `stop`: what is the same at both ends is left out, then the ends of the rest.

        What stands at the end is learned last: of two places that contradict one another, the later one is told.
        """
        stride = self._stride(primary[start:stop], candidate[start:stop]) if stop - start > 1 else None
        if stride is None:
            yield from range(start, stop)
        elif stride.ends.before or stride.ends.after:
            start, rest = start + stride.ends.before, stop - stride.ends.after
            yield from range(start, min(start + 1, rest))
            yield from self._within(primary, candidate, start + 1, rest - 1)
            yield from range(max(start + 1, rest - 1), rest)
            if not self._learned_tail(stride):
                yield from self._within(primary, candidate, rest, stop)
        else:
            middle = (start + stop) // 2
            yield from self._within(primary, candidate, start, middle)
            yield from self._within(primary, candidate, middle, stop)

    def _stride(self, primary: Sequence[Any], candidate: Sequence[Any]) -> _Stride | None:
        """One stride; None for lists that are not worth it, or are no plain JSON."""
        if not (self._allowed and primary and candidate and type(primary[0]) is type(primary[-1]) is dict):
            return None
        try:
            text, other = (orjson.dumps(items, option=_SORTED).decode() for items in (primary, candidate))
        except orjson.JSONEncodeError:
            self._allowed = False
            return None
        # Whatever comes of it, it is work.
        self._tally.step(1 + (len(text) + len(other)) // 64)
        pieces = Pieces(text, other)
        self._tally.step(len(pieces.places) // 2)
        ends = self._learned_head(primary, pieces, _spelled(primary, len(candidate), pieces))
        if 4 * (ends.before + ends.after) < len(primary):
            self._tries -= 1
            self._allowed = self._tries > 0
        self._tally.places += text.count(",", 0, ends.head)
        return _Stride(text, pieces, ends)

    def _learned_head(self, primary: Sequence[Any], pieces: Pieces, ends: _Ends) -> _Ends:
        """What is left of equal ends when the names at the beginning must fit as well; these are learned."""
        renaming, first = self._tally.renaming, pieces.names_before(ends.head)
        if pieces.same_head(renaming, first):
            return ends
        # What stands before the first name of another thing is still the same.
        good = pieces.good_names(renaming, first)
        bounds = _bounds(primary)
        before = _fitting(bounds, pieces.places[2 * good], ends.before)
        pieces.same_head(renaming, pieces.names_before(bounds[before]))
        return ends._replace(before=before, head=bounds[before])

    def _learned_tail(self, stride: _Stride) -> int:
        """How many elements are the same at the end now that their names must fit too, all of them or none."""
        text, pieces, tail = stride.text, stride.pieces, stride.ends.tail
        first = pieces.names_before(len(text) - tail)
        if not tail or not pieces.same_tail(self._tally.renaming, first, pieces.names):
            return 0
        self._tally.places += text.count(",", len(text) - tail)
        return stride.ends.after


def _spelled(primary: Sequence[Any], others: int, pieces: Pieces) -> _Ends:
    """The ends that are equal but for names; `others` counts the candidate's elements."""
    if pieces.literals == pieces.other_literals:
        return _Ends(len(primary), pieces.size, 0, 0)
    most = min(len(primary), others)
    span, bounds = unequal(pieces), _bounds(primary)
    before = _fitting(bounds, span.begin, most)
    first = max(bisect_right(bounds, span.end - 1, hi=len(primary)), len(primary) - (most - before))
    return _Ends(before, bounds[before], len(primary) - first, bounds[-1] - bounds[first])


def _bounds(elements: Sequence[Any]) -> list[int]:
    """How long the text of a list is in front of each element and of its end, without the bracket that opens it."""
    written = [orjson.dumps(element, option=_SORTED) for element in elements]
    return list(accumulate([len(one if one.isascii() else one.decode()) + 1 for one in written], initial=0))


def _fitting(bounds: Sequence[int], room: int, most: int) -> int:
    """How many elements, `most` at the utmost, fit in front of this position of a list's text."""
    return min(bisect_left(bounds, room, 1) - 1, most)
