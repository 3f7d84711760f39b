"""Ages as applications tell them (`3 minutes ago`): of what span of time one speaks, and whether two have one style.

A moment later another number stands there, or the next unit. Other words for the same unit (`3m`, `1 minutes`, `a
minute` for `1 minute`, `72 hours` for `3 days`) are another format, and that is never a matter of the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shadow.compare.clocks import DAY

_UNITS = "second|sec|minute|min|hour|hr|day|week|month|year"
_COUNT = r"(?:\d+|an?|(?:a )?few|some)"
_AGE = rf"{_COUNT} (?:{_UNITS})s?"
AGES = rf"\b(?:{_AGE}(?:, | and | )){{0,2}}(?:{_AGE}|(?:{_UNITS})s|\d{{1,4}}[smhdwy]) ago\b|\bjust now\b"

_PART = re.compile(rf"(?:({_COUNT}) )?({_UNITS})(s?)\b|(\d+)([smhdwy])\b")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY, "mo": 30 * DAY, "y": 365 * DAY}


@dataclass(slots=True)
class Age:
    """What a text tells: from how many seconds on to below how many, in which largest unit, and how it is written."""

    least: float = 0.0
    most: float = 60.0
    unit: float = 1.0
    style: dict[str, object] = field(default_factory=dict)


def age(text: str) -> Age:
    """An age as it was told. It may have been rounded up from 0.7 of the last unit, but not from less."""
    found, total, smallest = Age(), 0.0, 60.0
    for count, word, plural, short_count, short in _PART.findall(text):
        unit = _SECONDS["mo" if word == "month" else (word or short)[0]]
        first = not found.style
        if first:
            found.unit = unit
        number = _number(count or short_count)
        _note(found.style, unit, count or short_count, word, bool(plural))
        if number is not None:
            total, smallest = total + number * unit, unit
        elif first and unit > 1:
            total, smallest = unit, 10 * unit  # "few hours ago"; few seconds are anything below a minute
    found.least, found.most = total - 0.3 * smallest if total else 0.0, total + smallest
    return found


def one_style(primary: Age, candidate: Age) -> bool:
    """True for two ages that one application may tell; who says `3 days` never says `72 hours`."""
    for trait, value in primary.style.items():
        if candidate.style.get(trait, value) != value:
            return False
    small, large = sorted((primary, candidate), key=lambda one: one.unit)
    return small.unit == large.unit or not small.style or not large.style or small.least <= large.unit


def _number(count: str) -> float | None:
    """How many; None for a few."""
    if count.isdigit():
        return float(count)
    return 1.0 if count in ("a", "an") else None


def _note(style: dict[str, object], unit: float, count: str, word: str, plural: bool) -> None:
    """Write down the traits of one part: in letters or not, which word for the unit, how one and several are told."""
    style["letters"] = bool(word)
    style[f"word for {unit:.0f}"] = word
    one = count in ("1", "a", "an")
    if word and count:
        style["one" if one else "several"] = (count == "1" or not one, plural)
