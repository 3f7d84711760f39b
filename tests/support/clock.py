"""A clock for the domain that stands still."""

from __future__ import annotations

from datetime import datetime, timedelta


class FrozenClock:
    """Time that moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._now

    def time(self) -> float:
        return self._now.timestamp()

    def monotonic(self) -> float:
        return self._now.timestamp()
