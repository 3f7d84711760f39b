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


def unequal(pieces: Pieces) -> Span:
    """The span of the primary's JSON text outside of which the literals of both are equal; they must differ somewhere.

    Where an element ends on both sides, what stands between it and the next one counts as equal.
    """
    ours, theirs = pieces.literals, pieces.other_literals
    shorter = min(len(ours), len(theirs))
    first = next(compress(count(), map(ne, ours, theirs)), shorter - 1)
    last = next(compress(count(1), map(ne, reversed(ours), reversed(theirs))), shorter)
    # Where a literal begins (even numbers), and where it ends (odd ones).
    bounds = (0, *pieces.places, pieces.size)
    begin = bounds[2 * first] + _common(ours[first], theirs[first], ",]")
    return Span(begin, bounds[1 - 2 * last] - _common(ours[-last][::-1], theirs[-last][::-1], ",["))


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
