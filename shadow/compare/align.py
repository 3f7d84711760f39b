"""Align two sequences, so that one missing element is one difference and not a cascade.

Elements are known by a signature (equal when the elements are equal up to renaming). Equal ends are cut off; what is
left is aligned by likeness, or element by element where it is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher

Pair = tuple[int | None, int | None]
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
    rest = {c for p, c in zip(primary, candidate, strict=True) if p != c}
    return any(p in rest for p, c in zip(primary, candidate, strict=True) if p != c)


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
    yield from _middle(primary, candidate, (start, stop, start, other_stop), likeness)
    yield from ((stop + at, other_stop + at) for at in range(end))


def _middle(
    primary: Sequence[Hashable],
    candidate: Sequence[Hashable],
    span: tuple[int, int, int, int],
    likeness: Callable[[int, int], float],
) -> Iterator[Pair]:
    start, stop, other, other_stop = span
    rows, columns = stop - start, other_stop - other
    if not rows or not columns:
        yield from ((at, None) for at in range(start, stop))
        yield from ((None, at) for at in range(other, other_stop))
    elif rows * columns <= _CELLS:
        yield from _best(primary, candidate, span, likeness)
    elif rows + columns <= _MATCHED:
        matcher = SequenceMatcher(None, primary[start:stop], candidate[other:other_stop], autojunk=True)
        for _, i, i_end, j, j_end in matcher.get_opcodes():
            yield from _in_order(start + i, start + i_end, other + j, other + j_end)
    else:
        yield from _in_order(start, stop, other, other_stop)


def _in_order(start: int, stop: int, other: int, other_stop: int) -> Iterator[Pair]:
    both = min(stop - start, other_stop - other)
    yield from ((start + at, other + at) for at in range(both))
    yield from ((at, None) for at in range(start + both, stop))
    yield from ((None, at) for at in range(other + both, other_stop))


def _best(
    primary: Sequence[Hashable],
    candidate: Sequence[Hashable],
    span: tuple[int, int, int, int],
    likeness: Callable[[int, int], float],
) -> Iterator[Pair]:
    """The order-keeping pairing with the greatest sum of likeness (Needleman and Wunsch, gaps free)."""
    start, stop, other, other_stop = span
    rows, columns = stop - start, other_stop - other
    score = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[0.0] * columns for _ in range(rows)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            same = primary[start + i] == candidate[other + j]
            found = alike[i][j] = 1.0 if same else likeness(start + i, other + j)
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
