"""The board: where routes and units stand, and every rule of moving them. A store loads it, changes it and keeps it.

Pure and mutable. A change that is refused raises; the store then keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shadow.errors import NotFound, PromotionRefused
from shadow.routes import Route
from shadow.store.values import Canary, Freeze, Handover, Hold, Phase, StageMap
from shadow.words import Stage

# A unit in one of these stages has one for all its routes; below, each route may be off or in shadow.
_TOGETHER = (Stage.CANARY, Stage.PROMOTED)
_ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands: `share` is per cent of the clients in canary, `moved` when (unix s) it last moved."""

    stage: Stage
    share: int = 0
    moved: float = 0.0


@dataclass(frozen=True, slots=True)
class Member:
    """A route in its unit: `pairs` are the clean ones that the candidate served since the canary's last step."""

    unit: str
    stage: Stage
    pairs: int = 0


@dataclass(slots=True)
class Board:
    """Everything that a stage map is made of."""

    version: int = 0
    units: dict[str, Place] = field(default_factory=dict)
    routes: dict[str, Member] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    handovers: dict[str, Handover] = field(default_factory=dict)
    freeze: Freeze | None = None

    def stage_map(self) -> StageMap:
        """As everyone else reads it."""
        return StageMap(
            version=self.version,
            routes={route: member.stage for route, member in self.routes.items()},
            units={unit: place.stage for unit, place in self.units.items()},
            holds=dict(self.holds),
            handovers=dict(self.handovers),
            canaries={
                unit: Canary(place.share, sum(one.pairs for one in self.routes.values() if one.unit == unit))
                for unit, place in self.units.items()
                if place.share
            },
            moved={unit: place.moved for unit, place in self.units.items() if place.moved},
            freeze=self.freeze,
        )

    def in_canary(self) -> dict[str, float]:
        """The routes in canary, and when each last moved."""
        places = {route: self.units[member.unit] for route, member in self.routes.items()}
        return {route: place.moved for route, place in places.items() if place.stage is Stage.CANARY}

    def register(self, routes: Iterable[Route]) -> None:
        """Give every unit and route that is not known yet its configured stage; known ones keep theirs."""
        before = _stages(self.units, self.routes)
        units: dict[str, list[Route]] = {}
        for route in routes:
            units.setdefault(route.unit, []).append(route)
        for unit, members in units.items():
            self._register_unit(unit, members)
        if _stages(self.units, self.routes) != before:
            self.version += 1

    def move(self, unit: str, origin: Stage, to: Stage, *, at: float, share: int = 0, hold: Hold | None = None) -> None:
        """Move a unit and its routes, the hold with it."""
        self._check(unit, origin, to, share)
        self.units[unit] = Place(to, share, at)
        for route, member in self.routes.items():
            if member.unit == unit:
                self.routes[route] = Member(unit, to)
        if hold is not None:
            self.holds[hold.unit] = hold
        self.version += 1

    def lay(self, hold: Hold) -> None:
        """Lay a hold on a unit."""
        self.holds[hold.unit] = hold
        self.version += 1

    def release(self, unit: str) -> None:
        """Clear a unit's hold."""
        if self.holds.pop(unit, None) is None:
            raise NotFound(f"{unit} has no hold to release")
        self.version += 1

    def set_freeze(self, freeze: Freeze | None) -> None:
        """Let nothing move forward, or let it again (None)."""
        if freeze is None and self.freeze is None:
            raise NotFound("nothing is frozen")
        self.freeze = freeze
        self.version += 1

    def begin(self, handover: Handover) -> None:
        """Hold a unit's requests; one that only holds them, and moves nothing, needs no more than an idle unit."""
        if handover.to is handover.origin:
            self._check_idle(handover.unit)
        else:
            self._check(handover.unit, handover.origin, handover.to)
        self.handovers[handover.unit] = handover
        self.version += 1

    def advance(self, handover_id: str, phase: Phase) -> None:
        """Write down that a step begins; nobody who reads stages needs to know, so the version stays."""
        handover = self._under_way(handover_id)
        self.handovers[handover.unit] = replace(handover, phase=phase)

    def finish(self, handover_id: str, *, at: float, before: float, hold: Hold | None = None) -> None:
        """Move the unit and end the handover at once."""
        handover = self._under_way(handover_id)
        if at > before:
            raise PromotionRefused(f"the handover of {handover.unit} took too long")
        del self.handovers[handover.unit]
        self.move(handover.unit, handover.origin, handover.to, at=at, hold=hold)

    def drop(self, handover_id: str) -> None:
        """End a handover with nothing changed."""
        kept = {unit: one for unit, one in self.handovers.items() if one.id != handover_id}
        if len(kept) < len(self.handovers):
            self.handovers = kept
            self.version += 1

    def _register_unit(self, unit: str, members: list[Route]) -> None:
        """A known unit's stage rules its members; a new unit stands where the most advanced of them is configured."""
        if unit not in self.units:
            self.units[unit] = Place(max((one.stage for one in members), key=_ORDER.index))
        stage = self.units[unit].stage
        for route in members:
            known = self.routes.get(route.name)
            own = known.stage if known else route.stage
            if stage in _TOGETHER:
                own = stage
            elif own in _TOGETHER:
                # It was promoted with another unit; this one is not, and state is shared within a unit.
                own = Stage.SHADOW
            self.routes[route.name] = Member(unit, own, known.pairs if known else 0)

    def _under_way(self, handover_id: str) -> Handover:
        for handover in self.handovers.values():
            if handover.id == handover_id:
                return handover
        raise PromotionRefused(f"handover {handover_id} was ended by someone else")

    def _check(self, unit: str, origin: Stage, to: Stage, share: int = 0) -> None:
        """Nobody else has moved the unit, or is moving it, since the caller looked."""
        place, look = self.units.get(unit), f"Next: shadow status {unit}"
        if place is None:
            raise NotFound(f"{unit} is not known to the store. Next: shadow routes list")
        if place.stage is not origin:
            raise PromotionRefused(f"{unit} is in {place.stage} by now, not in {origin}; nothing has changed. {look}")
        if to is Stage.CANARY and share <= place.share:
            raise PromotionRefused(
                f"{unit} has {place.share} per cent of the clients by now: a share only grows. {look}"
            )
        self._check_idle(unit)
        if _ORDER.index(to) >= _ORDER.index(origin):
            self._check_forward(unit)

    def _check_idle(self, unit: str) -> None:
        """No handover of the unit is under way."""
        if other := self.handovers.get(unit):
            raise PromotionRefused(
                f"{unit} is being moved to {other.to} by {other.who}; nothing has changed. Next: shadow status {unit}"
            )

    def _check_forward(self, unit: str) -> None:
        if freeze := self.freeze:
            raise PromotionRefused(f"all is frozen by {freeze.who}: {freeze.reason}. Next: shadow unfreeze")
        if hold := self.holds.get(unit):
            raise PromotionRefused(f"{unit} is on hold by {hold.who}: {hold.reason}. Next: shadow release {unit}")


def _stages(units: Mapping[str, Place], routes: Mapping[str, Member]) -> tuple[dict[str, Stage], dict[str, object]]:
    return {name: one.stage for name, one in units.items()}, {
        name: (one.unit, one.stage) for name, one in routes.items()
    }
