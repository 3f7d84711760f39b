"""Two texts that are too large or too deep for a walk: the same but for names and what clocks say, or not.

Cut at quotation marks, each piece of JSON is a key, a text, or what stands between two texts. That is enough to know
what a text or a number is called, so the detectors still speak. Pages are cut at their tags too. Only the pieces that
differ are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shadow.compare import noise, strings
from shadow.compare.decode import Number
from shadow.compare.differences import Tally
from shadow.compare.identifiers import SHORTEST
from shadow.compare.quick import same_but_names
from shadow.compare.strings import Likeness

_MOST = 2_000  # pieces, each up to 40 µs of work
_ROOM = 100_000  # characters of pieces
_TAGS = re.compile(r'(["<>])')
_DIGITS = 20  # of a whole number that a clock or a duration may be
# What follows a key whose value is no text.
_VALUE = re.compile(r"(\s*:\s*)(-?\d[\d.eE+-]*)([\s,}\]].*)?", re.DOTALL)


def same_but_noise(primary: str, candidate: str, place: str, tally: Tally, *, json: bool) -> bool:
    """True when nothing but names and noise differs; the noise is noted at `place`. False: nothing is kept."""
    mark = tally.mark()
    if same_but_names(primary, candidate, tally.renaming):
        return True
    ours, theirs = (text.split('"') if json else _TAGS.split(text) for text in (primary, candidate))
    if len(ours) == len(theirs) and _same(ours, theirs, place, tally, json):
        return True
    tally.rewind(mark)
    return False


def _same(ours: Sequence[str], theirs: Sequence[str], place: str, tally: Tally, json: bool) -> bool:
    tries, room = _MOST, _ROOM
    for at in _to_be_told(ours, theirs):
        p, c = ours[at], theirs[at]
        if len(p) + len(c) > room:
            return False
        if tally.renaming.same_run(p, c):
            continue
        tries, room = tries - 1, room - len(p) - len(c)
        if p == c or tries < 0:
            return False
        likeness = _likeness(ours, at, c, tally) if json else strings.compare(p, c, tally.renaming, tally.moment)
        if likeness > Likeness.NOISE:
            return False
        if likeness is Likeness.NOISE:
            tally.noise.append(place)
    return True


def _to_be_told(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[int]:
    """Where two pieces differ, or may hold names that must be known as the same; one of several equal ones."""
    seen: set[str] = set()
    for at, (p, c) in enumerate(zip(ours, theirs, strict=True)):
        if p != c:
            yield at
        elif len(p) >= SHORTEST and p not in seen:
            seen.add(p)
            yield at


def _likeness(ours: Sequence[str], at: int, candidate: str, tally: Tally) -> Likeness:
    """A number behind its key, or a text behind its key, told under that name."""
    primary = ours[at]
    found, other = _VALUE.fullmatch(primary), _VALUE.fullmatch(candidate)
    if at > 0 and found and other and found[1] == other[1] and found[3] == other[3]:
        numbers = (_number(found[2]), _number(other[2]))
        if not all(map(noise.is_number, numbers)):
            return Likeness.VALUE
        return Likeness.NOISE if noise.numbers(ours[at - 1], *numbers, tally.moment) else Likeness.VALUE
    name = ours[at - 2] if at > 1 and ours[at - 1].strip() == ":" else ""
    return strings.compare(primary, candidate, tally.renaming, tally.moment, name)


def _number(text: str) -> int | Number:
    whole = len(text) <= _DIGITS and text.lstrip("-").isdecimal()
    return int(text) if whole else Number(text)
