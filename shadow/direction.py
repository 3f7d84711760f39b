"""Where a route's requests go now: what the switchboard tells the proxy, and the seam between the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shadow.routes import Route
from shadow.words import Side, Stage


@dataclass(frozen=True, slots=True)
class Direction:
    """A route's stage and what follows from it; `held` while a handover holds its requests back."""

    stage: Stage = Stage.SHADOW
    serving: Side = Side.PRIMARY
    held: bool = False


class Switch(Protocol):
    """The stage map that the hot path reads. Nothing here waits for a store."""

    def direction(self, route: Route) -> Direction:
        """Where this route's requests go at this moment."""
        ...

    async def released(self, route: Route) -> Direction:
        """Wait until the route is not held (bounded in time), then say where it goes."""
        ...

    def enter(self, unit: str) -> None:
        """Count one request of this group as in flight; call it without an await after `direction`."""
        ...

    def leave(self, unit: str) -> None:
        """Count it as done."""
        ...
