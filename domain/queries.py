"""What the pages show: lists of runs from the database, and everything about one run."""

from __future__ import annotations

import re
from typing import Any

import bson
from pymongo import DESCENDING
from pymongo.database import Database

from domain import purge, run_notes
from domain.figures import active_tasks, games
from domain.formatting import page_title, pagination
from domain.kvstore import KeyValueStore
from domain.names import long_worker_name
from domain.runs import Runs
from domain.statistics.estimates import remaining_hours
from domain.statistics.residuals import Chi2
from domain.statistics.time_control import LONG_TC_BASE

Run = dict[str, Any]

PAGE_SIZE = 25
# What no list shows, and what makes a run large.
WITHOUT_TASKS = {"tasks": 0, "bad_tasks": 0, "args.spsa.param_history": 0}


class Queries:
    """Lists read the database (an owner's cache may be seconds ahead of it), single runs come from the cache."""

    def __init__(self, db: Database[dict[str, Any]], runs: Runs, kvstore: KeyValueStore) -> None:
        self._collection = db["runs"]
        self._runs = runs
        self._kvstore = kvstore

    def unfinished(self) -> dict[str, Any]:
        """The queue with its totals; ``pending_hours`` is a text with one decimal."""
        runs = list(self._collection.find({"finished": False}, WITHOUT_TASKS).sort("_id"))
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

    def finished(
        self,
        page: int = 1,
        success_only: bool = False,
        yellow_only: bool = False,
        ltc_only: bool = False,
        username: str = "",
    ) -> dict[str, Any]:
        """One page of finished runs, newest first. Deleted ones drop out after paging, so a page may be short."""
        wanted: dict[str, Any] = {"finished": True}
        query = ""
        for name, chosen, condition in (
            ("success_only", success_only, {"is_green": True}),
            ("yellow_only", yellow_only, {"is_yellow": True}),
            ("ltc_only", ltc_only, {"tc_base": {"$gte": LONG_TC_BASE}}),
        ):
            if chosen:
                wanted.update(condition)
                query += f"&{name}=1"
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
            "finished_runs_pages": pagination(page, total, PAGE_SIZE, query),
        }

    def test_page(self, run_id: str) -> dict[str, Any] | None:
        """The context of one test's page, None when there is no such run."""
        run = self._runs.snapshot(run_id)
        if run is None:
            return None
        chi2 = purge.worker_chi2(run)
        active = active_tasks(run)
        return {
            "run": run,
            "run_args": run_notes.argument_rows(run),
            "page_title": page_title(run),
            "approver": run["approver"],
            "chi2": chi2._asdict(),
            "totals": {
                "active_workers": len(active),
                "active_cores": sum(task["worker_info"]["concurrency"] for _, task in active),
            },
            "tasks": task_rows(run, chi2),
            "warnings": run_notes.warnings(run, self._kvstore.get("books", {})),
            "notes": run_notes.notes(run),
            "document_size": len(bson.encode(run)),
            "spsa_data": spsa_data(run),
        }


def page_number(text: str | None) -> int:
    """The ``page`` parameter: anything but digits means the first page, and so does 0."""
    return max(1, int(text)) if text and re.fullmatch(r"[0-9]{1,9}", text) else 1


def task_rows(run: Run, chi2: Chi2) -> list[dict[str, Any]]:
    """Rows of the task table: good tasks in order, then the bad ones."""
    rows = []
    for task_id, task in enumerate(run["tasks"]):
        if "bad" not in task:
            residual = chi2.residual.get(task["worker_info"]["unique_key"])
            color = "" if residual is None else purge.residual_color(residual, chi2)
            rows.append(_task_row(task_id, task, residual, color))
    bad = run["bad_tasks"]
    rows.extend(_task_row(task["task_id"], task, task["residual"], task["residual_color"]) for task in bad)
    return rows


def spsa_data(run: Run) -> dict[str, Any] | None:
    """A tuning's progress and parameters for its table and chart; None for another run."""
    spsa = run["args"].get("spsa")
    if spsa is None:
        return None
    return {key: spsa.get(key, []) for key in ("iter", "num_iter", "A", "alpha", "gamma", "params", "param_history")}


def _task_row(task_id: int, task: dict[str, Any], residual: float | None, color: str) -> dict[str, Any]:
    info, stats = task["worker_info"], task["stats"]
    return {
        "task_id": task_id,
        "bad": "bad" in task,
        "active": task["active"],
        "worker": long_worker_name(info),
        "username": info["username"],
        "info": f"{info['uname']} {info['ARCH']}",
        "cores": info["concurrency"],
        "last_updated": task["last_updated"],
        "played": games(stats),
        "num_games": task["num_games"],
        "stats": stats,
        "residual": residual,
        "residual_color": color,
    }


def _queue_key(run: Run) -> tuple[float, float]:
    return run["args"]["priority"], run["args"]["itp"]


def _active_key(run: Run) -> tuple[bool, float, bool, int]:
    """Sequential tests first, the further ahead the earlier; tunings last."""
    args = run["args"]
    llr = args["sprt"]["llr"] if "sprt" in args else 0.0
    return "sprt" in args, llr, "spsa" not in args, games(run["results"])
