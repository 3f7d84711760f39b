"""Which copy may go when: writes alone, reads between them together, one client's copies one after another.

Two steps. `Merge` brings the records of several proxy processes into the order in which the serving side finished
them; `Order` releases them. A client's later request may carry the cookie or the token of an earlier answer, so its
copies never overtake one another, reads included.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Generic, TypeVar

from shadow import clock
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
    held back until the recording was read `SETTLE` seconds after it ended: another process may still have been writing
    an earlier one.
    """

    _heap: list[tuple[float, str, int, Exchange]] = field(default_factory=list)
    _writers: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def settling(self) -> int:
        """How many are held back for no other reason than that an earlier one may come."""
        return len(self._heap)

    def push(self, exchange: Exchange) -> None:
        """Take one more record."""
        self._writers.add(exchange.writer)
        # A clock that was ahead of ours stood still when the machine was started anew: all that came before.
        ended = exchange.ended if exchange.ended <= clock.monotonic() else 0.0
        heapq.heappush(self._heap, (ended, exchange.writer, exchange.sequence, exchange))

    def release(self, monotonic: float, unread_from: float) -> list[Exchange]:
        """What may go on, in order; at `monotonic` all was read but what ended at `unread_from` or later."""
        settled = monotonic - SETTLE if len(self._writers) > 1 else inf
        limit = min(settled, unread_from)
        found = []
        while self._heap and self._heap[0][0] <= limit:
            found.append(heapq.heappop(self._heap)[3])
        return found


@dataclass
class Overlaps:
    """Knows which exchanges ran beside a write that another proxy process served; a process marks its own.

    Asked when a pair is judged, not when it is sent: a write that ended later may have begun earlier.
    """

    _writes: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def saw(self, exchange: Exchange) -> None:
        """Take one more record, in its writer's order."""
        if not exchange.request.safe:
            writes = self._writes.setdefault(exchange.writer, deque())
            writes.append((exchange.began, exchange.ended))
            while writes[0][1] < exchange.ended - _OVERLAP_MEMORY:
                writes.popleft()

    def noted(self, exchange: Exchange) -> Exchange:
        """The exchange, marked when it overlapped a write seen so far."""
        others = (writes for writer, writes in self._writes.items() if writer != exchange.writer)
        if exchange.overlaps or not any(_beside(writes, exchange) for writes in others):
            return exchange
        return replace(exchange, overlaps=True)


def _beside(writes: deque[tuple[float, float]], exchange: Exchange) -> bool:
    """True when one of these, in the order of their ends, ran beside the exchange."""
    for began, ended in reversed(writes):
        if ended <= exchange.began:
            return False
        if began < exchange.ended:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    item: T
    write: bool
    client: str


class Order(Generic[T]):
    """Releases items in their order, at most `parallel` at once.

    A write waits for all earlier items and later items wait for it; with `lanes` (`order = "client"`) it waits for the
    earlier ones of its client only.
    """

    def __init__(self, parallel: int, *, lanes: bool = False) -> None:
        self._parallel = parallel
        self._lanes = lanes
        self._waiting: deque[_Waiting[T]] = deque()
        self._running: dict[T, _Waiting[T]] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._running)

    @property
    def idle(self) -> bool:
        """True when nothing runs."""
        return not self._running

    def add(self, item: T, *, write: bool, client: str) -> None:
        """Put an item behind all earlier ones."""
        self._waiting.append(_Waiting(item, write and not self._lanes, client))

    def ready(self) -> list[T]:
        """The items that may start now; they count as running from here."""
        if any(one.write for one in self._running.values()):
            return []
        found: list[_Waiting[T]] = []
        passed: list[_Waiting[T]] = []
        busy = {one.client for one in self._running.values()}
        while self._waiting and len(self._running) + len(found) < self._parallel:
            one = self._waiting[0]
            if one.write and (self._running or found or passed):
                break
            self._waiting.popleft()
            (passed if one.client in busy else found).append(one)
            busy.add(one.client)
            if one.write:
                break
        self._waiting.extendleft(reversed(passed))
        self._running.update((one.item, one) for one in found)
        return [one.item for one in found]

    def done(self, item: T) -> None:
        """The item has ended."""
        del self._running[item]
