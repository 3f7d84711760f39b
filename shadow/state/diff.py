"""Compare two databases, collection by collection, up to one renaming that holds in all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from shadow.compare.differences import Tally
from shadow.compare.json_walk import JsonWalk
from shadow.compare.noise import Moment
from shadow.compare.renaming import Renaming
from shadow.compare.rules import ABSENT
from shadow.judgement import Difference
from shadow.state.names import NameBook
from shadow.state.pairing import Held, pairs
from shadow.state.places import Places, declared

KEPT = 1000  # differences that are told one by one
_TYPED = re.compile(r'\["\$\w+"\]$')  # the step into an Extended JSON value


class Source(Protocol):
    """A database to read."""

    def collections(self) -> Sequence[str]:
        """The names of its collections."""
        ...

    def documents(self, collection: str) -> Iterable[bytes]:
        """The BSON of every document, in natural order."""
        ...


@dataclass(slots=True)
class Counts:
    """What was seen of one collection: documents of each side, differences, places with another time, ignored ones."""

    primary: int = 0
    candidate: int = 0
    differences: int = 0
    noise: int = 0
    ignored: int = 0


@dataclass(slots=True)
class StateDiff:
    """All that two databases differ in; of many differences the first `KEPT`. `renamed` counts two-named things."""

    collections: dict[str, Counts] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    renamed: int = 0

    @property
    def equal(self) -> bool:
        """Whether they hold the same."""
        return not any(counts.differences for counts in self.collections.values())


class _Patient(Tally):
    """A document is compared to its end, however large: nobody waits for an answer here."""

    def step(self, steps: int = 1) -> None:
        """Never too much."""


def state_diff(
    primary: Source,
    candidate: Source,
    *,
    today: date,
    ignore: Sequence[str] = (),
    named: Sequence[str] = (),
    apart: float = 0.0,
) -> StateDiff:
    """Read both databases once.

    `ignore` are places that may differ, `named` places that hold a name of whatever form; `apart` says how many seconds
    the two lived apart. Raises ConfigError for what is no place.
    """
    found = StateDiff()
    rules = declared(ignore, named, today)
    moment = Moment(lag=(-apart, apart))
    names = NameBook()
    try:
        for collection in sorted({*primary.collections(), *candidate.collections()}):
            counts = found.collections[collection] = Counts()
            here = Places(rules, collection)
            if here.whole:
                continue
            sides = primary.documents(collection), candidate.documents(collection)
            for p, c in pairs(*sides, names, here):
                counts.primary += p is not None
                counts.candidate += c is not None
                tally = _Patient(Renaming(names, ""), moment, here.rules)
                _compare(p, c, tally, here)
                names.add(tally.renaming.pairs())
                _note(found, counts, collection, p or c, tally)
        found.renamed = names.renamed()
    finally:
        names.close()
    return found


def _compare(primary: Held | None, candidate: Held | None, tally: Tally, places: Places) -> None:
    if primary is None:
        tally.differ("json", "extra", "json:$", ABSENT, candidate.document() if candidate else ABSENT)
    elif candidate is None:
        tally.differ("json", "missing", "json:$", primary.document(), ABSENT)
    else:
        ours, theirs = primary.document(), candidate.document()
        places.settle(ours, theirs, tally)
        JsonWalk(tally).compare(ours, theirs)


def _note(found: StateDiff, counts: Counts, collection: str, held: Held | None, tally: Tally) -> None:
    counts.noise += len(tally.noise)
    counts.ignored += len(tally.accepted)
    counts.differences += len(tally.differences)
    room = KEPT - len(found.differences)
    for difference in tally.differences[:room]:
        found.differences.append(replace(difference, place=_place(collection, held, difference.place)))


def _place(collection: str, held: Held | None, place: str) -> str:
    """`json:$.tasks[0]._id["$oid"]` of a document as `runs[3].tasks[0]._id`."""
    inside = _TYPED.sub("", place.removeprefix("json:$"))
    return f"{collection}[{held.position if held else 0}]{inside}"
