"""Names that both worlds have: such a thing was there before the clone and is called the same in both.

Whether a name is one of those shows only when all of an answer was seen: if the candidate has it anywhere, it is the
name of no other thing of the primary's. An answer in which two such names have changed places would else be taken for
a renaming when they are seen for the first time. So a pair that speaks against it is compared once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shadow.compare.comparer import Pair
from shadow.compare.identifiers import identifiers
from shadow.compare.renaming import Names
from shadow.compare.strings import BEGINNING
from shadow.judgement import Comparison


@dataclass(frozen=True, slots=True)
class Shared:
    """What is known, and that these names mean the same on both sides."""

    known: Names
    shared: frozenset[str]
    whole: tuple[tuple[str, str], ...] = ()  # names whose beginning stands in front of them

    def candidate_of(self, primary: str, scope: str) -> str | None:
        """What the candidate calls it."""
        found = self.known.candidate_of(primary, scope)
        return primary if found is None and primary in self.shared else found

    def primary_of(self, candidate: str, scope: str) -> str | None:
        """What the primary calls it."""
        found = self.known.primary_of(candidate, scope)
        return candidate if found is None and candidate in self.shared else found

    def begin(self, primary: str, candidate: str) -> bool:
        """True when the two are beginnings of names of one thing, and of nothing else."""
        here = {c[: len(candidate)] for p, c in self.whole if p.startswith(primary)}
        return here == {candidate} if here else self.known.begin(primary, candidate)


def compare_settled(compare: Callable[[Pair, Names], Comparison], pair: Pair, names: Names) -> Comparison:
    """The comparison of a pair in which no name of both sides stands for two things.

    Names whose beginnings were met before they stood there as a whole are another reason to compare once more.
    """
    comparison = compare(pair, names)
    shared, whole = _misplaced(comparison), _begun(comparison)
    return compare(pair, Shared(names, shared, whole)) if shared or whole else comparison


def _misplaced(comparison: Comparison) -> frozenset[str]:
    """Names that both sides have, when one of them was paired with another name."""
    learned = [(alias.primary, alias.candidate) for alias in comparison.aliases if not alias.latest]
    if all(p == c for p, c in learned):
        return frozenset()
    refused = [one for one in comparison.differences if one.kind == "identity"]
    ours = {p for p, _ in learned}.union(*(_names(one.primary) for one in refused))
    theirs = {c for _, c in learned}.union(*(_names(one.candidate) for one in refused))
    both = ours & theirs
    return frozenset(both) if any(p != c and (p in both or c in both) for p, c in learned) else frozenset()


def _begun(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """The names learned that begin with what is a difference."""
    shown = {part for one in comparison.differences for part in BEGINNING.findall(one.primary)}
    learned = [(alias.primary, alias.candidate) for alias in comparison.aliases] if shown else []
    return tuple((p, c) for p, c in learned if p != c and any(map(p.startswith, shown)))


def _names(text: str) -> set[str]:
    return {name for _, name in identifiers(text)}
