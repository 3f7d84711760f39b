"""What workers report about their tasks: progress, heartbeat, tuning parameters, failure, a call to stop."""

from __future__ import annotations

from typing import Any

from domain import figures, spsa
from domain.actions import Actions
from domain.clock import Clock
from domain.documents import MAX_MESSAGE
from domain.run_cache import RunCache
from domain.runs import Runs
from domain.statistics.sprt import update_sprt
from domain.users import Users

Run = dict[str, Any]
Task = dict[str, Any]
Answer = dict[str, Any]

HOURS_TO_STOP_RUNS = 1000
NOT_AUTHORIZED = " (not authorized)"


class Tasks:
    """The worker's view of a run; each method holds the run's lock and leads to one write at most."""

    def __init__(self, runs: Runs, actions: Actions, users: Users, clock: Clock, *, coins: str = "") -> None:
        self._runs = runs
        self._cache: RunCache = runs.cache
        self._actions = actions
        self._users = users
        self._clock = clock
        self._coins = coins

    def update(
        self,
        worker_info: dict[str, Any],
        run_id: str,
        task_id: int,
        stats: dict[str, Any],
        spsa_result: dict[str, Any] | None,
    ) -> Answer:
        """Take in the totals of a task so far. KeyError when an SPSA run gets no ``spsa``."""
        with self._cache.editing(run_id) as run:
            if "spsa" in run["args"] and spsa_result is None:
                raise KeyError("spsa")
            task = run["tasks"][task_id]
            if not task["active"]:
                return _not_active("Update_task", run_id, task_id)
            if error := _fault(run, run_id, task_id, stats, spsa_result):
                self._runs.end_task(run, task_id)
                return {"task_alive": False, "error": error}
            self._store(run, task, worker_info, stats)
            if "sprt" in run["args"]:
                update_sprt(run["args"]["sprt"], run["results"]["pentanomial"])
            if "spsa" in run["args"] and spsa_result is not None:
                spsa.apply_result(run["args"]["spsa"], task, spsa_result)
            self._cache.mark(run)
            if figures.games(stats) >= task["num_games"]:
                self._runs.end_task(run, task_id)
            self._runs.finish_if_decided(run)
            return {"task_alive": task["active"]}

    def beat(self, run_id: str, task_id: int) -> Answer:
        """The worker lives."""
        with self._cache.editing(run_id) as run:
            task = run["tasks"][task_id]
            if task["active"]:
                task["last_updated"] = self._clock.now()
                self._cache.mark(run)
            return {"task_alive": task["active"]}

    def request_spsa(self, run_id: str, task_id: int) -> Answer:
        """Parameters for the next batch. KeyError on a run that is no tuning."""
        with self._cache.editing(run_id) as run:
            tuning = run["args"]["spsa"]
            task = run["tasks"][task_id]
            if not task["active"]:
                return _not_active("request_spsa_data", run_id, task_id)
            params = spsa.hand_out(tuning, task, self._coins and f"{self._coins} {run_id} {task_id}")
            self._cache.mark(run)
            return {**params, "task_alive": True}

    def failed(self, run_id: str, task_id: int, message: str) -> Answer:
        """The worker gives its task up."""
        with self._cache.editing(run_id) as run:
            if not run["tasks"][task_id]["active"]:
                return _not_active("Failed_task", run_id, task_id)
            self.fail(run, task_id, message)
            return {}

    def fail(self, run: Run, task_id: int, message: str) -> None:
        """End a task as failed; inside ``editing``."""
        self._runs.end_task(run, task_id)
        self._actions.about_task("failed_task", run, task_id, message=message)

    def stop_run(self, username: str, run_id: str, task_id: int, message: str) -> Answer:
        """The worker says that the run itself is at fault; only long-standing users are believed."""
        with self._cache.editing(run_id) as run:
            if run["finished"]:
                return {"error": f"Run {run_id} is already finished"}
            authorized = self._users.cpu_hours(username) >= HOURS_TO_STOP_RUNS
            suffix = "" if authorized else NOT_AUTHORIZED
            text = message[: MAX_MESSAGE - len(suffix)] + suffix
            self._actions.about_task("stop_run", run, task_id, message=text)
            if not authorized:
                if run["tasks"][task_id]["active"]:
                    self._runs.end_task(run, task_id)
                return {"error": f"User {username} has too few games to stop a run"}
            run["failed"] = True
            run["failures"] += 1
            self._runs.finish(run)
            return {}

    def _store(self, run: Run, task: Task, worker_info: dict[str, Any], stats: dict[str, Any]) -> None:
        now = self._clock.now()
        figures.add_stats(run["results"], stats, task["stats"])
        task["stats"] = stats
        task["last_updated"] = run["last_updated"] = now
        stored = task["worker_info"]
        run["cores"] += worker_info["concurrency"] - stored["concurrency"]
        task["worker_info"] = worker_info | {
            "remote_addr": stored["remote_addr"],
            "country_code": worker_info.get("country_code", stored["country_code"]),
        }


def _not_active(what: str, run_id: str, task_id: int) -> Answer:
    return {"task_alive": False, "info": f"{what}: task {run_id}/{task_id} is not active"}


def _fault(run: Run, run_id: str, task_id: int, stats: dict[str, Any], spsa_result: dict[str, Any] | None) -> str:
    """Why totals cannot follow the stored ones; empty when they can."""
    before, now = figures.games(run["tasks"][task_id]["stats"]), figures.games(stats)
    where = f"task {run_id}/{task_id}"
    spsa_games = spsa_result["num_games"] if "spsa" in run["args"] and spsa_result else 0
    if now < before or (spsa_games > 0 and now <= before):
        return f"Update_task: {where} has incompatible stats. Before: {before} games. Now: {now} games."
    if (now - before) % 2:
        return f"Update_task: {where} has grown by an odd number of games ({now - before})."
    batch = 2 * run["args"]["sprt"]["batch_size"] if "sprt" in run["args"] else 1
    if now % batch:
        return f"Update_task: the {now} games of {where} are not a multiple of {batch}."
    return ""
