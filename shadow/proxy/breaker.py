"""Breaker: spares safe requests a candidate that is down, for a short time that doubles.

State of one process. What goes past the candidate is told as a fallback of its exchange, so the guard sees it.
"""

from __future__ import annotations

from shadow import clock

# So many connections in a row that did not come about; the guard decides by as many failures.
_FAILURES = 3
_FIRST, _LONGEST = 0.5, 8.0


class Breaker:
    """Open while the candidate is taken to be down; whenever the pause is over, one request finds out."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = _FIRST
        self._until = 0.0

    def lets_through(self) -> bool:
        """Whether a safe request should try the candidate."""
        now = clock.monotonic()
        if self._failures < _FAILURES:
            return True
        if now < self._until:
            return False
        # This one finds out; the others wait for twice as long, unless it succeeds.
        self._pause = min(self._pause * 2, _LONGEST)
        self._until = now + self._pause
        return True

    def failed(self) -> None:
        """No connection came about."""
        self._failures += 1
        if self._failures == _FAILURES:
            self._until = clock.monotonic() + self._pause

    def reached(self) -> None:
        """A connection was there, whatever came of it."""
        self._failures, self._pause = 0, _FIRST
