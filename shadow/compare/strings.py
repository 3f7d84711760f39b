"""Compare two texts: equal, equal up to renaming, different by a clock only, or different.

Both are cut into what is literal and what has a kind of its own (identifiers, clocks). The literal parts must be equal,
the others must agree by the rules of their kind. The same function serves JSON strings, HTML, headers and lines.
"""

from __future__ import annotations

import re
from enum import IntEnum

from shadow.compare import noise
from shadow.compare.noise import CLOCK_KINDS, CLOCKS, Moment
from shadow.compare.renaming import IDENTIFIERS, SHORTEST, Renaming, kind_of, opaque, whole

_SPAN = re.compile(f"{CLOCKS}|{IDENTIFIERS}", re.ASCII)
_TOKEN_NAME = re.compile(r"(?:.*[_.-])?(?:csrf|xsrf|csrft|token|csrf-?token|csrf_token|authenticity)_?", re.IGNORECASE)


class Likeness(IntEnum):
    """How alike two texts are, from best to worst."""

    SAME = 0
    NOISE = 1
    IDENTITY = 2
    VALUE = 3


def compare(primary: str, candidate: str, renaming: Renaming, moment: Moment, name: str = "") -> Likeness:
    """How alike two texts are. `name` is what the place is called: a key, an attribute, a field of a header."""
    if primary == candidate:
        if len(primary) >= SHORTEST and not renaming.known(primary):
            return Likeness.IDENTITY
        return Likeness.SAME
    if not primary or not candidate:
        return Likeness.VALUE
    kind = whole(primary) if len(primary) == len(candidate) else ""
    if kind and whole(candidate) == kind and not noise.is_once(name):
        return Likeness.SAME if renaming.same(kind, primary, candidate) else Likeness.IDENTITY
    if name:
        found = _by_name(name, primary, candidate, renaming)
        if found is not None:
            return found
    return _by_form(primary, candidate, renaming, moment)


def _by_name(name: str, primary: str, candidate: str, renaming: Renaming) -> Likeness | None:
    if noise.once(name, primary, candidate) or noise.duration_text(name, primary, candidate):
        return Likeness.NOISE
    # Two applications may make their tokens in different ways: the name says what it is, whatever the form.
    if _TOKEN_NAME.fullmatch(name) and opaque(primary) and opaque(candidate):
        return Likeness.SAME if renaming.same("token", primary, candidate) else Likeness.IDENTITY
    return None


def _by_form(primary: str, candidate: str, renaming: Renaming, moment: Moment) -> Likeness:
    literals, spans = _cut(primary)
    other_literals, other_spans = _cut(candidate)
    if literals != other_literals:
        return Likeness.VALUE
    worst = Likeness.SAME
    for (kind, value), (other_kind, other) in zip(spans, other_spans, strict=True):
        worst = max(worst, _span(kind, value, other_kind, other, renaming, moment))
    return worst


def _span(kind: str, value: str, other_kind: str, other: str, renaming: Renaming, moment: Moment) -> Likeness:
    if kind in CLOCK_KINDS or other_kind in CLOCK_KINDS:
        if value == other:
            return Likeness.SAME
        return Likeness.NOISE if kind == other_kind and noise.clock(kind, value, other, moment) else Likeness.VALUE
    p_kind, c_kind = kind_of(kind, value), kind_of(other_kind, other)
    if value == other and not p_kind:
        return Likeness.SAME
    if p_kind != c_kind and not _one_token(kind, value, p_kind, other_kind, other, c_kind):
        return Likeness.VALUE
    if not (p_kind or c_kind) or (p_kind == "hex" and len(value) != len(other)):
        return Likeness.VALUE
    return Likeness.SAME if renaming.same(p_kind or c_kind, value, other) else Likeness.IDENTITY


def _one_token(kind: str, value: str, p_kind: str, other_kind: str, other: str, c_kind: str) -> bool:
    """A random token now and then looks like a word: believe the other side if form and length agree."""
    return kind == other_kind and len(value) == len(other) and "token" in (p_kind, c_kind)


def _cut(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The literal parts of a text and the spans between them, by the group that found each."""
    literals: list[str] = []
    spans: list[tuple[str, str]] = []
    position = 0
    for found in _SPAN.finditer(text):
        literals.append(text[position : found.start()])
        spans.append((found.lastgroup or "", found[0]))
        position = found.end()
    literals.append(text[position:])
    return literals, spans
