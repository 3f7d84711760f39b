"""How fast the simulated clients go together, and what happened to their requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

KEPT_TEXTS = 50


class Pace:
    """Slots in time, `rate` a second, given to whoever asks first: all clients together never exceed the rate."""

    def __init__(self, rate: float = 45.0) -> None:
        if rate <= 0:
            raise ValueError(f"a pace of {rate} requests a second is none; give a rate above 0")
        self.rate = rate
        self._share = 1.0
        self._next = 0.0

    def slow_down(self, share: float) -> None:
        """Give slots at this share of the rate from now on; never less than a tenth."""
        self._share = max(share, 0.1)

    async def turn(self) -> None:
        """Wait for the next free slot. Slots that nobody took are lost, so a pause is not followed by a burst."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next)
        self._next = slot + 1 / (self.rate * self._share)
        await asyncio.sleep(slot - now)


@dataclass(slots=True)
class Tally:
    """Counts of the clients' requests by route, and of everything that a client did not expect (0 in a good run)."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    idle: int = 0
    failed: int = 0
    texts: list[str] = field(default_factory=list)

    def answered(self, route: str, status: int) -> None:
        """One more answer on the route."""
        self.requests[route] += 1
        self.statuses[route, status] += 1

    def failure(self, route: str, text: str) -> None:
        """One more thing that no client should meet; the first texts are kept."""
        self.failed += 1
        if len(self.texts) < KEPT_TEXTS:
            self.texts.append(f"{route}: {text}")

    @property
    def total(self) -> int:
        return sum(self.requests.values())
