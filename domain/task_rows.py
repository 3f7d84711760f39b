"""Rows about tasks: those of one run, and the machines at work on all runs. Pure, on the documents."""

from __future__ import annotations

from typing import Any

from domain import purge
from domain.figures import games
from domain.names import long_worker_name, short_worker_name
from domain.statistics.residuals import Chi2

Run = dict[str, Any]
Task = dict[str, Any]
Row = dict[str, Any]


def task_rows(run: Run, chi2: Chi2) -> list[Row]:
    """Rows of a run's task table: good tasks in order, then the bad ones."""
    rows = []
    for task_id, task in enumerate(run["tasks"]):
        if "bad" not in task:
            residual = chi2.residual.get(task["worker_info"]["unique_key"])
            color = "" if residual is None else purge.residual_color(residual, chi2)
            rows.append(_task_row(task_id, task, residual, color))
    bad = run["bad_tasks"]
    rows.extend(_task_row(task["task_id"], task, task["residual"], task["residual_color"]) for task in bad)
    return rows


def machine_row(run: Run, task_id: int, task: Task) -> Row:
    """What a machine is, and what it works on."""
    info = task["worker_info"]
    return {
        **_worker(info),
        "country": info["country_code"],
        "nps": info["nps"],
        "max_memory": info["max_memory"],
        "uname": info["uname"],
        "arch": info["worker_arch"],
        "compiler": f"{info['compiler']} {_version(info['gcc_version'])}",
        "python": _version(info["python_version"]),
        "version": f"{info['version']}{'*' if info['modified'] else ''}",
        "run_id": str(run["_id"]),
        "new_tag": run["args"]["new_tag"],
        "task_id": task_id,
        "last_updated": task["last_updated"],
    }


def _task_row(task_id: int, task: Task, residual: float | None, color: str) -> Row:
    info, stats = task["worker_info"], task["stats"]
    return {
        **_worker(info),
        "task_id": task_id,
        "bad": "bad" in task,
        "active": task["active"],
        "info": f"{info['uname']} {info['ARCH']}",
        "last_updated": task["last_updated"],
        "played": games(stats),
        "num_games": task["num_games"],
        "stats": stats,
        "residual": residual,
        "residual_color": color,
    }


def _worker(info: dict[str, Any]) -> Row:
    """The worker's names (``short_worker`` is the one to block it by), owner and cores."""
    return {
        "worker": long_worker_name(info),
        "short_worker": short_worker_name(info),
        "username": info["username"],
        "cores": info["concurrency"],
    }


def _version(numbers: list[int]) -> str:
    return ".".join(map(str, numbers))
