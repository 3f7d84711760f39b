"""Tally: what the judgements of one route in one epoch add up to; the store keeps it, the gate's Evidence reads it.

One mismatch ends the attempt of the whole route, whatever its method, so one tally holds all of them; it counts the
clean pairs of each. Pure: every store changes it with `add` and keeps `to_json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from shadow.findings.cluster import shape_of
from shadow.judgement import Epoch, Judgement
from shadow.store.histogram import Histogram
from shadow.words import Outcome

# Shapes come from traffic, which is hostile: what is beyond this many shares one.
_MAX_SHAPES = 200
OTHER_SHAPES = "other"

_COMPARED = frozenset(
    {
        Outcome.MATCH,
        Outcome.NOISE,
        Outcome.ACCEPTED,
        Outcome.MISMATCH,
        Outcome.RACE,
        Outcome.CONSEQUENCE,
    }
)


@dataclass(slots=True)
class ShapeCount:
    """How often a shape was compared, and how often the pair was clean."""

    compared: int = 0
    clean: int = 0


@dataclass(slots=True)
class Tally:
    """Evidence of one route in one epoch.

    `attempt` counts from 1; `clean`, `methods` (the same by method) and `since` (unix s, of the first clean pair)
    belong to the present attempt, all else to the epoch. `candidate_failures` are pairs where the candidate alone
    answered 5xx or not at all. `ratio` holds candidate by primary of each pair.
    """

    route: str
    epoch: Epoch
    attempt: int = 1
    clean: int = 0
    methods: dict[str, int] = field(default_factory=dict)
    since: float | None = None
    first: float | None = None
    last: float | None = None
    compared: int = 0
    candidate_failures: int = 0
    places: int = 0
    masked: int = 0
    shapes: dict[str, ShapeCount] = field(default_factory=dict)
    primary: Histogram = field(default_factory=Histogram)
    candidate: Histogram = field(default_factory=Histogram)
    ratio: Histogram = field(default_factory=Histogram)

    def add(self, judgement: Judgement, *, explained: bool) -> None:
        """Take one judgement in. `explained`: every difference of a mismatch belongs to an accepted finding."""
        if judgement.outcome not in _COMPARED:
            return
        at = judgement.at
        self.compared += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        self.places += judgement.places
        self.masked += judgement.noise + judgement.accepted
        self.candidate_failures += candidate_failed(judgement)
        shape = self._shape(shape_of(judgement))
        shape.compared += 1
        if judgement.outcome.clean:
            shape.clean += 1
            self.clean += 1
            self.methods[judgement.method] = self.methods.get(judgement.method, 0) + 1
            self.since = at if self.since is None else min(self.since, at)
        elif judgement.outcome is Outcome.MISMATCH and not explained:
            self.attempt, self.clean, self.methods, self.since = self.attempt + 1, 0, {}, None
        self._add_durations(judgement.primary_seconds, judgement.candidate_seconds)

    def _shape(self, name: str) -> ShapeCount:
        if name not in self.shapes and len(self.shapes) >= _MAX_SHAPES:
            name = OTHER_SHAPES
        return self.shapes.setdefault(name, ShapeCount())

    def _add_durations(self, primary: float | None, candidate: float | None) -> None:
        if primary is None or candidate is None:
            return
        self.primary.add(primary)
        self.candidate.add(candidate)
        self.ratio.add(candidate / primary if primary > 0 else 1.0)

    def to_json(self) -> str:
        """All but the route and the epoch, which are the store's key."""
        return orjson.dumps(
            {
                "attempt": self.attempt,
                "clean": self.clean,
                "methods": self.methods,
                "since": self.since,
                "first": self.first,
                "last": self.last,
                "compared": self.compared,
                "candidate_failures": self.candidate_failures,
                "places": self.places,
                "masked": self.masked,
                "shapes": {name: [one.compared, one.clean] for name, one in self.shapes.items()},
                "primary": self.primary.columns(),
                "candidate": self.candidate.columns(),
                "ratio": self.ratio.columns(),
            }
        ).decode()

    @classmethod
    def from_json(cls, route: str, epoch: Epoch, text: str) -> Tally:
        """What `to_json` wrote."""
        kept = orjson.loads(text)
        kept["shapes"] = {name: ShapeCount(*pair) for name, pair in kept["shapes"].items()}
        for name in ("primary", "candidate", "ratio"):
            kept[name] = Histogram(dict(zip(*kept[name], strict=True)))
        return cls(route, epoch, **kept)


def candidate_failed(judgement: Judgement) -> bool:
    """True when the candidate answered 5xx, or nothing at all, where the primary did not."""
    if judgement.primary_seconds is not None and judgement.candidate_seconds is None:
        return True
    return any(
        one.layer == "status" and one.candidate.startswith("5") and not one.primary.startswith("5")
        for one in judgement.differences
    )
