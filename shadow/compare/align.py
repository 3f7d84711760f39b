"""Align two sequences, so that one missing element is one difference and not a cascade.

Elements are known by a signature (equal when the elements are equal up to renaming). Equal ends are cut off, then those
that are equal but for their clocks; what is left is aligned by likeness, or element by element where it is too much.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher

from shadow.compare.timeless import Timeless, near, timeless

Pair = tuple[int | None, int | None]
Span = tuple[int, int, int, int]  # from where to where of the primary's, then of the candidate's
_CELLS = 3600  # 60 by 60: above it likeness costs too much
_MATCHED = 4000  # elements that SequenceMatcher may see


class Unlike(Exception):
    """Two elements are not equal, and more was not asked."""


def equal_ends(
    primary: int, candidate: int, same: Callable[[int, int], bool], start: int = 0, end: int = 0
) -> tuple[int, int]:
    """How many elements are the same at the beginning and at the end of two sequences of these lengths.

    `start` and `end` are known to be the same. The beginning has its share first, also of what is the same at the end.
    """
    shorter = min(primary, candidate)
    while start < shorter and same(start, start):
        start += 1
    end = min(end, shorter - start)
    while end < shorter - start and same(primary - 1 - end, candidate - 1 - end):
        end += 1
    return start, end


def moved(primary: Sequence[Hashable], candidate: Sequence[Hashable]) -> bool:
    """True when an element of one side stands at another position on the other: pairing by position would cascade."""
    unequal = [(p, c) for p, c in zip(primary, candidate, strict=True) if p != c]
    if _any_moved(unequal):
        return True
    ours, theirs = _keys([timeless(p) for p, _ in unequal], [timeless(c) for _, c in unequal])
    return _any_moved([(p, c) for p, c in zip(ours, theirs, strict=True) if p != c])


def _any_moved(unequal: Sequence[tuple[Hashable, Hashable]]) -> bool:
    rest = {c for _, c in unequal}
    return any(p in rest for p, _ in unequal)


def align(
    primary: Sequence[Hashable], candidate: Sequence[Hashable], likeness: Callable[[int, int], float]
) -> Iterator[Pair]:
    """Pairs of positions, in order; None where a side has nothing. `likeness` is 0 (unlike) to 1."""
    start, shorter = 0, min(len(primary), len(candidate))
    while start < shorter and primary[start] == candidate[start]:
        start += 1
    end = 0
    while end < shorter - start and primary[-1 - end] == candidate[-1 - end]:
        end += 1
    yield from ((at, at) for at in range(start))
    stop, other_stop = len(primary) - end, len(candidate) - end
    if start == min(stop, other_stop):
        yield from _in_order(start, stop, start, other_stop)
    else:
        ours, theirs = list(map(timeless, primary[start:stop])), list(map(timeless, candidate[start:other_stop]))
        for p, c in _but_for_clocks(ours, theirs, lambda p, c: likeness(start + p, start + c)):
            yield None if p is None else start + p, None if c is None else start + c
    yield from ((stop + at, other_stop + at) for at in range(end))


def _but_for_clocks(
    primary: Sequence[Timeless], candidate: Sequence[Timeless], likeness: Callable[[int, int], float]
) -> Iterator[Pair]:
    start, end = equal_ends(len(primary), len(candidate), lambda p, c: primary[p].same(candidate[c]))
    yield from ((at, at) for at in range(start))
    stop, other_stop = len(primary) - end, len(candidate) - end
    several = _several(primary, candidate)

    def weighed(p: int, c: int) -> float:
        if primary[p].same(candidate[c]):
            return 1.0
        by_times = primary[p].key == candidate[c].key and primary[p].key in several
        return likeness(p, c) * (0.5 if by_times else 1.0)

    yield from _middle(primary, candidate, (start, stop, start, other_stop), weighed)
    yield from ((stop + at, other_stop + at) for at in range(end))


def _middle(
    primary: Sequence[Timeless],
    candidate: Sequence[Timeless],
    span: Span,
    likeness: Callable[[int, int], float],
) -> Iterator[Pair]:
    start, stop, other, other_stop = span
    rows, columns = stop - start, other_stop - other
    if not rows or not columns:
        yield from _in_order(*span)
    elif rows * columns <= _CELLS:
        yield from _best(span, likeness)
    elif rows + columns <= _MATCHED:
        ours, theirs = _keys(primary[start:stop], candidate[other:other_stop])
        cells = _CELLS
        for what, i, i_end, j, j_end in SequenceMatcher(None, ours, theirs, autojunk=True).get_opcodes():
            part = start + i, start + i_end, other + j, other + j_end
            size = (i_end - i) * (j_end - j) if what == "replace" and i_end - i != j_end - j else 0
            yield from _best(part, likeness) if 0 < size <= cells else _in_order(*part)
            cells -= size if size <= cells else 0
    else:
        yield from _in_order(*span)


def _keys(primary: Sequence[Timeless], candidate: Sequence[Timeless]) -> tuple[list[Hashable], list[Hashable]]:
    """One key for each element: without its times, but where they alone tell elements apart.

    There the candidate's times are those of the primary's that they may be.
    """
    several = _several(primary, candidate)
    times: dict[Hashable, list[tuple[float, ...]]] = {}
    for one in primary:
        if one.key in several:
            times.setdefault(one.key, []).append(one.times)
    for found in times.values():
        found.sort()

    def called(one: Timeless) -> Hashable:
        known = times.get(one.key, [])
        at = bisect_left(known, one.times)
        close = [found for found in known[max(0, at - 1) : at + 1] if near(found, one.times)]
        return one._replace(times=min(close, key=lambda found: _apart(found, one.times), default=one.times))

    return (
        [one if one.key in several else one.key for one in primary],
        [called(one) if one.key in several else one.key for one in candidate],
    )


def _several(primary: Sequence[Timeless], candidate: Sequence[Timeless]) -> frozenset[Hashable]:
    """The keys that only their times tell apart."""
    counts = [Counter(one.key for one in side) for side in (primary, candidate)]
    return frozenset(key for count in counts for key, number in count.items() if number > 1)


def _apart(times: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(abs(p - c) for p, c in zip(times, other, strict=True))


def _in_order(start: int, stop: int, other: int, other_stop: int) -> Iterator[Pair]:
    both = min(stop - start, other_stop - other)
    yield from ((start + at, other + at) for at in range(both))
    yield from ((at, None) for at in range(start + both, stop))
    yield from ((None, at) for at in range(other + both, other_stop))


def _best(span: Span, likeness: Callable[[int, int], float]) -> Iterator[Pair]:
    """The order-keeping pairing with the greatest sum of likeness (Needleman and Wunsch, gaps free)."""
    start, stop, other, other_stop = span
    rows, columns = stop - start, other_stop - other
    score = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[0.0] * columns for _ in range(rows)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            found = alike[i][j] = likeness(start + i, other + j)
            paired = found + score[i + 1][j + 1] if found else 0.0
            score[i][j] = max(paired, score[i + 1][j], score[i][j + 1])
    i = j = 0
    while i < rows and j < columns:
        if alike[i][j] and score[i][j] == alike[i][j] + score[i + 1][j + 1]:
            yield start + i, other + j
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            yield start + i, None
            i += 1
        else:
            yield None, other + j
            j += 1
    yield from ((start + at, None) for at in range(i, rows))
    yield from ((None, other + at) for at in range(j, columns))
