"""Where two texts differ, told from both their ends."""

from __future__ import annotations

from itertools import compress, count
from operator import ne
from typing import NamedTuple

from shadow.compare.quick import Pieces


class Span(NamedTuple):
    """From where to where in a text; `end` is behind it, or in front of `begin` where all stands at the ends."""

    begin: int
    end: int


def unequal(pieces: Pieces) -> tuple[Span, Span]:
    """The span of each of two JSON texts outside of which their literals are equal; they must differ somewhere.

    Where an element ends on both sides, what stands between it and the next one counts as equal.
    """
    ours, theirs = pieces.literals, pieces.other_literals
    shorter = min(len(ours), len(theirs))
    first = next(compress(count(), map(ne, ours, theirs)), shorter - 1)
    last = next(compress(count(1), map(ne, reversed(ours), reversed(theirs))), shorter)
    head, tail = _common(ours[first], theirs[first], ",]"), _common(ours[-last][::-1], theirs[-last][::-1], ",[")
    sides = ((pieces.places, pieces.size), (pieces.other_places, pieces.other_size))
    one, other = (Span(_at(2 * first, *side) + head, _at(1 - 2 * last, *side) - tail) for side in sides)
    return one, other


def _at(number: int, places: list[int], size: int) -> int:
    """Where in a text of this size one of its literals begins (even numbers) or ends (odd ones)."""
    return (0, *places, size)[number]


def _common(primary: str, candidate: str, bounds: str) -> int:
    """How many letters two texts have in common at their beginning, and one more where both have a bound there."""
    at = first_difference(primary, candidate)
    bound = at < min(len(primary), len(candidate)) and primary[at] in bounds and candidate[at] in bounds
    return at + bound


def first_difference(primary: str | bytes, candidate: str | bytes) -> int:
    """The first position at which two texts differ; the shorter length when one begins the other."""
    low, high = 0, min(len(primary), len(candidate))
    while low < high:
        middle = (low + high + 1) // 2
        if primary[low:middle] == candidate[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
