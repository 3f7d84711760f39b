"""Shared for calls, exclusive for handovers: a handover waits for the calls in flight and holds back new ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """A readers-writer lock that lets a thread which is already inside come in again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed_by: int | None = None
        self._depth = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be inside with other calls; waits while a handover is going on."""
        if self._enter_again():
            try:
                yield
            finally:
                self._depth.value -= 1
            return
        with self._changed:
            self._changed.wait_for(lambda: self._closed_by is None)
            self._inside += 1
        self._depth.value = 1
        try:
            yield
        finally:
            self._depth.value = 0
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be alone: closed to others at once, entered when the last of them has left."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._closed_by is None)
            self._closed_by = me
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._closed_by = None
                self._changed.notify_all()

    def _enter_again(self) -> bool:
        depth: int = getattr(self._depth, "value", 0)
        if depth == 0 and self._closed_by != threading.get_ident():
            return False
        self._depth.value = depth + 1
        return True
