"""Compare two texts: equal, equal up to renaming, different by a clock only, or different.

Both are cut into what is literal and what has a kind of its own (identifiers, clocks). The literal parts must be equal,
the others must agree by the rules of their kind. The same function serves JSON strings, HTML, headers and lines.
"""

from __future__ import annotations

import re
from enum import IntEnum

from shadow.compare import noise
from shadow.compare.identifiers import ESCAPES, IDENTIFIERS, SHORTEST, kind_of, opaque, whole
from shadow.compare.meanings import is_once
from shadow.compare.noise import CLOCK_KINDS, CLOCKS, Moment
from shadow.compare.quick import same_but_names
from shadow.compare.renaming import Numbers, Renaming
from shadow.compare.series import NUMBERED, series_at, series_of

_COINED = frozenset({"token", "base36"})  # kinds that are told by how random they look
_ESCAPE = re.compile(f"({ESCAPES})")
_SPAN = re.compile(f"{CLOCKS}|{IDENTIFIERS}", re.ASCII)
BEGINNING = re.compile(r"(?<=[-_.~])[0-9a-f]{7,39}(?![0-9A-Za-z])")
_ANEW = re.compile(r"nonce-|[Rr]equest|[Tt]race|[Cc]orrelation")  # what is behind it may be made for one answer only
_MAY_HOLD_NUMBERS = re.compile(r"[/=#FfDd]\d")
_TOKEN_NAME = re.compile(
    r"(?:.*[_.-])?(?:csrf|xsrf|csrft|token|(?:access|refresh|auth|bearer)token|csrf-?token|csrf_token|authenticity)_?",
    re.IGNORECASE,
)


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
        if renaming.counted and not same_numbers(primary, candidate, renaming, name):
            return Likeness.IDENTITY
        return Likeness.SAME
    if not primary or not candidate:
        return Likeness.VALUE
    kind = whole(primary) if len(primary) == len(candidate) else ""
    if kind and whole(candidate) == kind and not is_once(name):
        return Likeness.SAME if renaming.same(kind, primary, candidate) else Likeness.IDENTITY
    if name:
        found = _by_name(name, primary, candidate, renaming, moment)
        if found is not None:
            return found
    if len(primary) >= SHORTEST and not _ANEW.search(primary) and same_but_names(primary, candidate, renaming):
        return Likeness.SAME
    found = _by_form(primary, candidate, renaming, moment)
    if found is Likeness.VALUE and (agreed := _beginnings(primary, candidate, renaming)) != candidate:
        candidate = agreed
        found = _by_form(primary, candidate, renaming, moment)
    if found is not Likeness.VALUE or renaming.numbers is Numbers.NEVER:
        return found
    counted = _numbers(primary, candidate, renaming, name)
    if counted is None:
        return Likeness.IDENTITY
    return found if counted == candidate else _by_form(primary, counted, renaming, moment)


def _beginnings(primary: str, candidate: str, renaming: Renaming) -> str:
    """The candidate's text with the primary's beginnings of known names, as in `master-1a2b3c4`, where they agree."""
    ours = iter(BEGINNING.findall(primary))

    def agreed(found: re.Match[str]) -> str:
        one = next(ours, "")
        return one if one and renaming.begin(one, found[0]) else found[0]

    return BEGINNING.sub(agreed, candidate)


def same_numbers(primary: str, candidate: str, renaming: Renaming, name: str) -> bool:
    """True unless a number in two texts is known to name two things."""
    if not (primary.isdecimal() or _MAY_HOLD_NUMBERS.search(primary)):
        return True
    return _numbers(primary, candidate, renaming, name) is not None


def _numbers(primary: str, candidate: str, renaming: Renaming, name: str) -> str | None:
    """The candidate's text with the primary's numbers where they are names of one thing; None where they are not."""
    if primary.isdecimal() and candidate.isdecimal():
        verdict = renaming.number(series_of(name, renaming.resource), primary, candidate)
        return None if verdict is False else primary if verdict else candidate
    ours, theirs = list(NUMBERED.finditer(primary)), list(NUMBERED.finditer(candidate))
    if len(ours) != len(theirs):
        return candidate
    parts, position = [], 0
    for one, other in zip(ours, theirs, strict=True):
        (series, number), (named, other_number) = (series_at(found, renaming.resource) for found in (one, other))
        parts.append(candidate[position : other.end() - len(other_number)])
        verdict = renaming.number(series, number, other_number, new=not one["shown"]) if series == named else None
        if verdict is False:
            return None
        parts.append(number if verdict else other_number)
        position = other.end()
    return "".join([*parts, candidate[position:]])


def _by_name(name: str, primary: str, candidate: str, renaming: Renaming, moment: Moment) -> Likeness | None:
    if noise.once(name, primary, candidate) or noise.duration_text(name, primary, candidate):
        return Likeness.NOISE
    if noise.unix_text(name, primary, candidate, moment):
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
    return kind == other_kind and len(value) == len(other) and not _COINED.isdisjoint((p_kind, c_kind))


def _cut(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The literal parts of a text and the spans between them, by the group that found each."""
    literals: list[str] = []
    spans: list[tuple[str, str]] = []
    literal = ""
    # A letter of an escape belongs to no name behind it.
    for number, part in enumerate(_ESCAPE.split(text) if "%" in text or "\\" in text else (text,)):
        position = 0
        for found in _SPAN.finditer(part) if number % 2 == 0 else ():
            literals.append(literal + part[position : found.start()])
            spans.append((found.lastgroup or "", found[0]))
            literal, position = "", found.end()
        literal += part[position:]
    literals.append(literal)
    return literals, spans
