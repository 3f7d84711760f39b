"""Equal up to a consistent one-to-one renaming of identifiers.

Where both values look like the same kind of identifier, the pair is an alias: the primary's name and the candidate's
name for one thing. The relation must stay one-to-one, within the pair of answers and with all that was seen before
(`Names`). An identifier that is equal on both sides is renamed to itself, which later forbids any other name for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import repeat
from typing import Protocol

from shadow.compare.identifiers import CLIENT_KINDS, all_objectids, blanked, identifiers, whole
from shadow.compare.series import named
from shadow.judgement import Alias, NumberPair

_BEGINNING = 7  # letters that the beginning of a name has at least
# Digits in small or in capital letters: who compares names as texts can tell.
_HEXADECIMAL = frozenset({"uuid", "hex"})
_MOST_ALIKE = 200  # of more names that begin alike no beginning tells one
# Before a plus, which no name has, an exponent ends without its digits.
_NUMBER = re.compile(r"[{}:]*-?[\d.]+(?:[eE]-?\d*)?[{}:]*")


class Numbers(Enum):
    """Whether numbers may be names: those known already, and those that are new."""

    NEVER = 0
    KNOWN = 1
    NEW = 2


class Names(Protocol):
    """The renamings known from earlier pairs: a client's own scope first, then the whole world's."""

    def candidate_of(self, primary: str, scope: str) -> str | None:
        """What the candidate calls the thing that the primary calls so."""
        ...

    def primary_of(self, candidate: str, scope: str) -> str | None:
        """What the primary calls the thing that the candidate calls so."""
        ...

    def begin(self, primary: str, candidate: str) -> bool:
        """True when the two are beginnings of names of one thing, and of nothing else."""
        ...


class NoNames:
    """Nothing known yet."""

    def candidate_of(self, primary: str, scope: str) -> str | None:
        """Never known."""
        return None

    def primary_of(self, candidate: str, scope: str) -> str | None:
        """Never known."""
        return None

    def begin(self, primary: str, candidate: str) -> bool:
        """Never known."""
        return False


def _shared(kind: str, primary: Sequence[str], candidate: Sequence[str]) -> Iterable[Alias]:
    """`Alias(kind, …)` for each pair, without a call of Python code for each: they are the most of what is learned."""
    return map(tuple.__new__, repeat(Alias), zip(repeat(kind), primary, candidate, repeat(""), repeat(False)))


class Renaming:
    """The one-to-one relation of one pair of answers, on top of what is known.

    `numbers` says whether numbers may be names, `resource` what the request speaks of, `counted` whether any number is
    known by two names: only then can equal numbers be a difference.
    """

    def __init__(
        self, names: Names, scope: str, *, numbers: Numbers = Numbers.NEVER, resource: str = "", counted: bool = False
    ) -> None:
        self.numbers = numbers
        self.resource = resource
        self.counted = counted and numbers is not Numbers.NEVER
        self._names = names
        self._scope = scope
        self._numbers: dict[NumberPair, None] = {}
        self._forward: dict[str, str] = {}
        self._backward: dict[str, str] = {}
        self._journal: list[tuple[str, str]] = []
        self._fresh: dict[tuple[str, str], Alias] = {}
        self._replaced = False
        # The pairs of the journal, as many as were looked at, by how the primary's name begins.
        self._begun: dict[str, list[tuple[str, str]]] = {}
        self._looked_at = 0

    def same(self, kind: str, primary: str, candidate: str) -> bool:
        """True when the two can be names of one thing; learns the pair. False: one of them already means another."""
        known = self._forward.get(primary)
        if known is not None:
            return known == candidate
        if candidate in self._backward or (kind in _HEXADECIMAL and primary.isupper() != candidate.isupper()):
            return False
        scope = self._scope
        there, back = self._names.candidate_of(primary, scope), self._names.primary_of(candidate, scope)
        if (there is not None and there != candidate) or (back is not None and back != primary):
            return False
        self._forward[primary] = candidate
        self._backward[candidate] = primary
        self._journal.append((primary, candidate))
        own = kind in CLIENT_KINDS
        # What signs a client in and is equal on both sides needs no translation, and each client would bring its own.
        if there is None and (primary != candidate or not own or kind == "token"):
            self._fresh[primary, candidate] = Alias(kind, primary, candidate, scope if own else "")
        return True

    def number(self, series: str, primary: str, candidate: str, *, new: bool = True) -> bool | None:
        """True when two numbers are names of one thing, False when one is another's, None when nothing is known.

        Equal numbers are names of one thing unless one of them is known by another name. With `new` an unknown pair
        may be one as well; whether it is, its series decides (`number_pairs`).
        """
        if self.numbers is Numbers.NEVER or not series:
            return None
        ours, theirs = named(series, primary), named(series, candidate)
        known, back = self._forward.get(ours), self._backward.get(theirs)
        there = known or self._names.candidate_of(ours, "")
        here = back or self._names.primary_of(theirs, "")
        if there is None and here is None:
            if primary == candidate or self.numbers is not Numbers.NEW or not new:
                return None
        elif there != theirs or here != ours:
            return False
        if known is None and primary != candidate:
            self._forward[ours], self._backward[theirs] = theirs, ours
            self._journal.append((ours, theirs))
            self._numbers[NumberPair(series, primary, candidate)] = None
        return True

    def begin(self, primary: str, candidate: str) -> bool:
        """True when two texts are beginnings of names of one thing, known from this pair or from earlier ones."""
        if len(primary) != len(candidate):
            return False
        for pair in self._journal[self._looked_at :]:
            self._begun.setdefault(pair[0][:_BEGINNING], []).append(pair)
        self._looked_at = len(self._journal)
        alike = self._begun.get(primary[:_BEGINNING], ())
        if len(alike) > _MOST_ALIKE:
            return False
        here = {c[: len(candidate)] for p, c in alike if p.startswith(primary)}
        return here == {candidate} if here else self._names.begin(primary, candidate)

    def number_pairs(self) -> tuple[NumberPair, ...]:
        """The numbers that stand for one thing though they differ, known or not."""
        return tuple(self._numbers)

    def known(self, text: str) -> bool:
        """Take note of the identifiers in a text that both sides have; False when one is known under another name."""
        plain = whole(text)
        if plain:
            return self.same(plain, text, text)
        return all(self.same(kind, value, value) for kind, value in identifiers(text))

    def same_runs(self, primary: Sequence[str], candidate: Sequence[str]) -> bool:
        """True when the texts of two lists are pair by pair equal but for identifiers that are names of one thing.

        A text that is nothing but digits is a number, which is no name.
        """
        if all_objectids(primary) and (primary is candidate or all_objectids(candidate)):
            return self._all_new("objectid", primary, candidate) or all(
                map(self.same, repeat("objectid"), primary, candidate)
            )
        return all(
            self.same_run(p, c) and (p == c or not _NUMBER.fullmatch(p))
            for p, c in zip(primary, candidate, strict=True)
        )

    def _all_new(self, kind: str, primary: Sequence[str], candidate: Sequence[str]) -> bool:
        """True when none of these names was met before: then the pairs are learned together, as `same` would do."""
        forward, backward = dict(zip(primary, candidate, strict=True)), dict(zip(candidate, primary, strict=True))
        once = len(forward) == len(backward) == len(primary)
        if not once or not (forward.keys().isdisjoint(self._forward) and backward.keys().isdisjoint(self._backward)):
            return False
        scopes = repeat(self._scope)
        if any(map(self._names.candidate_of, primary, scopes)) or any(map(self._names.primary_of, candidate, scopes)):
            return False
        self._forward.update(forward)
        self._backward.update(backward)
        self._journal.extend(forward.items())
        self._fresh.update(zip(forward.items(), _shared(kind, primary, candidate), strict=True))
        return True

    def same_run(self, primary: str, candidate: str) -> bool:
        """True when two texts are equal but for identifiers that are names of one thing."""
        kind = whole(primary)
        if kind:
            alike = primary == candidate or (len(primary) == len(candidate) and whole(candidate) == kind)
            return alike and self.same(kind, primary, candidate)
        if primary == candidate:
            return self.known(primary)
        return blanked(primary) == blanked(candidate) and self.all_same(primary, candidate)

    def all_same(self, primary: str, candidate: str) -> bool:
        """True when the identifiers in two texts are as many and pair by pair names of one thing."""
        ours, theirs = identifiers(primary), identifiers(candidate)
        if len(ours) != len(theirs):
            return False
        for (kind, p), (other, c) in zip(ours, theirs, strict=True):
            if kind != other or (kind == "hex" and len(p) != len(c)) or not self.same(kind, p, c):
                return False
        return True

    def candidate_of(self, primary: str) -> str | None:
        """The candidate's name for this, from this pair or from earlier ones."""
        found = self._forward.get(primary)
        return found if found is not None else self._names.candidate_of(primary, self._scope)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every pair that was met, the known ones and those of equal names too."""
        return tuple(self._journal)

    def replace(self, kind: str, primary: str, candidate: str) -> None:
        """Learn a pair that may change from answer to answer and need not be one-to-one.

        It is the client's, who sends it back. For the others it stands in where they have none of their own, unless it
        is of a kind that belongs to one client: cookies and tokens never leave their scope.
        """
        self._replaced = True
        self._fresh[primary, candidate] = Alias(kind, primary, candidate, self._scope, latest=True)

    def mark(self) -> int:
        """A point to which `rewind` can go back."""
        return len(self._journal)

    def rewind(self, mark: int) -> None:
        """Forget the pairs learned since the mark."""
        if self._looked_at > mark:
            self._begun, self._looked_at = {}, 0
        while len(self._journal) > mark:
            primary, candidate = self._journal.pop()
            del self._forward[primary]
            del self._backward[candidate]
            self._fresh.pop((primary, candidate), None)
            series, _, number = primary.rpartition(" ")
            self._numbers.pop(NumberPair(series, number, candidate.rpartition(" ")[2]), None)

    def aliases(self) -> tuple[Alias, ...]:
        """What this pair shows and was not known."""
        found = self._fresh.values()
        if not self._replaced:
            return tuple(found)
        shared = [alias for alias in found if alias.latest and alias.scope and alias.kind not in CLIENT_KINDS]
        return (*found, *(alias._replace(scope="") for alias in shared))
