"""Which cookies of the two stacks are one, although each stack calls it by a name of its own. Pure.

Told from one exchange in which both stacks set cookies that the other does not know. One on each side are partners;
several are told apart by what their names say they are for, by their attributes, by the form of their values and, last,
by the order in which they were set. Where that leaves a choice, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shadow.compare.cookies import Cookie, parse
from shadow.compare.identifiers import opaque
from shadow.exchange import Answer, Response

# What a name says a cookie is for; the first that fits.
_ROLES = (
    ("forgery", re.compile(r"csrf|xsrf|forgery", re.IGNORECASE)),
    ("remember", re.compile(r"remember|refresh|persist", re.IGNORECASE)),
    ("session", re.compile(r"sess|sid\b|auth|ticket|tkt|login", re.IGNORECASE)),
)
_FORMS = (
    ("number", re.compile(r"\d+")),
    ("hex", re.compile(r"[0-9a-f-]+|[0-9A-F-]+")),
    ("signed", re.compile(r"[\w%+/=-]+(?:[.:][\w%+/=-]+)+")),
    ("token", re.compile(r"[\w%+/=-]+")),
)


def partners(live: Answer, shadow: Answer, ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """Live to shadow name of the cookies that are one; `ours` and `theirs` are those to choose from, in order."""
    if len(ours) != len(theirs):
        return {}
    if len(ours) == 1:
        return {ours[0]: theirs[0]}
    known, others = _set_by(live), _set_by(shadow)
    likeness = {
        (one, other): _likeness(known[one], others[other]) + (place == there)
        for place, one in enumerate(ours)
        for there, other in enumerate(theirs)
    }
    return _matched(likeness, list(ours), list(theirs))


def _matched(likeness: Mapping[tuple[str, str], int], ours: list[str], theirs: list[str]) -> dict[str, str]:
    """Who is most like each other, without a rival on either side; then the same among those who are left."""
    found: dict[str, str] = {}
    while True:
        pairs = {}
        for one in ours:
            other = _best({name: likeness[one, name] for name in theirs})
            if other and _best({name: likeness[name, other] for name in ours}) == one:
                pairs[one] = other
        if not pairs:
            return found
        found |= pairs
        ours = [name for name in ours if name not in pairs]
        theirs = [name for name in theirs if name not in pairs.values()]


def _best(scores: Mapping[str, int]) -> str:
    """The one with the highest score; empty when it shares it with another, or when none can be."""
    highest = max(scores.values(), default=0)
    names = [name for name, score in scores.items() if score == highest]
    return names[0] if highest > 0 and len(names) == 1 else ""


def _likeness(one: Cookie, other: Cookie) -> int:
    """How much speaks for the two being one; below zero when they are for different things."""
    roles = _first(_ROLES, one.name), _first(_ROLES, other.name)
    if all(roles) and roles[0] != roles[1]:
        return -100
    same = [key for key in ("httponly", "secure", "samesite") if one.attributes.get(key) == other.attributes.get(key)]
    return (
        8 * (roles[0] == roles[1] != "")
        + 4 * ("httponly" in same)
        + len(same)
        + 2 * (one.slot == other.slot)
        + 2 * (_lasts(one) == _lasts(other))
        + (one.attributes.get("max-age") == other.attributes.get("max-age"))
        + 2 * (opaque(one.value) == opaque(other.value))
        + 2 * (_first(_FORMS, one.value, whole=True) == _first(_FORMS, other.value, whole=True))
        + 2 * (len(one.value) == len(other.value))
    )


def _lasts(cookie: Cookie) -> bool:
    """True for a cookie that outlives the browser's session."""
    return "max-age" in cookie.attributes or "expires" in cookie.attributes


def _first(kinds: Sequence[tuple[str, re.Pattern[str]]], text: str, *, whole: bool = False) -> str:
    """The first kind that the text is of."""
    return next((kind for kind, form in kinds if (form.fullmatch if whole else form.search)(text)), "")


def _set_by(answer: Answer) -> dict[str, Cookie]:
    lines = answer.headers.get_all(b"set-cookie") if isinstance(answer, Response) else []
    return {name: cookies[-1] for name, cookies in parse(lines).items()}
