"""Finding workers whose results cannot be trusted, and taking their games out of a run. Pure, on the document."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from domain import figures
from domain.copies import copied
from domain.statistics.residuals import Chi2, residuals
from domain.statistics.sprt import update_sprt

Run = dict[str, Any]
Task = dict[str, Any]

MAX_AGE = timedelta(days=30)
CRASH_RESIDUAL = 10.0
NO_BAD_WORKERS = "No bad workers"


class Limits(NamedTuple):
    """How suspicious is too much: overall p-value, residual of one worker."""

    p: float
    residual: float


AUTO = Limits(0.001, 7.0)
MANUAL = Limits(0.01, 4.5)


class BadTask(NamedTuple):
    """A task to be taken out, how far out its worker is, and the colour that shows it."""

    task_id: int
    residual: float
    color: str


def crashed_or_lost_time(task: Task) -> bool:
    """More than 3 crashes, or more than a tenth of over 20 games lost on time."""
    stats = task["stats"]
    played = figures.games(stats)
    return bool(stats["crashes"] > 3 or (played > 20 and stats["time_losses"] > played / 10))


def worker_chi2(run: Run) -> Chi2:
    """The test over the run's workers, by unique key."""
    by_worker: dict[str, list[int]] = {}
    for task in run["tasks"]:
        total = by_worker.setdefault(task["worker_info"]["unique_key"], [0] * 5)
        by_worker[task["worker_info"]["unique_key"]] = [
            a + b for a, b in zip(total, task["stats"]["pentanomial"], strict=True)
        ]
    return residuals(by_worker)


def residual_color(residual: float, chi2: Chi2) -> str:
    return "red" if residual > chi2.z_99 else "yellow" if residual > chi2.z_95 else "green"


def refusal(run: Run, now: datetime) -> str:
    """Why the run cannot be purged at all; empty when it can."""
    if not run["finished"]:
        return "Can only purge completed run"
    if now - run["start_time"] > MAX_AGE:
        return "Run too old to be purged"
    if run["failed"]:
        return "You cannot purge a failed run"
    return ""


def find_bad_tasks(run: Run, limits: Limits) -> list[BadTask]:
    """Tasks that crashed or lost on time; if there are none, those of the worst worker, provided it is bad enough."""
    crashed = [
        BadTask(task_id, CRASH_RESIDUAL, "red")
        for task_id, task in enumerate(run["tasks"])
        if "bad" not in task and crashed_or_lost_time(task)
    ]
    if crashed:
        return crashed
    chi2 = worker_chi2(run)
    if not chi2.residual:
        return []
    worst = max(chi2.residual, key=lambda worker: chi2.residual[worker])
    residual = chi2.residual[worst]
    if chi2.p >= limits.p and residual <= limits.residual:
        return []
    color = residual_color(residual, chi2)
    return [
        BadTask(task_id, residual, color)
        for task_id, task in enumerate(run["tasks"])
        if task["worker_info"]["unique_key"] == worst and "bad" not in task
    ]


def take_out(run: Run, bad_tasks: list[BadTask]) -> None:
    """Copy the tasks to the bad ones, empty them in place, and recompute totals and the test's state."""
    for bad in bad_tasks:
        task = run["tasks"][bad.task_id]
        run["bad_tasks"].append(
            {
                **copied(task),
                "task_id": bad.task_id,
                "bad": True,
                "residual": bad.residual,
                "residual_color": bad.color,
            }
        )
        task["bad"] = True
        task["stats"] = figures.empty_stats()
    run.update(figures.aggregates(run))
    if "sprt" in run["args"]:
        update_sprt(run["args"]["sprt"], run["results"]["pentanomial"])
