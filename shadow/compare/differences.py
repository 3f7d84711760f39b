"""Collect what one pair of answers shows: differences, masked places, aliases. One Difference for each unequal place.

Every layer reports here. The order of asking is the same everywhere: declared rules first (an accepted place takes no
part in the renaming), then renaming, then the noise detectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shadow.compare import classify, strings
from shadow.compare.identifiers import SHORTEST
from shadow.compare.learned import Learned, masked
from shadow.compare.noise import Moment
from shadow.compare.renaming import Renaming
from shadow.compare.rules import Declared, RouteRules
from shadow.compare.shown import plain, printable, show, show_texts
from shadow.compare.strings import Likeness
from shadow.judgement import Difference
from shadow.words import Severity

# One step is one value or a third of an HTML node: 1 to 2 µs, so that a pair stays under 250 ms.
STEPS = 100_000
_KEPT = 100  # differences of one pair
_LONG = 400  # characters of two texts: from here on looking for identifiers and clocks is work that counts
_UNLIKE = 16  # steps for two short texts that may hold clocks


class Exhausted(Exception):
    """The pair needs more steps than it may have, or is nested too deeply."""


class Tally:
    """What was found so far in one pair."""

    def __init__(
        self,
        renaming: Renaming,
        moment: Moment,
        rules: RouteRules,
        route: str = "",
        learned: frozenset[Learned] = frozenset(),
    ) -> None:
        self.renaming = renaming
        self.moment = moment
        self.rules = rules
        self._route = route
        self._learned = learned
        self.places = 0
        self.differences: list[Difference] = []
        self.noise: list[str] = []
        self.accepted: list[str] = []
        self.used: set[int] = set()
        self.unread = ""  # why what is left could not be compared
        self._steps = 0

    def step(self, steps: int = 1) -> None:
        """Count work; raises Exhausted when the pair has had its share."""
        self._steps += steps
        if self._steps > STEPS:
            raise Exhausted

    def mark(self) -> tuple[int, ...]:
        """A point to which `rewind` can go back."""
        return (
            len(self.differences), len(self.noise), len(self.accepted), self.places, self.renaming.mark()
        )  # fmt: skip

    def rewind(self, mark: tuple[int, ...]) -> None:
        """Forget what was found since the mark, but not the steps that it took."""
        del self.differences[mark[0] :], self.noise[mark[1] :], self.accepted[mark[2] :]
        self.places = mark[3]
        self.renaming.rewind(mark[4])

    def soften(self, first: int) -> None:
        """No client can reasonably care about the differences from this one on."""
        self.differences[first:] = [replace(one, severity=Severity.COSMETIC) for one in self.differences[first:]]

    def unblemished(self, mark: tuple[int, ...]) -> bool:
        """True when no difference was found and nothing masked since the mark."""
        return (len(self.differences), len(self.noise), len(self.accepted)) == mark[:3]

    def same(self, primary: str, candidate: str, name: str = "") -> bool:
        """True for two texts that are equal up to renaming. False says nothing yet: ask `text`, which has the place."""
        return self.likeness(primary, candidate, name) is Likeness.SAME

    def likeness(self, primary: str, candidate: str, name: str = "") -> Likeness | None:
        """How alike two texts are; None where that depends on the place. Whatever is not the same, `text` must be told.

        An accepted place takes no part in the renaming, so with rules in force unequal texts are not looked at.
        """
        if primary == candidate and len(primary) < SHORTEST and not self.renaming.counted:
            found = Likeness.SAME
        elif primary != candidate and (self.rules.all or len(primary) + len(candidate) > _LONG):
            return None
        else:
            found = strings.compare(primary, candidate, self.renaming, self.moment, name)
        if found is Likeness.SAME:
            self.places += 1
        return found

    def text(
        self,
        layer: str,
        place: str,
        primary: str,
        candidate: str,
        *,
        name: str = "",
        kind: str = "value",
        own: Sequence[Declared] = (),
        likeness: Likeness | None = None,
    ) -> None:
        """Compare two texts at a place; `own` are rules that are known to speak of it, `likeness` what was told."""
        self.places += 1
        if primary != candidate and self.excused(layer, place, kind, primary, candidate, own):
            return
        if primary != candidate:
            size = len(primary) + len(candidate)
            self.step(size // 4 if size > _LONG else _UNLIKE)
        if likeness is None:
            likeness = strings.compare(primary, candidate, self.renaming, self.moment, name)
        if likeness is Likeness.NOISE:
            self.noise.append(place)
        elif likeness is Likeness.IDENTITY:
            self.add(layer, "identity", place, primary, candidate)
        elif likeness is Likeness.VALUE:
            self.add(layer, kind, place, primary, candidate)

    def differ(
        self, layer: str, kind: str, place: str, primary: Any, candidate: Any, own: Sequence[Declared] = ()
    ) -> None:
        """Two values are unequal here: a difference, unless a rule accepts it."""
        self.places += 1
        if not self.excused(layer, place, kind, primary, candidate, own):
            self.add(layer, kind, place, primary, candidate)

    def excused(
        self, layer: str, place: str, kind: str, primary: Any, candidate: Any, own: Sequence[Declared] = ()
    ) -> bool:
        """True when a declared rule accepts this difference; notes the place and the rule."""
        if not self.rules.all:
            return False
        for rule in (*own, *self.rules.at(layer, place)):
            if rule.explains(kind, primary, candidate):
                if rule.kind == "alias":
                    self.renaming.replace("declared", plain(primary), plain(candidate))
                self.accept(rule, place)
                return True
        return False

    def accept(self, rule: Declared, place: str) -> None:
        """A rule has hidden something at this place."""
        self.used.add(rule.number)
        self.accepted.append(place)

    def add(self, layer: str, kind: str, place: str, primary: Any, candidate: Any) -> None:
        """Note a difference that no rule, name or detector explains; at a learned place it is noise."""
        if len(self.differences) >= _KEPT:
            return
        as_text = layer != "json"
        p, c = show_texts(plain(primary), plain(candidate)) if as_text else (show(primary), show(candidate))
        severity = classify.severity(layer, kind, place, p, c)
        difference = Difference(layer, kind, printable(place), p, c, severity)
        if self._learned and masked(self._learned, self._route, difference):
            self.noise.append(place)
        else:
            self.differences.append(difference)
