"""Walk two decoded JSON values together: exact types, numbers as written, key order ignored, list order kept.

Places are written only where something differs, and deep trees are refused instead of exhausting the stack.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from shadow.compare import noise
from shadow.compare.align import Pair, Unlike, align, equal_ends, moved
from shadow.compare.decode import Number, Repeated
from shadow.compare.differences import Exhausted, Tally, number
from shadow.compare.elements import by_key, likeness, signature, texts
from shadow.compare.identifiers import SHORTEST, blanked, identifiers
from shadow.compare.kin import Kin
from shadow.compare.rules import ABSENT, Declared, key_step
from shadow.compare.series import series_of
from shadow.compare.strides import Strides
from shadow.compare.strings import Likeness

_DEPTH = 150
_SCALARS = frozenset({str, int, bool, Number, float, type(None)})
_NUMBERS_ONLY = frozenset({int})
_EXACT = frozenset({int, bool, type(None)})  # equal, and of one type: the same


class JsonWalk:
    """One comparison of two values; `prefix` and `layer` say where they came from, `own` which rules speak of them."""

    def __init__(self, tally: Tally, layer: str = "json", prefix: str = "json:$", own: Sequence[Declared] = ()) -> None:
        self._tally = tally
        self._layer = layer
        self._prefix = prefix
        self._own = own
        self._path: list[str | int] = []
        self._aliases = tally.rules.aliases
        # Then equal numbers are looked at as well: they may be names of two things.
        self._counted = tally.renaming.counted
        self._probing = False  # only whether two elements are equal is asked
        self._plain = not (self._aliases or self._counted)  # what is equal and short says nothing more
        self._strides = Strides(tally, allowed=self._plain and layer == "json" and not tally.rules.json)

    def compare(self, primary: Any, candidate: Any) -> None:
        """Report every unequal place below here; raises Exhausted."""
        kind = type(primary)
        if kind is not type(candidate):
            self._differ("type", primary, candidate)
        elif kind is dict:
            self._objects(primary, candidate)
        elif kind is list:
            self._lists(primary, candidate)
        elif kind is Repeated:
            self._repeated(primary, candidate)
        else:
            self._scalars(primary, candidate)

    def _place(self) -> str:
        if self._layer != "json":
            return self._prefix
        return self._prefix + "".join(f"[{key}]" if type(key) is int else key_step(str(key)) for key in self._path)

    def _differ(self, kind: str, primary: Any, candidate: Any) -> None:
        if self._probing:
            raise Unlike
        self._tally.step(5)
        p, c = (number(value) if type(value) is float else value for value in (primary, candidate))
        self._tally.differ(self._layer, kind, self._place(), p, c, self._own)

    def _below(self, key: str | int, primary: Any, candidate: Any) -> None:
        self._path.append(key)
        if len(self._path) > _DEPTH:
            raise Exhausted
        self.compare(primary, candidate)
        self._path.pop()

    def _lone_below(self, key: str | int, kind: str, primary: Any, candidate: Any) -> None:
        """What one side alone has under this key."""
        self._path.append(key)
        self._differ(kind, primary, candidate)
        self._path.pop()

    def _scalars(self, primary: Any, candidate: Any) -> None:
        tally = self._tally
        if type(primary) is str:
            name = self._name()
            self._text(primary, candidate, name, tally.likeness(primary, candidate, name))
            return
        if type(primary) is float and not (primary == candidate and _written_alike(primary, candidate)):
            primary, candidate = number(primary), number(candidate)
        if primary == candidate and self._named(primary, candidate) is not False:
            tally.places += 1
            if self._aliases:
                self._alias(primary)
            return
        self._numbers(primary, candidate)

    def _text_below(self, key: str | int, name: str, primary: str, candidate: str) -> None:
        """Two texts under this key; most are told without their place."""
        likeness = None if self._aliases else self._tally.likeness(primary, candidate, name)
        if likeness is not Likeness.SAME:
            self._path.append(key)
            self._text(primary, candidate, name, likeness)
            self._path.pop()

    def _text(self, primary: str, candidate: str, name: str, likeness: Likeness | None) -> None:
        tally = self._tally
        if likeness is not Likeness.SAME:
            if self._probing and not tally.rules.all:
                raise Unlike
            tally.text(self._layer, self._place(), primary, candidate, name=name, own=self._own, likeness=likeness)
        if self._aliases and primary == candidate:
            self._alias(primary)

    def _named(self, primary: Any, candidate: Any) -> bool | None:
        """Whether two whole numbers are names of one thing; None when they name nothing, or nothing is known."""
        if type(primary) is not int or type(candidate) is not int or min(primary, candidate) < 0:
            return None
        keys = [key for key in reversed(self._path) if isinstance(key, str)]
        if not keys:
            return None
        renaming = self._tally.renaming
        series = series_of(keys[0], keys[1] if len(keys) > 1 else renaming.resource)
        return renaming.number(series, str(primary), str(candidate))

    def _name(self) -> str:
        """The nearest key above: what an element of a list is called as well."""
        return next((key for key in reversed(self._path) if isinstance(key, str)), "")

    def _alias(self, value: Any) -> None:
        """An equal value under a declared alias rule takes the place of an older pair."""
        for rule in (*self._own, *self._tally.rules.at(self._layer, self._place())):
            if rule.kind == "alias":
                text = value if isinstance(value, str) else str(value)
                self._tally.renaming.replace("declared", text, text)

    def _numbers(self, primary: Any, candidate: Any) -> None:
        tally = self._tally
        if noise.is_number(primary) and noise.is_number(candidate):
            if tally.rules.all and tally.excused(self._layer, self._place(), "value", primary, candidate, self._own):
                tally.places += 1
                return None
            if (named := self._named(primary, candidate)) is not None:
                if not named:
                    return self._differ("identity", primary, candidate)
                tally.places += 1
                return None
            if float(primary) == float(candidate) and type(primary) is Number:
                return self._differ("encoding", primary, candidate)
            if noise.numbers(self._name(), primary, candidate, tally.moment):
                tally.places += 1
                tally.noise.append(self._place())
                return None
        return self._differ("value", primary, candidate)

    def _objects(self, primary: dict[str, Any], candidate: dict[str, Any]) -> None:
        tally, plain, lone, equal = self._tally, self._plain, [], 0
        tally.step(1 + len(primary))
        for key, p in primary.items():
            c = candidate.get(key, ABSENT)
            if c is ABSENT:
                lone.append(key)
                continue
            kind = type(p)
            if kind not in _SCALARS or kind is not type(c):
                self._below(key, p, c)
            elif plain and p == c and (kind in _EXACT or (kind is str and len(p) < SHORTEST)):
                equal += 1
            elif kind is str:
                self._text_below(key, key, p, c)
            elif not self._equal(key, p, c):
                self._below(key, p, c)
            if len(key) >= SHORTEST:
                self._key(key)
        tally.places += equal
        if lone or len(candidate) > len(primary):
            self._lone(primary, candidate, lone)

    def _equal(self, key: str, primary: Any, candidate: Any) -> bool:
        """The common cases of two scalars of one type without a path: equal, or equal up to renaming."""
        if self._aliases:
            return False
        kind = type(primary)
        if primary != candidate or (kind is float and not _written_alike(primary, candidate)):
            return False
        if self._counted and kind is int and series_of(key, key):
            return False
        self._tally.places += 1
        return True

    def _key(self, key: str) -> None:
        if not self._tally.renaming.known(key):
            self._tally.add(self._layer, "identity", f"{self._place()}{key_step(key)}", key, key)

    def _lone(self, primary: dict[str, Any], candidate: dict[str, Any], lone: list[str]) -> None:
        """Keys of one side only. Identifiers among them may be names of one thing."""
        others = [key for key in candidate if key not in primary]
        self._tally.step(len(lone) + len(others))
        for key in lone:
            other = self._partner(key, primary[key], candidate, others)
            if other is None:
                self._lone_below(key, "missing", primary[key], ABSENT)
            else:
                others.remove(other)
                self._below(key, primary[key], candidate[other])
        for key in others:
            self._lone_below(key, "extra", ABSENT, candidate[key])

    def _partner(self, key: str, value: Any, candidate: dict[str, Any], others: list[str]) -> str | None:
        """The candidate's name for this key: the known one, else one of its kind, with equal content if any."""
        if len(key) < SHORTEST or not others:
            return None
        form, found = blanked(key), list(identifiers(key))
        if not found:
            return None
        known = key
        for _, name in found:
            known = known.replace(name, self._tally.renaming.candidate_of(name) or name)
        alike = [known] if known in others else [other for other in others if blanked(other) == form]
        if len(alike) > 1:
            self._tally.step(len(alike))
            own = signature(value)
            alike = [other for other in alike if signature(candidate[other]) == own] or alike
        for other in alike:
            if self._tally.renaming.all_same(key, other):
                return other
        return None

    def _repeated(self, primary: Repeated, candidate: Repeated) -> None:
        """Objects with repeated keys: what a parser makes of them is its own affair, so pairs are compared in order."""
        if [key for key, _ in primary] != [key for key, _ in candidate]:
            return self._differ("value", primary, candidate)
        for (key, p), (_, c) in zip(primary, candidate, strict=True):
            self._below(key, p, c)
        return None

    def _lists(self, primary: list[Any], candidate: list[Any]) -> None:
        self._tally.step(1 + max(len(primary), len(candidate)))
        if self._tally.rules.all and (primary or candidate) and self._by_rule(primary, candidate):
            return
        if len(primary) == len(candidate):
            if self._plain and primary == candidate and _numbers_only(primary) and _numbers_only(candidate):
                self._tally.places += len(primary)
                return
            mark, before = self._tally.mark(), len(self._tally.differences)
            self._in_order(primary, candidate)
            if len(self._tally.differences) - before < 2 or self._probing:
                return
            ours, theirs = self._signatures(primary, candidate)
            if not moved(ours, theirs):
                return
            self._tally.rewind(mark)
            if sorted(map(hash, ours)) == sorted(map(hash, theirs)):
                return self._differ("order", primary, candidate)
        if self._probing:
            raise Unlike
        self._aligned(primary, candidate)
        return None

    def _in_order(self, primary: list[Any], candidate: list[Any]) -> None:
        name = self._name()
        for index in self._strides.unequal(primary, candidate):
            p, c = primary[index], candidate[index]
            kind = type(p)
            if kind is str and type(c) is str:
                self._text_below(index, name, p, c)
            elif kind not in _SCALARS or kind is not type(c) or not self._equal(name, p, c):
                self._below(index, p, c)

    def _signatures(self, primary: list[Any], candidate: list[Any]) -> tuple[list[Hashable], list[Hashable]]:
        self._tally.step(3 * (len(primary) + len(candidate)))
        return [signature(item) for item in primary], [signature(item) for item in candidate]

    def _aligned(self, primary: list[Any], candidate: list[Any]) -> None:
        """Lists of which elements are missing: equal ends are walked at once, what lies between them is paired."""
        before, after = self._strides.ends(primary, candidate)
        ours, theirs = primary[before : len(primary) - after], candidate[before : len(candidate) - after]
        start, end = equal_ends(len(ours), len(theirs), lambda p, c: self._same(before + p, ours[p], theirs[c]))
        ours, theirs = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
        self._pairs(self._paired(ours, theirs), ours, theirs, before + start)

    def _same(self, index: int, primary: Any, candidate: Any) -> bool:
        """True for two equal elements, nothing masked. Of others nothing is kept, and lists in them are not aligned."""
        tally, probing, depth = self._tally, self._probing, len(self._path)
        mark, self._probing = tally.mark(), True
        try:
            self._below(index, primary, candidate)
        except Unlike:
            del self._path[depth:]
        else:
            if tally.unblemished(mark):
                return True
        finally:
            self._probing = probing
        tally.rewind(mark)
        return False

    def _paired(self, primary: list[Any], candidate: list[Any]) -> Iterable[Pair]:
        if not primary or not candidate:
            return align(primary, candidate, lambda p, c: 0.0)
        ours, theirs = self._signatures(primary, candidate)
        self._tally.step(min(len(ours) * len(theirs), 3600))
        kin = Kin(map(texts, primary), map(texts, candidate), self._tally.renaming)
        ours = list(zip(ours, kin.primary, strict=True))
        theirs = list(zip(theirs, kin.candidate, strict=True))
        return align(ours, theirs, lambda p, c: likeness(primary[p], candidate[c]) * kin.weight(p, c))

    def _pairs(self, pairs: Iterable[Pair], primary: list[Any], candidate: list[Any], start: int = 0) -> None:
        for p, c in pairs:
            if p is not None and c is not None:
                self._below(start + p, primary[p], candidate[c])
            elif p is not None:
                self._lone_below(start + p, "missing", primary[p], ABSENT)
            elif c is not None:
                self._lone_below(start + c, "extra", ABSENT, candidate[c])

    def _by_rule(self, primary: list[Any], candidate: list[Any]) -> bool:
        """Pair the elements as an `unordered` or `keyed` rule asks; False when none speaks of this list."""
        place = self._place()
        for rule in (*self._own, *self._tally.rules.at(self._layer, place)):
            if rule.kind == "unordered":
                keys, others = self._signatures(primary, candidate)
            elif rule.kind == "keyed":
                keys, others = self._keys(primary, rule.argument, ours=True), self._keys(candidate, rule.argument)
            else:
                continue
            pairs = by_key(keys, others, loose=rule.kind == "unordered")
            if any(p != c for p, c in pairs if p is not None and c is not None):
                self._tally.accept(rule, place)
            self._pairs(pairs, primary, candidate)
            return True
        return False

    def _keys(self, items: list[Any], field: str, ours: bool = False) -> list[Hashable]:
        """The value of the key field of each element, the primary's as the candidate calls it where that is known."""
        found: list[Hashable] = []
        for item in items:
            key = item.get(field, ABSENT) if isinstance(item, dict) else ABSENT
            if ours and isinstance(key, str):
                key = self._tally.renaming.candidate_of(key) or key
            found.append(signature(key) if isinstance(key, dict | list) else (type(key).__name__, key))
        return found


def _written_alike(primary: float, candidate: float) -> bool:
    """True for two equal numbers, other than 0.0 and -0.0."""
    return bool(primary) or str(primary) == str(candidate)


def _numbers_only(values: list[Any]) -> bool:
    return set(map(type, values)) <= _NUMBERS_ONLY
