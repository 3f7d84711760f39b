"""The life of runs: created, approved, stopped, purged, brought back, deleted."""

from __future__ import annotations

from typing import Any

from bson.objectid import ObjectId
from vtjson import ValidationError, validate

from domain import figures, purge
from domain.actions import Actions
from domain.assignments import Assignments
from domain.clock import Clock
from domain.documents import RUN_VERSION, run_schema
from domain.formatting import result_lines
from domain.run_cache import Priority, RunCache
from domain.statistics.time_control import tc_base

Run = dict[str, Any]

NEW_RUN_ITP = 100.0


class Runs:
    """Every change of a whole run. Methods that take a ``run`` are called inside ``cache.editing``."""

    def __init__(self, cache: RunCache, assignments: Assignments, actions: Actions, clock: Clock) -> None:
        self.cache = cache
        self._assignments = assignments
        self._actions = actions
        self._clock = clock

    def get(self, run_id: str) -> Run | None:
        """The live run, to be read only; None when there is none."""
        return self.cache.get(run_id)

    def snapshot(self, run_id: str) -> Run | None:
        """A private, consistent copy of the run; None when there is none."""
        return self.cache.snapshot(run_id)

    def create(self, args: dict[str, Any], *, approved: bool = False, rescheduled_from: str = "") -> str:
        """Store a new run with these args and log ``new_run``; its id. ValidationError when it does not validate."""
        now = self._clock.now()
        run: Run = {
            "_id": ObjectId(),
            "version": RUN_VERSION,
            "args": args | {"itp": NEW_RUN_ITP},
            "start_time": now,
            "last_updated": now,
            "tc_base": tc_base(args["tc"]),
            "tasks": [],
            "approved": approved,
            "approver": "",
            "bad_tasks": [],
            "results": figures.empty_stats(),
            "workers": 0,
            "cores": 0,
            "committed_games": 0,
            "total_games": 0,
            "nps": 0.0,
            "games_per_minute": 0.0,
            "finished": False,
            "deleted": False,
            "failed": False,
            "failures": 0,
            "is_green": False,
            "is_yellow": False,
        }
        if rescheduled_from:
            run["rescheduled_from"] = rescheduled_from
        validate(run_schema, run, "run")
        run_id = self.cache.insert(run)
        self._actions.about_run("new_run", args["username"], run, message="New test")
        return run_id

    def approve(self, run_id: str, approver: str) -> str:
        """Let the scheduler give the run out; why not, or an empty text."""
        if self.get(run_id) is None:
            return f"Run {run_id} not found!"
        with self.cache.editing(run_id) as run:
            if run["args"]["username"] == approver:
                return "You cannot approve your own test"
            if run["approved"]:
                return f"Run {run_id} already approved!"
            run["approved"], run["approver"] = True, approver
            self.cache.mark(run, Priority.NOW)
            self._actions.about_run("approve_run", approver, run, message="approved")
            return ""

    def stop(self, run_id: str, username: str) -> None:
        """A user ends the run; auto-purge may bring it back. KeyError: no such run."""
        with self.cache.editing(run_id) as run:
            self.finish(run)
            self._actions.about_run("stop_run", username, run, message="User stop")

    def delete(self, run_id: str, username: str) -> None:
        """End the run without purge and hide it from the lists. KeyError: no such run."""
        with self.cache.editing(run_id) as run:
            run["deleted"] = True
            self.finish(run, auto_purge=False)
            self._actions.about_run("delete_run", username, run)

    def purge_by_user(self, run_id: str, username: str) -> str:
        """Purge with the manual limits; why not, or an empty text. KeyError: no such run."""
        with self.cache.editing(run_id) as run:
            reason = self.purge(run, purge.MANUAL)
            performed = f" (not performed): {reason}" if reason else ""
            self._actions.about_run("purge_run", username, run, message=f"Manual purge{performed}")
            return reason

    def end_task(self, run: Run, task_id: int) -> None:
        """Make an active task inactive; what it has played counts on."""
        task = run["tasks"][task_id]
        task["active"] = False
        task.pop("spsa_params", None)
        run["workers"] -= 1
        run["cores"] -= task["worker_info"]["concurrency"]
        run["committed_games"] -= task["num_games"] - figures.games(task["stats"])
        self._assignments.disconnected(task["worker_info"])
        self.cache.mark(run, Priority.MEDIUM)
        if purge.crashed_or_lost_time(task):
            stats = task["stats"]
            message = f"Crashes: {stats['crashes']}, time losses: {stats['time_losses']}, games: {figures.games(stats)}"
            self._actions.about_task("crash_or_time", run, task_id, message=message)

    def finish(self, run: Run, *, auto_purge: bool = True) -> None:
        """End all tasks and the run itself, then purge it if its owner wants that."""
        for task_id, _ in figures.active_tasks(run):
            self.end_task(run, task_id)
        run.update(nps=0.0, games_per_minute=0.0, finished=True)
        run.update(figures.flags(run))
        self.cache.unfinished.discard(str(run["_id"]))
        self.cache.mark(run, Priority.NOW)
        self.validate(run)
        if auto_purge and run["args"].get("auto_purge", True) and "spsa" not in run["args"]:
            reason = self.purge(run, purge.AUTO)
            performed = f" (not performed): {reason}" if reason else ""
            self._actions.about_run("purge_run", run["args"]["username"], run, message=f"Auto purge{performed}")

    def finish_if_decided(self, run: Run) -> None:
        """End a run whose question is answered, unless the purge opens it again."""
        if run["finished"] or not figures.is_decided(run):
            return
        self.finish(run)
        if run["finished"]:
            message = " ".join(result_lines(run))
            self._actions.about_run("finished_run", run["args"]["username"], run, message=message)

    def purge(self, run: Run, limits: purge.Limits) -> str:
        """Take bad tasks out; the run goes on when that leaves it undecided. Why not, or an empty text."""
        if reason := purge.refusal(run, self._clock.now()):
            return reason
        bad_tasks = purge.find_bad_tasks(run, limits)
        if not bad_tasks:
            return purge.NO_BAD_WORKERS
        purge.take_out(run, bad_tasks)
        if figures.is_decided(run):
            run.update(figures.flags(run))
            self.cache.mark(run, Priority.NOW)
        else:
            self.reactivate(run)
        return ""

    def reactivate(self, run: Run) -> None:
        """Open a finished run again."""
        run.update(finished=False, deleted=False, failed=False, is_green=False, is_yellow=False)
        self.cache.unfinished.add(str(run["_id"]))
        self.cache.mark(run, Priority.NOW)

    def validate(self, run: Run) -> None:
        """Log what is wrong with a stored run; never refuse it."""
        try:
            validate(run_schema, run, "run")
        except ValidationError as fault:
            self._actions.log(f"The run {run['_id']} does not validate: {fault}")
