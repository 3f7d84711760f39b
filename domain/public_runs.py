"""Runs as the public API shows them: documents in plain values, without the tasks that make them large.

Lists read the database, single runs and tasks come from the cache; what comes out is the caller's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.database import Database

from domain.copies import copied
from domain.queries import FILTERS, WITHOUT_TASKS
from domain.runs import Runs

Run = dict[str, Any]
Task = dict[str, Any]

PAGE_SIZE = 50
TASK_LISTS = ("tasks", "bad_tasks")
TEXTS = ("_id", "start_time", "last_updated")


class PublicRuns:
    """What anybody may read about runs; ids are texts, and so are times (``str`` of an aware UTC datetime)."""

    def __init__(self, db: Database[dict[str, Any]], runs: Runs) -> None:
        self._collection = db["runs"]
        self._runs = runs

    def active(self) -> dict[str, Run]:
        """Every unfinished run by its id, as last written."""
        return by_id(self._collection.find({"finished": False}, WITHOUT_TASKS))

    def finished(
        self, page: int, *, username: str = "", since: datetime | None = None, **filters: bool
    ) -> dict[str, Run]:
        """One page by run id, newest first. Deleted ones drop out after paging, so a page may be short."""
        wanted: dict[str, Any] = {"finished": True}
        for name, chosen in filters.items():
            wanted |= FILTERS[name] if chosen else {}
        if username:
            wanted["args.username"] = username
        if since:
            wanted["last_updated"] = {"$gte": since}
        order = [("last_updated", DESCENDING), ("_id", DESCENDING)]
        found = self._collection.find(wanted, WITHOUT_TASKS).sort(order).skip((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
        return by_id(run for run in found if not run["deleted"])

    def get(self, run_id: str) -> Run | None:
        """The run with its lists of tasks and its samples emptied; None when there is none."""
        with self._runs.cache.reading(run_id) as run:
            return None if run is None else in_texts(without_lists(run))

    def task(self, run_id: str, name: str) -> Task | None:
        """A task by its number, of the bad ones where ``bad`` follows; negative numbers count from the end."""
        with self._runs.cache.reading(run_id) as run:
            if run is None:
                return None
            tasks = run["bad_tasks" if name.endswith("bad") else "tasks"]
            try:
                task = tasks[int(name.removesuffix("bad"))]
            except (ValueError, IndexError):
                return None
            return public_task(task)


def without_lists(run: Run) -> Run:
    """A copy in which what can be long is there, but empty."""
    short = run | {name: [] for name in TASK_LISTS}
    spsa = run["args"].get("spsa", {})
    if "param_history" in spsa:
        short["args"] = run["args"] | {"spsa": spsa | {"param_history": []}}
    return copied(short)


def in_texts(run: Run) -> Run:
    return run | {name: str(run[name]) for name in TEXTS}


def by_id(runs: Iterable[Run]) -> dict[str, Run]:
    return {str(run["_id"]): in_texts(run) for run in runs}


def public_task(task: Task) -> Task:
    """A copy that tells neither the worker's whole key nor where it is."""
    shown = copied(task)
    info = shown["worker_info"]
    info.update(unique_key=info["unique_key"][:8] + "...", remote_addr="?.?.?.?")
    shown["last_updated"] = str(task["last_updated"])
    if math.isinf(task.get("residual", 0.0)):
        shown["residual"] = "inf"  # JSON knows no infinity
    if "spsa_params" in task:
        shown["spsa_params"]["packed_flips"] = list(task["spsa_params"]["packed_flips"])
    return shown


def since(timestamp: str) -> datetime:
    """A Unix time as it was always understood: read in the server's own time zone and compared as if it were UTC."""
    return datetime.fromtimestamp(float(timestamp))
