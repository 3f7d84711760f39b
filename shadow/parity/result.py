"""What a check has found, and what of it a person has signed off already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from shadow.config import Accepted


class Check(StrEnum):
    """The four checks, in the order in which they are run."""

    ROUTES = "routes"
    AST = "ast"
    HTML = "html"
    METADATA = "metadata"


@dataclass(frozen=True)
class Unequal:
    """One subject of a check on which the two applications differ, told in lines.

    `essence` is what the digest is made of where the lines hold more: a value that is another one tomorrow.
    """

    check: Check
    subject: str
    lines: tuple[str, ...]
    essence: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Names this difference: another one of the same subject has another digest."""
        text = "\n".join(self.essence or self.lines)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Row:
    """One compared subject: what both sides have there, and in a word how they compare."""

    subject: str
    primary: str
    candidate: str
    said: str = "equal"


@dataclass(frozen=True, slots=True)
class Seen:
    """All that one check looked at, before any sign-off."""

    check: Check
    rows: tuple[Row, ...]
    unequal: tuple[Unequal, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A check with its sign-offs: open differences, accepted ones with their reasons, sign-offs of nothing."""

    check: Check
    rows: tuple[Row, ...]
    open: tuple[Unequal, ...] = ()
    accepted: tuple[tuple[Unequal, str], ...] = ()
    stale: tuple[Accepted, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Nothing open, and no sign-off of a difference that is not there (any more)."""
        return not self.open and not self.stale


def judge(seen: Seen, accepted: Iterable[Accepted]) -> Result:
    """Tell what is signed off from what is open."""
    own = [one for one in accepted if one.check == seen.check]
    signed = {(one.subject, one.digest): one for one in own}
    differing = {(one.subject, one.digest) for one in seen.unequal}
    return Result(
        seen.check,
        seen.rows,
        tuple(one for one in seen.unequal if (one.subject, one.digest) not in signed),
        _with_reasons(seen.unequal, signed),
        tuple(one for one in own if (one.subject, one.digest) not in differing),
    )


def _with_reasons(
    unequal: Sequence[Unequal], signed: dict[tuple[str, str], Accepted]
) -> tuple[tuple[Unequal, str], ...]:
    found = ((one, signed.get((one.subject, one.digest))) for one in unequal)
    return tuple((one, accepted.reason) for one, accepted in found if accepted is not None)
