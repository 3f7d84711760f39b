"""Which copy may go when: writes alone, reads between them together.

Two steps. `Merge` brings the records of several proxy processes into the order in which the serving side finished
them; `Order` releases them so that a write waits for all earlier copies and later copies wait for it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from shadow.exchange import Exchange

T = TypeVar("T", bound=Hashable)

# A writer's batch may reach the disk this much later than the answer left (writer.py batches every 20 ms).
SETTLE = 0.15
# Writes that ended longer ago than this are forgotten when overlaps are looked for.
_OVERLAP_MEMORY = 60.0


@dataclass
class Merge:
    """Exchanges of all writers, by the moment at which they ended.

    One writer's records already come in that order, so with one writer nothing waits. With several, an exchange is
    held back until `SETTLE` seconds have passed since it ended: another process may still be writing an earlier one.
    """

    _heap: list[tuple[float, str, int, Exchange]] = field(default_factory=list)
    _writers: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, exchange: Exchange) -> None:
        """Take one more record."""
        self._writers.add(exchange.writer)
        heapq.heappush(self._heap, (exchange.ended, exchange.writer, exchange.sequence, exchange))

    def release(self, monotonic: float) -> list[Exchange]:
        """What may go on now, in order."""
        limit = monotonic - SETTLE if len(self._writers) > 1 else float("inf")
        found = []
        while self._heap and self._heap[0][0] <= limit:
            found.append(heapq.heappop(self._heap)[3])
        return found


@dataclass
class Overlaps:
    """Knows which exchanges ran beside a write that another proxy process served."""

    _writes: deque[tuple[float, float, str]] = field(default_factory=deque)

    def noted(self, exchange: Exchange) -> Exchange:
        """The exchange, marked when it overlapped a write seen so far; writes are remembered."""
        while self._writes and self._writes[0][1] < exchange.ended - _OVERLAP_MEMORY:
            self._writes.popleft()
        beside = any(began < exchange.ended and exchange.began < ended for began, ended, _ in self._writes)
        if not exchange.request.safe:
            self._writes.append((exchange.began, exchange.ended, exchange.id))
        return replace(exchange, overlaps=True) if beside and not exchange.overlaps else exchange


class Order(Generic[T]):
    """Releases items in their order: a write alone, reads between two writes together, at most `parallel`."""

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._waiting: deque[tuple[T, bool]] = deque()
        self._running: set[T] = set()
        self._writing = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._running)

    @property
    def idle(self) -> bool:
        """True when nothing runs."""
        return not self._running

    def add(self, item: T, *, write: bool) -> None:
        """Put an item behind all earlier ones."""
        self._waiting.append((item, write))

    def ready(self) -> list[T]:
        """The items that may start now; they count as running from here."""
        found: list[T] = []
        while self._waiting and not self._writing and len(self._running) < self._parallel:
            item, write = self._waiting[0]
            if write and self._running:
                break
            self._waiting.popleft()
            self._running.add(item)
            self._writing = write
            found.append(item)
        return found

    def done(self, item: T) -> None:
        """The item has ended."""
        self._running.remove(item)
        if not self._running:
            self._writing = False


class Lanes(Generic[T]):
    """`order = "client"`: an Order for each client, all under one limit of running items."""

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._lanes: dict[str, Order[T]] = {}
        self._lane_of: dict[T, str] = {}
        self._running = 0

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    @property
    def idle(self) -> bool:
        """True when nothing runs."""
        return self._running == 0

    def add(self, item: T, *, write: bool, client: str) -> None:
        """Put an item behind the earlier ones of its client."""
        self._lanes.setdefault(client, Order(1)).add(item, write=write)
        self._lane_of[item] = client

    def ready(self) -> list[T]:
        """The items that may start now."""
        found: list[T] = []
        for lane in self._lanes.values():
            if self._running >= self._parallel:
                break
            for item in lane.ready():
                self._running += 1
                found.append(item)
        return found

    def done(self, item: T) -> None:
        """The item has ended."""
        client = self._lane_of.pop(item)
        self._lanes[client].done(item)
        self._running -= 1
        if not len(self._lanes[client]):
            del self._lanes[client]
