"""Span: where a secret stands in some bytes. Finding secrets is finding spans; only `tokens.py` replaces them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from shadow.recording.names import SHORT


class Span(NamedTuple):
    """Bytes `start` to `end` are secret; `values` is what they mean once decoded, to look for elsewhere.

    `quoted` asks for a seal between quotes of its own, which keeps JSON valid where a number is replaced.
    """

    start: int
    end: int
    values: tuple[bytes, ...] = ()
    quoted: bool = False

    def moved(self, by: int) -> Span:
        """The same span in bytes that stand `by` further on."""
        return Span(self.start + by, self.end + by, self.values, self.quoted)


class Unparsed(Exception):
    """A body that may hold a secret and is not what it says it is; the caller seals it whole."""


# From a secret word on: what makes it the name of a value inside free text (`token=`, `\"password\": `). The counts
# are bounded, so that a text of nothing but such words costs linear time.
_TO_VALUE = rb"""(?:[\\"'\]\s]|%22|&quot;|&\#34;){0,16}+(?:=|:|%3d|%3a)\s{0,16}+"""
ASSIGNED = re.compile(rb"[\w.\-\[]{0,64}+" + _TO_VALUE, re.IGNORECASE)
# What may stand before a name that is secret as a whole only: nothing of a longer one, but the end of an escape.
_BEFORE = (rb"(?<![\w.\-\[]NAME)", rb"(?<=%[0-9a-f]{2}NAME)", rb"(?<=\\[bfnrt]NAME)", rb"(?<=\\u[0-9a-f]{4}NAME)")


def _whole(name: bytes) -> bytes:
    # It looks back last: a search for a plain name is several times quicker.
    return name + rb"(?!\w)(?:%s)" % b"|".join(_BEFORE).replace(b"NAME", name)


SHORT_ASSIGNED = re.compile(rb"(?:%s)" % b"|".join(_whole(name.encode()) for name in SHORT) + _TO_VALUE)


def assigned(low: bytes, needles: Iterable[bytes]) -> bool:
    """True when free text in lower case gives one of these names a value."""
    for needle in needles:
        at = low.find(needle)
        while at >= 0:
            found = ASSIGNED.match(low, at)
            if found and found.end() < len(low):
                return True
            at = low.find(needle, max(at + 1, found.end() if found else 0))
    return False


def short_assigned(low: bytes) -> bool:
    """True when text in lower case gives a value to one of the short names, as `/x?pin=1` and `{"pin": 1}` do."""
    found = SHORT_ASSIGNED.search(low)
    return found is not None and found.end() < len(low)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same bytes covered by spans that neither overlap nor go backwards; empty ones are gone."""
    result: list[Span] = []
    ordered = list(spans)
    if len(ordered) > 1:
        ordered.sort(key=lambda one: (one.start, -one.end))
    for span in ordered:
        if span.start >= span.end:
            continue
        if not result or span.start >= result[-1].end:
            result.append(span)
        elif span.end > result[-1].end:
            result[-1] = Span(result[-1].start, span.end)
    return result
