"""Which runs each worker has had, and which was its last: it should not return to one at once."""

from __future__ import annotations

import threading
from collections.abc import Container
from typing import Any

from domain.kvstore import KeyValueStore

NAME = "worker_runs"


class SeenRuns:
    """In memory; saved to the key-value store now and then."""

    def __init__(self, kvstore: KeyValueStore) -> None:
        self._kvstore = kvstore
        self._lock = threading.Lock()
        self._workers: dict[str, dict[str, Any]] = {}

    def load(self) -> None:
        with self._lock:
            self._workers = dict(self._kvstore.get(NAME, {}))

    def save(self, unfinished: Container[str]) -> None:
        """Drop what is finished, and write."""
        with self._lock:
            for worker, seen in list(self._workers.items()):
                seen["runs"] = [run_id for run_id in seen["runs"] if run_id in unfinished]
                if not seen["runs"]:
                    del self._workers[worker]
            self._kvstore.put(NAME, self._workers)

    def add(self, unique_key: str, run_id: str) -> None:
        with self._lock:
            seen = self._workers.setdefault(unique_key, {"runs": [], "last_run": ""})
            if run_id not in seen["runs"]:
                seen["runs"].append(run_id)
            seen["last_run"] = run_id

    def has_seen(self, unique_key: str, run_id: str) -> bool:
        with self._lock:
            return run_id in self._workers.get(unique_key, {}).get("runs", ())

    def last_run(self, unique_key: str) -> str:
        with self._lock:
            return str(self._workers.get(unique_key, {}).get("last_run", ""))
