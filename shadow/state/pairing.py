"""Which document of one collection belongs to which of the other, in one pass and in constant memory.

Both collections are read in their natural order. A known name or an equal `_id` decides, then an equal form (equal up
to names and times); what is left over on both sides is paired in order, the most alike first. A partner is looked for
among the next documents only, so a document that stands elsewhere counts as missing here and as extra there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shadow.compare.elements import likeness
from shadow.compare.renaming import Names
from shadow.state import plain
from shadow.state.places import Places

WINDOW = 64
_RIVALS = 8  # how far a changed document is looked for; each costs a comparison


@dataclass(frozen=True, slots=True)
class Held:
    """A document in the window: its position in the collection, its bytes, and what it is known by."""

    position: int
    raw: bytes
    key: str
    name: str
    form: int

    @classmethod
    def of(cls, position: int, raw: bytes, places: Places) -> Held:
        """Read once to know it; read again when it is compared."""
        document = plain.read(raw)
        own = document.pop("_id", None)
        name = own if type(own) is str and places.named("_id") else plain.name(own)
        return cls(position, raw, plain.key(own), name, hash(plain.form(places.blank(document))))

    def document(self) -> dict[str, Any]:
        """Its content."""
        return plain.read(self.raw)


Pair = tuple[Held | None, Held | None]


class _Window:
    """The next documents of one side."""

    def __init__(self, documents: Iterable[bytes], other_of: Callable[[str, str], str | None], places: Places) -> None:
        self._coming = (Held.of(position, raw, places) for position, raw in enumerate(documents))
        self.held: deque[Held] = deque()
        self.keys: set[str] = set()
        self._other_of = other_of

    def fill(self) -> bool:
        """Read on until the window is full; False when nothing is left."""
        while len(self.held) < WINDOW and (found := next(self._coming, None)):
            self.held.append(found)
            self.keys.add(found.key)
        return bool(self.held)

    def take(self, held: Held) -> Held:
        """It has found its place."""
        self.held.remove(held)
        self.keys.discard(held.key)
        return held

    def named(self, held: Held) -> str | None:
        """What the other side is known to call a document of this side."""
        return self._other_of(held.name, "") if held.name else None

    def partner(self, one: Held, others: _Window) -> Held | None:
        """The other side's document that belongs to one of this side, if it is in sight."""
        known = self.named(one)
        if known is not None:
            return next((other for other in others.held if other.name == known), None)
        if one.key in others.keys:
            return next(other for other in others.held if other.key == one.key)
        if not one.name:
            return None  # another id is another document
        return next((other for other in others.held if other.form == one.form and self._free(other, others)), None)

    def _free(self, other: Held, others: _Window) -> bool:
        """Neither known under another name here, nor the namesake of another document here."""
        return other.key not in self.keys and renameable(other, others)


def pairs(primary: Iterable[bytes], candidate: Iterable[bytes], names: Names, places: Places) -> Iterator[Pair]:
    """Every document of both sides once, with its partner or with None. `names` may learn between two pairs."""
    ours = _Window(primary, names.candidate_of, places)
    theirs = _Window(candidate, names.primary_of, places)
    while ours.fill() | theirs.fill():
        if not ours.held:
            yield None, theirs.take(theirs.held[0])
        elif not theirs.held:
            yield ours.take(ours.held[0]), None
        else:
            yield _next(ours, theirs)


def _next(ours: _Window, theirs: _Window) -> Pair:
    p, c = ours.held[0], theirs.held[0]
    partner = ours.partner(p, theirs)
    if partner is not None:
        return ours.take(p), theirs.take(partner)
    if theirs.partner(c, ours) is not None or not renameable(p, ours):
        return ours.take(p), None
    if not renameable(c, theirs) or _rival(c, p, theirs, ours):
        return None, theirs.take(c)
    if _rival(p, c, ours, theirs):
        return ours.take(p), None
    return ours.take(p), theirs.take(c)


def renameable(one: Held, side: _Window) -> bool:
    """Whether the other side may have it under an id that is not known yet."""
    return bool(one.name) and side.named(one) is None


def _rival(one: Held, other: Held, side: _Window, others: _Window) -> bool:
    """Whether a later document of the same side, without a partner as well, is more like the other one."""
    target = other.document()
    own = likeness(one.document(), target)
    later = list(side.held)[1 : 1 + _RIVALS]
    return any(
        likeness(rival.document(), target) > own
        for rival in later
        if renameable(rival, side) and side.partner(rival, others) is None
    )
