"""Two JSON lists: element by element, or paired where one has more, where elements have moved, or as a rule asks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from shadow.compare.align import Pair, Unlike, align, equal_ends, moved
from shadow.compare.decode import Number
from shadow.compare.elements import by_key, likeness, signature, texts
from shadow.compare.json_scalars import ScalarWalk
from shadow.compare.kin import Kin
from shadow.compare.rules import ABSENT

SCALARS = frozenset({str, int, bool, Number, float, type(None)})
_NUMBERS_ONLY = frozenset({int})


class ListWalk(ScalarWalk):
    """A walk that knows lists."""

    def part(self, key: str | None, primary: list[Any], candidate: list[Any], before: int, after: int) -> bool:
        """Report every unequal place of a part of two lists under this key, behind `before` elements.

        The last `after` elements of each are known to be the same. False when only a look at all of the lists can tell:
        elements may have moved, or what is the same at their beginning may go on behind the part.
        """
        if key is not None:
            self._path.append(key)
        if len(primary) != len(candidate):
            return self._between(primary, candidate, 0, after, before)
        told = len(self._tally.differences)
        self._in_order(primary[: len(primary) - after], candidate[: len(candidate) - after], before)
        return len(self._tally.differences) - told < 2 or not moved(*self._signatures(primary, candidate))

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

    def _in_order(self, primary: list[Any], candidate: list[Any], start: int = 0) -> None:
        name = self._name()
        for index in self._strides.unequal(primary, candidate):
            p, c = primary[index], candidate[index]
            kind = type(p)
            if kind is str and type(c) is str:
                self._text_below(start + index, name, p, c)
            elif kind not in SCALARS or kind is not type(c) or not self._equal(name, p, c):
                self._below(start + index, p, c)

    def _signatures(self, primary: list[Any], candidate: list[Any]) -> tuple[list[Hashable], list[Hashable]]:
        self._tally.step(3 * (len(primary) + len(candidate)))
        return [signature(item) for item in primary], [signature(item) for item in candidate]

    def _aligned(self, primary: list[Any], candidate: list[Any]) -> None:
        """Lists of which elements are missing: equal ends are walked at once, what lies between them is paired."""
        before, after = self._strides.ends(primary, candidate)
        self._between(primary, candidate, before, after)

    def _between(self, primary: list[Any], candidate: list[Any], before: int, after: int, offset: int = 0) -> bool:
        """Report what differs behind and in front of so many elements that are the same; the lists begin at `offset`.

        False when what is the same at the beginning goes on into the end.
        """
        start, end = equal_ends(
            len(primary),
            len(candidate),
            lambda p, c: self._same(offset + p, primary[p], candidate[c]),
            before,
            after,
        )
        ours, theirs = primary[start : len(primary) - end], candidate[start : len(candidate) - end]
        self._pairs(self._paired(ours, theirs), ours, theirs, offset + start)
        return end >= after

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


def _numbers_only(values: list[Any]) -> bool:
    return set(map(type, values)) <= _NUMBERS_ONLY
