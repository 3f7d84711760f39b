"""What an owner does without being asked: correction at start, and the periodic care of runs."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from domain import figures
from domain.actions import Actions
from domain.assignments import Assignment, Assignments
from domain.clock import Clock, Timers
from domain.names import short_worker_name
from domain.run_cache import RunCache
from domain.runs import Runs
from domain.scheduler import STALE
from domain.seen_runs import SeenRuns
from domain.statistics.estimates import internal_throughput, speed
from domain.tasks import Tasks

Run = dict[str, Any]

DEAD_AFTER = timedelta(seconds=360)


class Upkeep:
    """Tasks for the timers, and the rebuilding of everything that lives in memory only."""

    def __init__(
        self,
        runs: Runs,
        tasks: Tasks,
        assignments: Assignments,
        seen_runs: SeenRuns,
        actions: Actions,
        clock: Clock,
    ) -> None:
        self._runs = runs
        self._cache: RunCache = runs.cache
        self._tasks = tasks
        self._assignments = assignments
        self._seen_runs = seen_runs
        self._actions = actions
        self._clock = clock

    def schedule(self, timers: Timers, *, figures_on_write: bool) -> None:
        """Register the periodic tasks; figures that every write refreshes need no timer."""
        timers.add(1, 1, self._flush_one)
        timers.add(60, 60, self._cache.evict)
        timers.add(60, 60, self.end_dead_tasks)
        if not figures_on_write:
            timers.add(60, 60, self.refresh_itp)
            timers.add(60, 60, self.refresh_speed)
        timers.add(180, 60, self.validate_one)
        timers.add(180, 60, self.forget_inactive)
        timers.add(300, 60, self.save_seen_runs)
        timers.add(900, 60, self.validate_maps)

    def rebuild(self) -> None:
        """Correct the unfinished runs, finish the decided ones, and fill the maps from their tasks."""
        self._assignments.clear()
        self._seen_runs.load()
        runs = self._cache.unfinished_runs()
        for run in runs:
            for _, task in figures.active_tasks(run):
                self._assignments.connected(task["worker_info"])
        for run in runs:
            self._correct(str(run["_id"]))
        for run in self._cache.unfinished_runs():
            for task_id, task in figures.active_tasks(run):
                self._reassign(task, Assignment(str(run["_id"]), task_id))

    def end_dead_tasks(self) -> None:
        """End active tasks of which nothing was heard for more than 360 s."""
        for live in self._cache.unfinished_runs():
            if not self._dead(live):
                continue
            with self._cache.editing(str(live["_id"])) as run:
                for task_id in self._dead(run):
                    self._runs.end_task(run, task_id)
                    self._actions.about_task("dead_task", run, task_id)

    def refresh_itp(self) -> None:
        """Share the cores anew."""
        for live in self._cache.unfinished_runs():
            with self._cache.editing(str(live["_id"])) as run:
                if self.set_itp(run):
                    self._cache.mark(run)

    def refresh_speed(self) -> None:
        """Sum up what the workers do at present."""
        for live in self._cache.unfinished_runs():
            with self._cache.editing(str(live["_id"])) as run:
                if set_speed(run):
                    self._cache.mark(run)

    def set_itp(self, run: Run) -> bool:
        """Bring the run's internal throughput up to date; whether it has changed."""
        username = run["args"]["username"]
        others = self._cache.unfinished_runs()
        active = sum(other["cores"] > 0 for other in others if other["args"]["username"] == username)
        itp = internal_throughput(run, active)
        changed: bool = itp != run["args"]["itp"]
        run["args"]["itp"] = itp
        return changed

    def refresh_figures(self, run: Run) -> None:
        """Itp and speed of one unfinished run, as a function of the present state alone."""
        if not run["finished"]:
            self.set_itp(run)
            set_speed(run)

    def validate_one(self) -> None:
        """Look at one run, any; log what is wrong with it."""
        if runs := self._cache.unfinished_runs():
            chosen = random.choice(runs)  # noqa: S311 - any run will do
            with self._cache.editing(str(chosen["_id"])) as run:
                self._runs.validate(run)

    def forget_inactive(self) -> None:
        """Drop workers whose latest task has ended."""
        for name, assignment in self._assignments.items():
            run = self._cache.get(assignment.run_id)
            if run is None or not run["tasks"][assignment.task_id]["active"]:
                self._assignments.forget(name, assignment)

    def validate_maps(self) -> None:
        """Compare what is kept in memory with the runs; log a difference: it would give a worker the wrong answer."""
        with self._cache.alone():
            runs = self._cache.unfinished_runs()
            self._validate_connections(runs)
            if finished := [str(run["_id"]) for run in runs if run["finished"]]:
                self._actions.log(f"Finished runs are held to be unfinished: {', '.join(finished)}")
            if strays := self._strays(runs):
                self._actions.log(f"Active tasks are no worker's latest: {', '.join(strays)}")

    def _validate_connections(self, runs: list[Run]) -> None:
        tasks = (task for run in runs for _, task in figures.active_tasks(run))
        expected = Counter(task["worker_info"]["remote_addr"] for task in tasks)
        found = self._assignments.all_connections()
        if expected != found:
            self._actions.log(f"Connection counts {dict(found)} should be {dict(expected)}")

    def _strays(self, runs: list[Run]) -> list[str]:
        """Active tasks that are nobody's latest."""
        known = {assignment for _, assignment in self._assignments.items()}
        active = ((str(run["_id"]), task_id) for run in runs for task_id, _ in figures.active_tasks(run))
        return [f"{run_id}/{task_id}" for run_id, task_id in active if Assignment(run_id, task_id) not in known]

    def save_seen_runs(self) -> None:
        self._seen_runs.save(self._cache.unfinished)

    def _flush_one(self) -> None:
        self._cache.flush_one()

    def _dead(self, run: Run) -> list[int]:
        now = self._clock.now()
        return [task_id for task_id, task in figures.active_tasks(run) if now - task["last_updated"] > DEAD_AFTER]

    def _correct(self, run_id: str) -> None:
        with self._cache.editing(run_id) as run:
            right = figures.aggregates(run) | figures.flags(run)
            wrong = {key: value for key, value in right.items() if run[key] != value}
            if wrong:
                run.update(wrong)
                self._cache.mark(run)
            self._runs.finish_if_decided(run)

    def _reassign(self, task: dict[str, Any], assignment: Assignment) -> None:
        """Of two active tasks of one worker the later one stays."""
        name = short_worker_name(task["worker_info"])
        older = self._assignments.put(name, assignment)
        if older is None:
            return
        other = self._cache.get(older.run_id)
        if other is not None and other["tasks"][older.task_id]["last_updated"] > task["last_updated"]:
            self._assignments.put(name, older)
            older = assignment
        with self._cache.editing(older.run_id) as run:
            self._tasks.fail(run, older.task_id, STALE)


def set_speed(run: Run) -> bool:
    """Bring nps and games per minute up to date; whether they have changed."""
    workers = [task["worker_info"] for _, task in figures.active_tasks(run)]
    nps, games_per_minute = speed(run["args"], workers)
    changed = (nps, games_per_minute) != (run["nps"], run["games_per_minute"])
    run.update(nps=nps, games_per_minute=games_per_minute)
    return changed
