"""Elements of two lists by what is in them: a signature up to renaming, likeness, pairs by a key."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from shadow.compare.decode import Repeated
from shadow.compare.identifiers import blanked
from shadow.compare.timeless import without_clocks

_SORTED = orjson.OPT_SORT_KEYS
# How much of two elements their likeness is told from.
_DEEP = 2
_WIDE = 32  # members, and half as many one level deeper
_SHORT = 200  # characters of a text that is worth keeping, since each is asked for once for every row and column


def by_key(keys: Sequence[Hashable], others: Sequence[Hashable], *, loose: bool) -> list[tuple[int | None, int | None]]:
    """Pairs of positions with equal keys; what is left over stands alone, or (`loose`) is paired in order."""
    free: dict[Hashable, list[int]] = {}
    for position in range(len(others) - 1, -1, -1):
        free.setdefault(others[position], []).append(position)
    pairs: list[tuple[int | None, int | None]] = []
    left = []
    for position, key in enumerate(keys):
        if free.get(key):
            pairs.append((position, free[key].pop()))
        else:
            left.append(position)
    rest = sorted(position for positions in free.values() for position in positions)
    both = min(len(left), len(rest)) if loose else 0
    pairs += zip(left[:both], rest[:both], strict=True)
    return pairs + [(position, None) for position in left[both:]] + [(None, position) for position in rest[both:]]


def signature(value: Any) -> Hashable:
    """Equal for values that are equal up to renaming (and the other way round, but for the identifiers' names)."""
    if isinstance(value, Repeated):
        return ("repeated", tuple((key, signature(item)) for key, item in value))
    if isinstance(value, dict):
        return frozenset((blanked(key), signature(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(signature, value))
    if type(value) is str:
        return blanked(value)
    return (type(value).__name__, repr(value) if type(value) is float else value)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys too, in order; what has a key twice is left out."""
    if type(value) is str:
        yield value
    elif type(value) is dict:
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif type(value) is list:
        for item in value:
            yield from texts(item)


def likeness(primary: Any, candidate: Any) -> float:
    """How alike two elements are that are not equal: the share of equal members, little for the same type."""
    return 0.05 + 0.9 * _share(primary, candidate, _DEEP) if type(primary) is type(candidate) else 0.0


def _share(primary: Any, candidate: Any, deep: int, wide: int = _WIDE) -> float:
    """The share of what is equal in two values, from 0 to 1; a member counts as much however much is in it."""
    if _alike(primary, candidate):
        return 1.0
    if type(primary) is not type(candidate) or not deep or not (primary and candidate):
        return 0.0
    if isinstance(primary, dict):
        first = islice(primary.items(), wide)
        pairs: Iterable[tuple[Any, Any]] = ((item, candidate[key]) for key, item in first if key in candidate)
    elif isinstance(primary, list):
        pairs = zip(primary[:wide], candidate, strict=False)
    else:
        return 0.0
    return sum(_share(p, c, deep - 1, wide // 2) for p, c in pairs) / min(max(len(primary), len(candidate)), wide)


def _alike(primary: Any, candidate: Any) -> bool:
    if type(primary) is str and type(candidate) is str:
        return primary == candidate or _texts_alike(primary, candidate)
    if type(primary) is not type(candidate) or primary != candidate:
        return False
    return type(primary) not in (float, dict, list) or _spelled_alike(primary, candidate)


def _texts_alike(primary: str, candidate: str) -> bool:
    if max(len(primary), len(candidate)) > _SHORT:
        return blanked(primary) == blanked(candidate)
    return _plain(primary) == _plain(candidate)


@lru_cache(4096)
def _plain(text: str) -> str:
    """The text without names and clocks."""
    return without_clocks(blanked(text))


def _spelled_alike(primary: Any, candidate: Any) -> bool:
    """Whether two equal values are written alike: to Python 1, 1.0 and true are equal, and so are 0.0 and -0.0."""
    try:
        return orjson.dumps(primary, option=_SORTED) == orjson.dumps(candidate, option=_SORTED)
    except orjson.JSONEncodeError:
        return True  # it was read with exact numbers
