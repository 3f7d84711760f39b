"""Keys of elements without the clocks in them: two worlds wrote down the same thing at two moments.

What aligns two sequences would else take each row that holds a time for another row. What the clocks read is kept
beside the key: rows that nothing but their times tells apart are paired by these.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from shadow.compare import noise
from shadow.compare.clocks import TIME_KINDS, readings
from shadow.compare.meanings import is_duration, is_once

_CLOCK = re.compile(noise.CLOCKS, re.ASCII)
_MAY_HOLD_CLOCKS = re.compile(r"\d|ago\b|now\b|nonce-|[Ii][Dd]\b", re.ASCII)
_SCALARS = frozenset({"int", "float", "Number"})


class Holder:
    """A key that stands for something larger."""

    __slots__ = ()

    def timeless(self) -> Timeless:
        """The key without the clocks in it."""
        raise NotImplementedError


class Timeless(NamedTuple):
    """A key without its clocks, and what these read, in order."""

    key: Hashable
    times: tuple[float, ...] = ()

    def same(self, other: Timeless) -> bool:
        """True for two keys that are equal but for clocks that read nearly the same."""
        return self.key == other.key and near(self.times, other.times)


def near(primary: tuple[float, ...], candidate: tuple[float, ...]) -> bool:
    """True for times that may be those of the same events."""
    return len(primary) == len(candidate) and all(
        abs(p - c) <= noise.CLOSE for p, c in zip(primary, candidate, strict=True)
    )


def timeless(key: Hashable) -> Timeless:
    """What `elements.signature`, `html_tree.signature` or `blanked` told, without the clocks in it."""
    times: list[float] = []
    return Timeless(_without(key, times), tuple(times))


def without_clocks(text: str, times: list[float] | None = None) -> str:
    """The text with every clock in it replaced by its kind; what they read is added to `times`."""
    if not _MAY_HOLD_CLOCKS.search(text):
        return text

    def blank(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if times is not None and kind in TIME_KINDS:
            times.extend(read for read in readings(kind, found[0])[:1] if read is not None)
        return f"<{kind}>"

    return _CLOCK.sub(blank, text)


def joined(parts: Iterable[Timeless], *own: Hashable) -> Timeless:
    """The key of what consists of such parts, short however much that is."""
    found = list(parts)
    return Timeless(hash((own, *(part.key for part in found))), tuple(time for part in found for time in part.times))


def _without(key: Hashable, times: list[float]) -> Hashable:
    if isinstance(key, str):
        return without_clocks(key, times)
    if isinstance(key, frozenset):
        # Times are told in the order of the members' names, since a set has none of its own.
        return frozenset(_member(name, value, times) for name, value in sorted(key, key=_name))
    if isinstance(key, tuple):
        return tuple(_without(part, times) for part in key)
    if isinstance(key, Holder):
        found = key.timeless()
        times.extend(found.times)
        return found.key
    return key


def _name(member: tuple[str, Hashable]) -> str:
    return member[0]


def _member(name: str, value: Hashable, times: list[float]) -> Hashable:
    """A member of an object; at the name of a duration or a time a number is one, too."""
    if is_once(name) or is_duration(name):
        return name, isinstance(value, str)
    number = value[1] if isinstance(value, tuple) and len(value) == 2 and value[0] in _SCALARS else None
    found = noise.unix_time(name, str(number if number is not None else value)) if _short(value, number) else None
    if found is None:
        return without_clocks(name), _without(value, times)
    times.append(found)
    return name, isinstance(value, str)


def _short(value: Hashable, number: object) -> bool:
    return number is not None or (isinstance(value, str) and len(value) <= 20)
