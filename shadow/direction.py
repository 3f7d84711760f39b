"""Where a route's requests go now: what the switchboard tells the proxy, and the seam between the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shadow.routes import Route
from shadow.standing import bucket
from shadow.words import Side, Stage


@dataclass(frozen=True, slots=True)
class Direction:
    """A route's stage and what follows from it; `held` while a handover holds its requests back.

    In `canary` the candidate serves `share` per cent of the clients, and `serving` those who are not among them.
    """

    stage: Stage = Stage.SHADOW
    serving: Side = Side.PRIMARY
    held: bool = False
    share: int = 0

    def side_of(self, client_key: str) -> Side:
        """The side that serves this client."""
        return Side.CANDIDATE if self.share and bucket(client_key) < self.share else self.serving


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
