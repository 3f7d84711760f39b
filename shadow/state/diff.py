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
from shadow.compare.rules import ABSENT, Declared, RouteRules, compile_rules
from shadow.config import Rule
from shadow.errors import ConfigError
from shadow.judgement import Difference
from shadow.state.names import NameBook
from shadow.state.pairing import Held, pairs

KEPT = 1000  # differences that are told one by one
_IGNORED = re.compile(r"([^.\[\]\s]+)((?:[.\[].*)?)")
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
    primary: Source, candidate: Source, *, ignore: Sequence[str] = (), apart: float = 0.0, today: date
) -> StateDiff:
    """Read both databases once. `ignore` names places that may differ, `apart` how many seconds the two lived apart.

    Raises ConfigError for a place that cannot be read.
    """
    found = StateDiff()
    rules = ignored(ignore, today)
    moment = Moment(lag=(-apart, apart))
    names = NameBook()
    try:
        for collection in sorted({*primary.collections(), *candidate.collections()}):
            counts = found.collections[collection] = Counts()
            here = RouteRules(rules, collection)
            if any(rule.target == "$" for rule in here.all):
                continue
            sides = primary.documents(collection), candidate.documents(collection)
            for p, c in pairs(*sides, names):
                counts.primary += p is not None
                counts.candidate += c is not None
                tally = _Patient(Renaming(names, ""), moment, here)
                _compare(p, c, tally)
                names.add(tally.renaming.pairs())
                _note(found, counts, collection, p or c, tally)
        found.renamed = names.renamed()
    finally:
        names.close()
    return found


def ignored(places: Sequence[str], today: date) -> tuple[Declared, ...]:
    """The rules behind `runs`, `runs.tasks[*].last_updated` and the like; raises ConfigError for what is no place."""
    mistakes, rules = [], []
    for place in places:
        found = _IGNORED.fullmatch(place)
        if not found:
            mistakes.append(f"--ignore {place!r} is no place; write COLLECTION or COLLECTION.key[*].other")
            continue
        rules.append(Rule(place=f"json:${found[2]}", rule="ignore", route=found[1], reason="--ignore"))
    try:
        declared = compile_rules(rules, today)
    except ConfigError as error:
        mistakes += [mistake.replace("[[rules]] number", "--ignore") for mistake in error.mistakes]
    if mistakes:
        raise ConfigError(mistakes)
    return declared


def _compare(primary: Held | None, candidate: Held | None, tally: Tally) -> None:
    if primary is None:
        tally.differ("json", "extra", "json:$", ABSENT, candidate.document() if candidate else ABSENT)
    elif candidate is None:
        tally.differ("json", "missing", "json:$", primary.document(), ABSENT)
    else:
        JsonWalk(tally).compare(primary.document(), candidate.document())


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
