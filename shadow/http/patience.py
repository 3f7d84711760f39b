"""Patience: how long an upstream may take for its next step, watched by one lazy timer.

Every step of an answer starts the wait again, some hundred times for a large one; so a timer that has been set is left
alone, and only looks when it fires whether the deadline has moved on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_NEVER = float("inf")


class Patience:
    """Calls `over` once `seconds` have passed since the last `start` without a `stop`."""

    __slots__ = ("_at", "_deadline", "_loop", "_over", "_timer", "seconds")

    def __init__(self, loop: asyncio.AbstractEventLoop, over: Callable[[], None]) -> None:
        self.seconds = 0.0
        self._loop = loop
        self._over = over
        self._deadline = self._at = _NEVER
        self._timer: asyncio.TimerHandle | None = None

    @property
    def counting(self) -> bool:
        """Whether a step is being waited for."""
        return self._deadline != _NEVER

    def start(self) -> None:
        """From now on there are `seconds` for the next step."""
        self._deadline = self._loop.time() + self.seconds
        if self._deadline < self._at:
            self.end()
            self._arm()

    def stop(self) -> None:
        """Nothing is waited for."""
        self._deadline = _NEVER

    def end(self) -> None:
        """Take the timer away for good."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self._at = self._deadline
        self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer, self._at = None, _NEVER
        if self._deadline == _NEVER:
            return
        if self._loop.time() < self._deadline:
            self._arm()
        else:
            self._over()
