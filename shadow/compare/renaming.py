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

from shadow.compare.series import named
from shadow.judgement import Alias, NumberPair

# What a composite may hold behind its prefix (`row-RUN`, `c_DIGEST`): there it is the name, and not all of the run.
_PLAIN = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{24}|[0-9a-f]{28,128}"
# What can be told from its form alone, the most certain first. Boundaries are letters and digits, so that the parts of
# a composite such as `RUN-TASK` or `run_RUN.json` are found. `run` is any long run of token letters: `kind_of` decides.
IDENTIFIERS = (
    r"(?P<sealed>\{\{sealed:[A-Za-z0-9_=-]+\}\})"
    r"|(?<![0-9A-Za-z])(?:"
    r"(?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})(?![0-9A-Za-z])"
    r"|(?P<objectid>[0-9a-f]{24})(?![0-9A-Za-z])"
    r"|(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})(?![0-9A-Za-z])"
    r"|(?P<hex>[0-9a-f]{28,128}|[0-9A-F]{28,128})(?![0-9A-Za-z])"
    r"|(?P<jwt>eyJ[\w-]+\.[\w-]+\.[\w-]*)"
    r"|(?P<signed>(?=[\w-]{16})[\w-]+\.[\w-]{4,}\.[\w-]{20,})"
    rf"|(?P<run>(?![\w-]{{0,40}}?[_-](?:{_PLAIN})(?![0-9A-Za-z]))[\w-]{{20,}}={{0,2}}))"
)
# The plain ones among them as a whole value: by far the most frequent case in JSON.
_WHOLE = re.compile(
    r"(?P<objectid>[0-9a-f]{24})|(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|(?P<hex>[0-9a-f]{28,128})"
)
# With a letter that no number holds, so that each can only be a name.
_OBJECTIDS = re.compile(r"(?:(?=[0-9e]*[a-df])[0-9a-f]{24} )+")
# Before a plus, which no name has, an exponent ends without its digits.
_NUMBER = re.compile(r"[{}:]*-?[\d.]+(?:[eE]-?\d*)?[{}:]*")
SHORTEST = 20
_IDENTIFIER = re.compile(IDENTIFIERS, re.ASCII)
_LONG_RUN = re.compile(r"[0-9A-Za-z_-]{20}")  # every identifier has one
_OPAQUE = re.compile(r"[\w.!~:+/=%*|-]{16,}", re.ASCII)
_TURN = re.compile(r"(?=[a-z][A-Z0-9]|[A-Z][a-z0-9]|[0-9][A-Za-z])", re.ASCII)

# These belong to one client and are never its neighbour's.
CLIENT_KINDS = frozenset({"sealed", "jwt", "signed", "token", "cookie"})


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


def kind_of(group: str, value: str) -> str:
    """The kind of what `IDENTIFIERS` found under this group; empty when the run is an ordinary word."""
    if group == "uuid" and value == "00000000-0000-0000-0000-000000000000":
        return ""
    if group in ("objectid", "hex", "ulid") and value.count(value[-1]) * 2 > len(value):
        return ""  # zeros and the like are filling, not a name
    if group == "signed":
        # `module.submodule.function_name` has the same form; a signature turns between cases and digits all the time.
        return "signed" if _scrambled(value.rpartition(".")[2]) else ""
    if group == "run":
        return "token" if _scrambled(value) else ""
    return group


def _scrambled(value: str) -> bool:
    """True for what no person writes: both cases, and a turn between them or to digits at every third place or so.

    Random base64 turns at 58 % of its places, words in CamelCase at 27 %.
    """
    mixed = not (value.islower() or value.isupper())
    return mixed and len(_TURN.findall(value)) * 10 >= len(value) * 3


def opaque(value: str) -> bool:
    """True for a value that may stand for anything: one long word, with a digit in it or scrambled, as tokens are."""
    return bool(_OPAQUE.fullmatch(value)) and (any(letter.isdigit() for letter in value) or _scrambled(value))


def identifiers(text: str) -> list[tuple[str, str]]:
    """Kind and value of every identifier in a text, from left to right."""
    if not _LONG_RUN.search(text):
        return []  # prose, the common case
    found = []
    for match in _IDENTIFIER.finditer(text):
        kind = kind_of(match.lastgroup or "", match[0])
        if kind:
            found.append((kind, match[0]))
    return found


def whole(text: str) -> str:
    """The kind of a text that is one plain identifier and nothing else, else an empty text."""
    found = _WHOLE.fullmatch(text)
    return kind_of(found.lastgroup or "", text) if found else ""


def _objectids(texts: Sequence[str]) -> bool:
    """True when each text is one objectid: the most frequent case, so all are looked at in one go."""
    if not _OBJECTIDS.fullmatch(" ".join(texts) + " "):
        return False
    return max([text.count(text[-1]) for text in texts]) <= 12


def _shared(kind: str, primary: Sequence[str], candidate: Sequence[str]) -> Iterable[Alias]:
    """`Alias(kind, …)` for each pair, without a call of Python code for each: they are the most of what is learned."""
    return map(tuple.__new__, repeat(Alias), zip(repeat(kind), primary, candidate, repeat(""), repeat(False)))


def blanked(text: str) -> str:
    """The text with every identifier replaced by its kind: what stays the same when things are renamed."""
    if len(text) < SHORTEST or not _LONG_RUN.search(text):
        return text

    def blank(found: re.Match[str]) -> str:
        kind = kind_of(found.lastgroup or "", found[0])
        return f"<{kind}>" if kind else found[0]

    return _IDENTIFIER.sub(blank, text)


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

    def same(self, kind: str, primary: str, candidate: str) -> bool:
        """True when the two can be names of one thing; learns the pair. False: one of them already means another."""
        known = self._forward.get(primary)
        if known is not None:
            return known == candidate
        if candidate in self._backward:
            return False
        scope = self._scope
        there, back = self._names.candidate_of(primary, scope), self._names.primary_of(candidate, scope)
        if (there is not None and there != candidate) or (back is not None and back != primary):
            return False
        self._forward[primary] = candidate
        self._backward[candidate] = primary
        self._journal.append((primary, candidate))
        own = kind in CLIENT_KINDS
        # A token that is equal on both sides needs no translation, and each client would bring its own.
        if there is None and not (own and primary == candidate):
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
        here = {c[: len(candidate)] for p, c in self._journal if p.startswith(primary)}
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
        if _objectids(primary) and (primary is candidate or _objectids(candidate)):
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
