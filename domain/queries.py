"""What the pages show: lists of runs from the database, and everything about one run."""

from __future__ import annotations

import re
from typing import Any

import bson
from pymongo import DESCENDING
from pymongo.database import Database

from domain import purge, raw_statistics, run_notes
from domain.ancestry import Ancestry
from domain.figures import active_tasks, games
from domain.formatting import page_title, pagination, sparkline
from domain.kvstore import KeyValueStore
from domain.progression import PT_INFO
from domain.runs import Runs
from domain.statistics.estimates import remaining_hours
from domain.statistics.time_control import LONG_TC_BASE
from domain.task_rows import machine_row, task_rows

Run = dict[str, Any]

PAGE_SIZE = 25
# What no list shows, and what makes a run large.
WITHOUT_TASKS = {"tasks": 0, "bad_tasks": 0, "args.spsa.param_history": 0}
FILTERS: dict[str, dict[str, Any]] = {
    "success_only": {"is_green": True},
    "yellow_only": {"is_yellow": True},
    "ltc_only": {"tc_base": {"$gte": LONG_TC_BASE}},
}


class Queries:
    """Lists read the database (an owner's cache may be seconds ahead of it), single runs come from the cache."""

    def __init__(self, db: Database[dict[str, Any]], runs: Runs, kvstore: KeyValueStore, ancestry: Ancestry) -> None:
        self._collection = db["runs"]
        self._runs = runs
        self._kvstore = kvstore
        self._ancestry = ancestry

    def unfinished(self, username: str = "") -> dict[str, Any]:
        """The queue, or one user's part of it, with totals; ``pending_hours`` is a text with one decimal."""
        wanted = {"finished": False} | ({"args.username": username} if username else {})
        runs = list(self._collection.find(wanted, WITHOUT_TASKS).sort("_id"))
        cores = sum(run["cores"] for run in runs)
        hours = sum(remaining_hours(run) for run in runs) / max(1, cores)
        return {
            "runs": {
                "pending": sorted((run for run in runs if not run["workers"] and not run["approved"]), key=_queue_key),
                "paused": sorted((run for run in runs if not run["workers"] and run["approved"]), key=_queue_key),
                "active": sorted((run for run in runs if run["workers"]), key=_active_key, reverse=True),
            },
            "cores": cores,
            "nps": float(sum(run["nps"] for run in runs)),
            "games_per_minute": int(sum(run["games_per_minute"] for run in runs)),
            "machines_count": sum(run["workers"] for run in runs),
            "pending_hours": f"{hours:.1f}",
        }

    def finished(self, page: int = 1, username: str = "", **filters: bool) -> dict[str, Any]:
        """One page of finished runs, newest first. Deleted ones drop out after paging, so a page may be short."""
        chosen = [name for name in FILTERS if filters.get(name)]
        wanted: dict[str, Any] = {"finished": True}
        for name in chosen:
            wanted |= FILTERS[name]
        if username:
            wanted["args.username"] = username
        total = self._collection.count_documents(wanted)
        order = [("last_updated", DESCENDING), ("_id", DESCENDING)]
        found = self._collection.find(wanted, WITHOUT_TASKS).sort(order).skip((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
        runs = [run for run in found if not run["deleted"]]
        return {
            "finished_runs": runs,
            "failed_runs": [run for run in runs if run["failed"]] if page == 1 else [],
            "num_finished_runs": total,
            "page_idx": page - 1,
            "finished_runs_pages": pagination(page, total, PAGE_SIZE, "".join(f"&{name}=1" for name in chosen)),
        }

    def machines(self) -> list[dict[str, Any]]:
        """Rows of the machines that are at work, by name; as the database has them."""
        fields = {"args.new_tag": 1, **{f"tasks.{name}": 1 for name in ("active", "worker_info", "last_updated")}}
        runs = self._collection.find({"finished": False, "workers": {"$gt": 0}}, fields).sort("_id")
        rows = [machine_row(run, task_id, task) for run in runs for task_id, task in active_tasks(run)]
        return sorted(rows, key=lambda row: (row["username"].lower(), row["worker"]))

    def test_page(self, run_id: str) -> dict[str, Any] | None:
        """What the page of one test shows to everybody, None when there is no such run. May wait for GitHub."""
        run = self._runs.snapshot(run_id)
        if run is None:
            return None
        chi2 = purge.worker_chi2(run)
        active = active_tasks(run)
        descent = self._ancestry.of(run)
        return {
            "run": run,
            "run_args": run_notes.argument_rows(run),
            "page_title": page_title(run),
            "chi2": chi2._asdict(),
            "totals": {
                "active_workers": len(active),
                "active_cores": sum(task["worker_info"]["concurrency"] for _, task in active),
            },
            "tasks": task_rows(run, chi2),
            "warnings": [*run_notes.warnings(run, self._kvstore.get("books", {})), *descent.warnings],
            "notes": run_notes.notes(run),
            "document_size": len(bson.encode(run)),
            "spsa_data": spsa_data(run),
            "pt_info": PT_INFO,
            "use_3dot_diff": descent.is_ancestor,
            "allow_github_api_calls": descent.answered,
        }

    def task_list(self, run_id: str) -> dict[str, Any] | None:
        """``run`` and the rows of its ``tasks``, None when there is no such run."""
        run = self._runs.snapshot(run_id)
        return None if run is None else {"run": run, "tasks": task_rows(run, purge.worker_chi2(run))}

    def statistics(self, run_id: str) -> dict[str, Any] | None:
        """``run``, its title and the ``sections`` of its statistics, None when there is no such run."""
        run = self._runs.snapshot(run_id)
        if run is None:
            return None
        return {"run": run, "page_title": page_title(run), "sections": raw_statistics.sections(run)}


def page_number(text: str | None) -> int:
    """The ``page`` parameter: anything but digits means the first page, and so does 0."""
    return max(1, int(text)) if text and re.fullmatch(r"[0-9]{1,9}", text) else 1


def task_number(text: str | None, count: int) -> int:
    """The task that the ``show_task`` parameter points at, out of ``count``; -1 for none."""
    number = int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else -1
    return number if number < count else -1


def spsa_data(run: Run) -> dict[str, Any] | None:
    """A tuning's progress, and its parameters with the ``path`` that each has taken; None for another run."""
    spsa = run["args"].get("spsa")
    if spsa is None:
        return None
    samples = spsa.get("param_history", [])
    params = [
        {**param, "path": sparkline([sample[i]["theta"] for sample in samples], param["min"], param["max"])}
        for i, param in enumerate(spsa["params"])
    ]
    return {**{key: spsa[key] for key in ("iter", "num_iter", "A", "alpha", "gamma")}, "params": params}


def _queue_key(run: Run) -> tuple[float, float]:
    return run["args"]["priority"], run["args"]["itp"]


def _active_key(run: Run) -> tuple[bool, float, bool, int]:
    """Sequential tests first, the further ahead the earlier; tunings last."""
    args = run["args"]
    llr = args["sprt"]["llr"] if "sprt" in args else 0.0
    return "sprt" in args, llr, "spsa" not in args, games(run["results"])
