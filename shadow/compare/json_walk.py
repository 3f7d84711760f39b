"""Walk two decoded JSON values together: exact types, numbers as written, key order ignored, list order kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from shadow.compare.decode import Repeated
from shadow.compare.elements import signature
from shadow.compare.identifiers import SHORTEST, blanked, identifiers
from shadow.compare.json_lists import SCALARS, ListWalk
from shadow.compare.rules import ABSENT, key_step

_EXACT = frozenset({int, bool, type(None)})  # equal, and of one type: the same


class JsonWalk(ListWalk):
    """The whole walk: objects too."""

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

    def _objects(self, primary: dict[str, Any], candidate: dict[str, Any]) -> None:
        tally, plain, lone, equal = self._tally, self._plain, [], 0
        tally.step(1 + len(primary))
        for key, p in primary.items():
            c = candidate.get(key, ABSENT)
            if c is ABSENT:
                lone.append(key)
                continue
            kind = type(p)
            if kind not in SCALARS or kind is not type(c):
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

    def _key(self, key: str) -> None:
        if not self._tally.renaming.known(key):
            self._tally.add(self._layer, "identity", f"{self._place()}{key_step(key)}", key, key)

    def _lone(self, primary: dict[str, Any], candidate: dict[str, Any], lone: list[str]) -> None:
        """Keys of one side only. Identifiers among them may be names of one thing."""
        others = {key: blanked(key) for key in candidate if key not in primary}
        self._tally.step(len(lone) + len(others))
        forms: dict[str, dict[str, None]] = {}
        for key, form in others.items():
            forms.setdefault(form, {})[key] = None
        for key in lone:
            other = self._partner(key, primary[key], candidate, forms)
            if other is None:
                self._lone_below(key, "missing", primary[key], ABSENT)
            else:
                del forms[others.pop(other)][other]
                self._below(key, primary[key], candidate[other])
        for key in others:
            self._lone_below(key, "extra", ABSENT, candidate[key])

    def _partner(
        self, key: str, value: Any, candidate: dict[str, Any], forms: Mapping[str, Iterable[str]]
    ) -> str | None:
        """The candidate's name for this key: the known one, else one of its form, with equal content if any."""
        found = identifiers(key) if len(key) >= SHORTEST else []
        others = list(forms.get(blanked(key), ())) if found else []
        if not others:
            return None
        known = key
        for _, name in found:
            known = known.replace(name, self._tally.renaming.candidate_of(name) or name)
        alike = [known] if known in others else others
        if len(alike) > 1:
            self._tally.step(len(alike))
            own = signature(value)
            alike = [other for other in alike if signature(candidate[other]) == own] or alike
        for other in alike:
            if self._tally.renaming.all_same(key, other):
                return other
        return None

    def _repeated(self, primary: Repeated, candidate: Repeated) -> None:
        """Objects with repeated keys: what a parser makes of them is its own affair, so equal ones keep their order."""
        ours, theirs = (sorted(pairs, key=itemgetter(0)) for pairs in (primary, candidate))
        if [key for key, _ in ours] != [key for key, _ in theirs]:
            return self._differ("value", primary, candidate)
        for (key, p), (_, c) in zip(ours, theirs, strict=True):
            self._below(key, p, c)
        return None
