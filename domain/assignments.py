"""Which worker is on which task, and how many tasks each address has."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Assignment:
    """A worker's latest task."""

    run_id: str
    task_id: int


class Assignments:
    """Both maps, kept in step with the tasks; lost at exit and rebuilt at start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_worker: dict[str, Assignment] = {}
        self._connections: Counter[str] = Counter()

    def get(self, worker_name: str) -> Assignment | None:
        """The latest task of the worker with this short name, active or not."""
        with self._lock:
            return self._by_worker.get(worker_name)

    def put(self, worker_name: str, assignment: Assignment) -> Assignment | None:
        """Remember the worker's new task; the one before it, if any."""
        with self._lock:
            older = self._by_worker.get(worker_name)
            self._by_worker[worker_name] = assignment
            return older

    def items(self) -> list[tuple[str, Assignment]]:
        with self._lock:
            return list(self._by_worker.items())

    def forget(self, worker_name: str, assignment: Assignment) -> None:
        """Drop the entry unless the worker has moved on meanwhile."""
        with self._lock:
            if self._by_worker.get(worker_name) == assignment:
                del self._by_worker[worker_name]

    def connections(self, address: str) -> int:
        with self._lock:
            return self._connections.get(address, 0)

    def all_connections(self) -> Counter[str]:
        """A copy of the counts."""
        with self._lock:
            return self._connections.copy()

    def connected(self, worker_info: dict[str, Any]) -> None:
        with self._lock:
            self._connections[worker_info["remote_addr"]] += 1

    def disconnected(self, worker_info: dict[str, Any]) -> None:
        address = worker_info["remote_addr"]
        with self._lock:
            self._connections[address] -= 1
            if self._connections[address] <= 0:
                del self._connections[address]

    def clear(self) -> None:
        with self._lock:
            self._by_worker.clear()
            self._connections.clear()
