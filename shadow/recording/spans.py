"""Span: where a secret stands in some bytes. Finding secrets is finding spans; only `tokens.py` replaces them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


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
ASSIGNED = re.compile(
    rb"""[\w.\-\[]{0,64}+(?:[\\"'\]\s]|%22|&quot;|&\#34;){0,16}+(?:=|:|%3d|%3a)\s{0,16}+""", re.IGNORECASE
)


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
