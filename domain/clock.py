"""The only source of time, and the timers that run on it."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

JITTER = 0.05
LONGEST_NAP = 1.0  # seconds; also the pause that a slow task leaves before the next


class Clock(Protocol):
    """Wall time as an aware datetime or unix seconds, and monotonic seconds for ages."""

    def now(self) -> datetime: ...
    def time(self) -> float: ...
    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class _Timer:
    period: float
    due: float
    task: Callable[[], None]


class Timers:
    """Periodic tasks, run one after another in one thread; what a task raises is printed, and it runs again."""

    def __init__(self, clock: Clock, name: str = "domain-timers") -> None:
        self._clock = clock
        self._name = name
        self._timers: list[_Timer] = []
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def add(self, period: float, first: float, task: Callable[[], None]) -> None:
        """Run the task after ``first`` seconds (give or take 5 % of the period), then every ``period`` seconds."""
        jitter = period * JITTER * random.uniform(-1, 1)  # noqa: S311 - spreads load, guards nothing
        self._timers.append(_Timer(period, self._clock.monotonic() + first + jitter, task))

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, *, wait: bool = True) -> None:
        """Wait for the task that runs now, then forget all; harmless when not started.

        Without waiting that task runs to its end, no other one begins, and these timers are not to be started again.
        """
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None and wait:
            thread.join()
        self._timers.clear()

    def run_due(self) -> None:
        """Run each task whose time has come, once."""
        for timer in self._timers:
            if timer.due > self._clock.monotonic() or self._stopping.is_set():
                continue
            try:
                timer.task()
            except Exception:
                traceback.print_exc()
            timer.due = self._clock.monotonic() + timer.period

    def _loop(self) -> None:
        while not self._stopping.wait(LONGEST_NAP):
            self.run_due()
