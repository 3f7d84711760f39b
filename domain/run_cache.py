"""The runs of this process: an owner keeps them in memory and writes them, a standby reads them every time.

Whoever changes a run does so inside ``editing`` and calls ``mark``. Locks are taken in one order: a run's own lock,
then the cache's; no thread ever holds the locks of two runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from bson.objectid import ObjectId
from pymongo.database import Database

from domain.clock import Clock
from domain.copies import copied
from domain.errors import NotOwner
from domain.gate import Gate

Run = dict[str, Any]

SECONDS_PER_PRIORITY = 60.0
IDLE_BEFORE_EVICTION = 300.0
LOCK_LIFE = 10000.0


class Priority(IntEnum):
    """How soon a changed run should be written: NOW means before the change returns."""

    NORMAL = 0
    MEDIUM = 1
    HIGH = 2
    NOW = 1000


@dataclass(slots=True)
class _Entry:
    run: Run
    synced: float
    accessed: float
    dirty: bool = False
    priority: Priority = Priority.NORMAL


@dataclass(slots=True)
class _RunLock:
    used: float
    lock: threading.RLock = field(default_factory=threading.RLock)
    depth: int = 0


class RunCache:
    """The ``runs`` collection behind a write-behind (or write-through) cache.

    ``before_write`` may refresh figures of a run that is about to be written. Ids come in either case and are kept in
    lower case: one run, one entry, one lock.
    """

    def __init__(
        self, db: Database[dict[str, Any]], clock: Clock, gate: Gate, before_write: Callable[[Run], None] | None = None
    ) -> None:
        self._collection = db["runs"]
        self._clock = clock
        self._gate = gate
        self._before_write = before_write
        self._write_through = before_write is not None
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._locks: dict[str, _RunLock] = {}
        self.is_owner = False
        self.unfinished: set[str] = set()

    def get(self, run_id: str) -> Run | None:
        """The run itself (to be read, not changed); None when the id is unknown or malformed."""
        with self._gate.shared():
            return self._get(run_id.lower())

    def snapshot(self, run_id: str) -> Run | None:
        """A private copy, consistent in itself: for pages that walk through a run while others change it."""
        with self.reading(run_id) as run:
            return copied(run) if self.is_owner else run

    @contextmanager
    def reading(self, run_id: str) -> Iterator[Run | None]:
        """Keep others from changing the run while parts of it are copied; None when there is no such run."""
        run_id = run_id.lower()
        with self._gate.shared():
            run = self._get(run_id)
            if run is None or not self.is_owner:
                yield run
                return
            with self._locked(run_id):
                yield self._get(run_id)

    @contextmanager
    def editing(self, run_id: str) -> Iterator[Run]:
        """Hold the run's lock; leaving the outermost block writes what has to be written. KeyError: no such run."""
        run_id = run_id.lower()
        with self._gate.shared():
            if not self.is_owner:
                raise NotOwner(f"run {run_id}")
            with self._locked(run_id) as lock:
                run = self._get(run_id)
                if run is None:
                    raise KeyError(f"run {run_id} does not exist")
                try:
                    yield run
                finally:
                    if lock.depth == 1:
                        self._write_if_due(run_id)

    def mark(self, run: Run, priority: Priority = Priority.NORMAL) -> None:
        """The run has changed (call this inside ``editing``)."""
        with self._lock:
            entry = self._entries[str(run["_id"])]
            entry.dirty = True
            entry.priority = max(entry.priority, priority)

    def insert(self, run: Run) -> str:
        """Store a new run at once; it belongs to the unfinished ones from now on."""
        with self._gate.shared():
            if not self.is_owner:
                raise NotOwner("a new run")
            self._collection.insert_one(run)
            run_id = str(run["_id"])
            now = self._clock.monotonic()
            with self._lock:
                self._entries[run_id] = _Entry(run, now, now)
                self.unfinished.add(run_id)
            return run_id

    def unfinished_runs(self) -> list[Run]:
        """The live unfinished runs, by run id."""
        runs = (self.get(run_id) for run_id in sorted(self._unfinished_ids()))
        return [run for run in runs if run is not None]

    def alone(self) -> AbstractContextManager[None]:
        """No call is in flight inside this block."""
        return self._gate.exclusive()

    def flush_one(self) -> bool:
        """Write the dirty run that is most overdue; False when all are clean."""
        with self._gate.shared():
            with self._lock:
                dirty = [(run_id, entry) for run_id, entry in self._entries.items() if entry.dirty]
                if not dirty:
                    return False
                run_id, _ = min(dirty, key=lambda item: item[1].synced - SECONDS_PER_PRIORITY * item[1].priority)
            with self._locked(run_id):
                self._write(run_id)
            return True

    def flush_all(self) -> int:
        """Write every dirty run; how many there were."""
        flushed = 0
        while self.flush_one():
            flushed += 1
        return flushed

    def evict(self) -> None:
        """Forget clean runs that nobody has asked for and nobody works on, and locks long out of use."""
        now = self._clock.monotonic()
        with self._lock:
            for run_id, entry in list(self._entries.items()):
                idle = now - entry.accessed > IDLE_BEFORE_EVICTION
                if idle and not entry.dirty and (entry.run["finished"] or not entry.run["cores"]):
                    del self._entries[run_id]
            for run_id, lock in list(self._locks.items()):
                if not lock.depth and now - lock.used > LOCK_LIFE:
                    del self._locks[run_id]

    def become_owner(self) -> None:
        """Start from what the database holds."""
        self.drop()
        self.is_owner = True
        found = self._collection.find({"finished": False}, {"_id": 1})
        self.unfinished.update(str(run["_id"]) for run in found)

    def drop(self) -> None:
        """Forget everything (flush first) and become a standby."""
        with self._lock:
            self.is_owner = False
            self._entries.clear()
            self.unfinished.clear()

    def _unfinished_ids(self) -> list[str]:
        with self._lock:
            return list(self.unfinished)

    def _get(self, run_id: str) -> Run | None:
        if not ObjectId.is_valid(run_id):
            return None
        if not self.is_owner:
            return self._collection.find_one({"_id": ObjectId(run_id)})
        with self._lock:
            entry = self._entries.get(run_id)
            now = self._clock.monotonic()
            if entry is None:
                # Loaded under the lock, so that two threads never hold two copies of one run.
                run = self._collection.find_one({"_id": ObjectId(run_id)})
                if run is None:
                    return None
                entry = self._entries[run_id] = _Entry(run, now, now)
            entry.accessed = now
            return entry.run

    @contextmanager
    def _locked(self, run_id: str) -> Iterator[_RunLock]:
        with self._lock:
            lock = self._locks.setdefault(run_id, _RunLock(self._clock.monotonic()))
            lock.used = self._clock.monotonic()
        with lock.lock:
            lock.depth += 1
            try:
                yield lock
            finally:
                lock.depth -= 1

    def _write_if_due(self, run_id: str) -> None:
        entry = self._entries[run_id]
        if entry.dirty and (self._write_through or entry.priority is Priority.NOW):
            self._write(run_id)

    def _write(self, run_id: str) -> None:
        """Replace the stored run; the caller holds the run's lock. It stays dirty if the database refuses."""
        entry = self._entries.get(run_id)
        if entry is None or not entry.dirty:
            return
        if self._before_write is not None:
            self._before_write(entry.run)
        self._collection.replace_one({"_id": entry.run["_id"]}, entry.run)
        entry.dirty, entry.priority, entry.synced = False, Priority.NORMAL, self._clock.monotonic()
