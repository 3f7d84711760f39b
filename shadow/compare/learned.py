"""Places where the primary was seen to disagree with itself, and in which way: noise that was measured, not declared.

A place is masked for its route, layer and kind of difference alone: where values were seen to vary, a missing value or
another type is still a difference. What could hide a fault of any size is never learned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from shadow.compare.classify import blank_place
from shadow.judgement import Difference

LEARNABLE = frozenset({"value", "order", "missing", "extra", "identity"})
_LAYERS = frozenset({"header", "cookie", "json", "html", "text", "binary"})


@dataclass(frozen=True, slots=True, order=True)
class Learned:
    """One such place, indexes and ids blanked, as a finding names it."""

    route: str
    layer: str
    kind: str
    place: str

    @property
    def learnable(self) -> bool:
        """False for a status, a type, an encoding, a missing answer."""
        return self.kind in LEARNABLE and self.layer in _LAYERS


class LearnedPlaces:
    """All that was learned."""

    def __init__(self, learned: Iterable[Learned] = ()) -> None:
        self._all = frozenset(one for one in learned if one.learnable)
        self._by_route: dict[str, frozenset[Learned]] = {
            route: frozenset(one for one in self._all if one.route == route)
            for route in {one.route for one in self._all}
        }

    def of(self, route: str) -> frozenset[Learned]:
        """The places of one route."""
        return self._by_route.get(route, frozenset())

    @property
    def digest(self) -> str:
        """Names what is masked, as that of the rules does; empty when nothing is."""
        parts = [[one.route, one.layer, one.kind, one.place] for one in sorted(self._all)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16] if parts else ""


def masked(learned: frozenset[Learned], route: str, difference: Difference) -> bool:
    """True when a difference is what was learned at its place."""
    place = blank_place(difference.place)
    return Learned(route, difference.layer, difference.kind, place) in learned
