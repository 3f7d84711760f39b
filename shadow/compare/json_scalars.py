"""The state of a walk through two JSON values, and what it does where it comes to an end: at texts and numbers.

Places are written only where something differs, and deep trees are refused instead of exhausting the stack.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from shadow.compare import noise
from shadow.compare.align import Unlike
from shadow.compare.decode import Number
from shadow.compare.differences import Exhausted, Tally
from shadow.compare.renaming import Numbers
from shadow.compare.rules import Declared, key_step
from shadow.compare.series import series_of
from shadow.compare.shown import number
from shadow.compare.strides import Strides
from shadow.compare.strings import Likeness

_DEPTH = 150


class ScalarWalk(ABC):
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

    @abstractmethod
    def compare(self, primary: Any, candidate: Any) -> None:
        """Report every unequal place below here; raises Exhausted."""

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

    def _name(self) -> str:
        """The nearest key above: what an element of a list is called as well."""
        return next((key for key in reversed(self._path) if isinstance(key, str)), "")

    def _named(self, primary: Any, candidate: Any) -> bool | None:
        """Whether two whole numbers are names of one thing; None when they name nothing, or nothing is known."""
        renaming = self._tally.renaming
        if renaming.numbers is Numbers.NEVER or not (
            type(primary) is type(candidate) is int and min(primary, candidate) >= 0
        ):
            return None
        keys = [key for key in reversed(self._path) if isinstance(key, str)]
        if not keys:
            return None
        series = series_of(keys[0], keys[1] if len(keys) > 1 else renaming.resource)
        return renaming.number(series, str(primary), str(candidate))

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


def _written_alike(primary: float, candidate: float) -> bool:
    """True for two equal numbers, other than 0.0 and -0.0."""
    return bool(primary) or str(primary) == str(candidate)
