"""Who gets which task next. One call at a time chooses; a few may wait, the rest is told to come back."""

from __future__ import annotations

import math
import textwrap
import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import regex  # type: ignore[import-untyped]

from domain import figures
from domain.actions import Actions
from domain.assignments import Assignment, Assignments
from domain.clock import Clock
from domain.copies import copied
from domain.names import hash_option, short_worker_name
from domain.run_cache import Priority, RunCache
from domain.seen_runs import SeenRuns
from domain.statistics.time_control import game_seconds
from domain.tasks import Tasks
from domain.users import Users
from domain.workers import Workers

Run = dict[str, Any]
WorkerInfo = dict[str, Any]
Answer = dict[str, Any]

# Must stay below the number of threads that answer requests, so that other calls get through.
MAX_WAITING = 5
NO_TASK: Answer = {"task_waiting": False}
DUPLICATE_WINDOW = timedelta(seconds=120)
TASK_SECONDS = 1800
SPSA_CORES, MAX_CORES = 200_000, 1_000_000
ARCH_FILTER_SECONDS = 0.1
STALE = "The task is stale: its worker has asked for a new one"


class Scheduler:
    """Chooses among the unfinished runs. Ties are broken by run id, so that equal states choose alike."""

    def __init__(
        self,
        cache: RunCache,
        tasks: Tasks,
        assignments: Assignments,
        seen_runs: SeenRuns,
        users: Users,
        workers: Workers,
        actions: Actions,
        clock: Clock,
    ) -> None:
        self._cache = cache
        self._tasks = tasks
        self._assignments = assignments
        self._seen_runs = seen_runs
        self._users = users
        self._workers = workers
        self._actions = actions
        self._clock = clock
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._lock = threading.Lock()
        self.books: dict[str, Any] = {}
        self.base_url = ""

    def request_task(self, worker_info: WorkerInfo) -> Answer:
        """A task, or ``task_waiting`` with the reason where there is one to tell."""
        if not self._places.acquire(blocking=False):
            return NO_TASK | {"info": "Request_task: server too busy. Please try again later."}
        try:
            with self._lock:
                if error := self._refusal(worker_info):
                    return NO_TASK | {"error": error}
                run = self.choose(worker_info)
                return self._assign(str(run["_id"]), worker_info) if run else dict(NO_TASK)
        finally:
            self._places.release()

    def choose(self, worker_info: WorkerInfo) -> Run | None:
        """The best run that suits the worker."""
        last_run = self._seen_runs.last_run(worker_info["unique_key"])
        runs = self._cache.unfinished_runs()
        for run in sorted(runs, key=lambda run: sort_key(run, worker_info, last_run)):
            if self._suits(run, worker_info):
                return run
        return None

    def _refusal(self, worker_info: WorkerInfo) -> str:
        name = short_worker_name(worker_info)
        worker = self._workers.get(name)
        if worker is not None and worker["blocked"]:
            self._workers.seen(worker)
            return blocked_banner(name, worker["message"], self.base_url)
        if self._duplicate(name, worker_info["unique_key"]):
            return f'Request_task: There is already a worker running with name "{name}".'
        limit = self._users.machine_limit(worker_info["username"])
        if self._assignments.connections(worker_info["remote_addr"]) >= limit:
            return f"Request_task: Machine limit ({limit}) reached for user {worker_info['username']}"
        return ""

    def _duplicate(self, name: str, unique_key: str) -> bool:
        """Another live worker has the same short name."""
        assignment = self._assignments.get(name)
        run = self._cache.get(assignment.run_id) if assignment else None
        if assignment is None or run is None:
            return False
        task = run["tasks"][assignment.task_id]
        return bool(
            task["active"]
            and task["worker_info"]["unique_key"] != unique_key
            and self._clock.now() - task["last_updated"] <= DUPLICATE_WINDOW
        )

    def _suits(self, run: Run, worker_info: WorkerInfo) -> bool:
        """The tests of the reference, in its order."""
        args = run["args"]
        return (
            not run["finished"]
            and run["approved"]
            and args["threads"] <= worker_info["concurrency"]
            and args["threads"] >= worker_info["min_threads"]
            and args["num_games"] - run["committed_games"] > 0
            and memory_needed(args, worker_info["concurrency"]) <= worker_info["max_memory"]
            and not (
                worker_info["near_github_api_limit"]
                and not self._seen_runs.has_seen(worker_info["unique_key"], str(run["_id"]))
            )
            and run["cores"] <= cores_limit(args)
            and self._arch_suits(run, worker_info["worker_arch"])
            and args.get("compiler", worker_info["compiler"]) == worker_info["compiler"]
        )

    def _arch_suits(self, run: Run, worker_arch: str) -> bool:
        arch_filter = run["args"].get("arch_filter")
        if not arch_filter:
            return True
        try:
            return regex.search(arch_filter, worker_arch, timeout=ARCH_FILTER_SECONDS) is not None
        except (regex.error, TimeoutError) as fault:
            self._actions.log(f"The arch filter {arch_filter!r} of run {run['_id']} was skipped: {fault!r}")
            return True

    def _assign(self, run_id: str, worker_info: WorkerInfo) -> Answer:
        with self._cache.editing(run_id) as run:
            args = run["args"]
            remaining = args["num_games"] - run["committed_games"]
            if run["finished"] or remaining <= 0:
                return NO_TASK | {"info": f"Request_task: run {run_id} has no games left"}
            task_id = len(run["tasks"])
            task = {
                "num_games": task_size(args, remaining, worker_info["concurrency"]),
                "active": True,
                "worker_info": worker_info,
                "last_updated": self._clock.now(),
                "start": run["total_games"],
                "stats": figures.empty_stats(),
            }
            run["tasks"].append(task)
            run["workers"] += 1
            run["cores"] += worker_info["concurrency"]
            run["committed_games"] += task["num_games"]
            run["total_games"] += task["num_games"]
            self._assignments.connected(worker_info)
            self._cache.mark(run, Priority.HIGH)
            answer = {"run": self._for_worker(run, task), "task_id": task_id}
        older = self._assignments.put(short_worker_name(worker_info), Assignment(run_id, task_id))
        if older is not None:
            self._fail_stale(older)
        self._seen_runs.add(worker_info["unique_key"], run_id)
        return answer

    def _fail_stale(self, assignment: Assignment) -> None:
        """A worker works on one task at a time."""
        with self._cache.editing(assignment.run_id) as run:
            if run["tasks"][assignment.task_id]["active"]:
                self._tasks.fail(run, assignment.task_id, STALE)

    def _for_worker(self, run: Run, task: dict[str, Any]) -> Answer:
        args = {key: _private(value) for key, value in run["args"].items()}
        if sri := self.books.get(args["book"], {}).get("sri"):
            args["book_sri"] = sri
        my_task = {key: copied(task[key]) for key in ("num_games", "start", "stats")}
        return {"_id": str(run["_id"]), "args": args, "my_task": my_task}


def sort_key(run: Run, worker_info: WorkerInfo, last_run: str) -> tuple[float, bool, float]:
    """Lower is better: priority, then idle runs, then the fewest cores for what the run deserves."""
    concurrency = worker_info["concurrency"]
    # A worker that comes back counts as if it were still there, so that it does not return to its last run at once.
    cores = run["cores"] + (concurrency if str(run["_id"]) == last_run else 0)
    return -run["args"]["priority"], cores > 0, (cores + concurrency / 2) / run["args"]["itp"]


def memory_needed(args: dict[str, Any], concurrency: int) -> int:
    """MiB that a worker needs for as many games at once as it has cores for."""
    threads = args["threads"]
    games = concurrency // threads
    hashes = hash_option(args["new_options"]) + hash_option(args["base_options"])
    return int(444 + 2 * games * (151 + 31 * threads) + games * hashes)


def cores_limit(args: dict[str, Any]) -> float:
    """More cores than this do a run no good; a tuning of many parameters needs its iterations one by one."""
    if "spsa" not in args:
        return MAX_CORES
    return SPSA_CORES / math.sqrt(max(1, len(args["spsa"]["params"])))


def capacity(args: dict[str, Any], concurrency: int) -> int:
    """Games that a worker plays in half an hour, in whole batches of an SPRT or else in pairs."""
    games: float = TASK_SECONDS / game_seconds(args["tc"]) * (concurrency // args["threads"])
    unit = _batch_games(args)
    return max(unit, unit * round(games / unit))


def task_size(args: dict[str, Any], remaining: int, concurrency: int) -> int:
    """What is left of the run or what the worker can do, whichever is less."""
    unit = _batch_games(args)
    return min(-(-remaining // unit) * unit, capacity(args, concurrency))


def blocked_banner(name: str, reason: str, base_url: str) -> str:
    """What the owner of a blocked worker reads on its console."""
    rule = "*" * 70
    lines: Iterable[str] = (
        rule,
        f"Request_task: the worker {name} was blocked by the operators. Their reason:",
        "",
        *(wrapped for line in reason.splitlines() for wrapped in textwrap.wrap(line, 70)),
        "",
        "What this worker did:",
        f"{base_url}/actions?text=%22{name}%22",
        "When the problem is solved, unblock it:",
        f"{base_url}/workers/{name}",
        rule,
    )
    return "\n".join(lines)


def _batch_games(args: dict[str, Any]) -> int:
    return 2 * args["sprt"]["batch_size"] if "sprt" in args else 2


def _private(value: Any) -> Any:
    """A copy that later updates leave alone; samples of a tuning's history never change once they are in."""
    if isinstance(value, dict) and "param_history" in value:
        return {key: list(part) if key == "param_history" else copied(part) for key, part in value.items()}
    return copied(value)
