"""The facade that an application holds: one object for each process, with every use case of the domain on it."""

from __future__ import annotations

import threading
from typing import Any

from pymongo import MongoClient

from domain import schemas
from domain.actions import Actions
from domain.ancestry import Ancestry
from domain.assignments import Assignments
from domain.blocked_workers import BlockedWorkers
from domain.clock import Clock, SystemClock, Timers
from domain.contributors import Contributors
from domain.event_log import EventLog
from domain.gate import Gate
from domain.github import Github
from domain.kvstore import KeyValueStore
from domain.moves import Moves
from domain.nets import Nets
from domain.nets_in_use import NetsInUse
from domain.new_test import NewTest
from domain.official import Books, Official
from domain.pgns import Pgns
from domain.profiles import Profiles
from domain.provenance import Provenance
from domain.public_runs import PublicRuns
from domain.queries import Queries
from domain.run_cache import RunCache
from domain.runs import Runs
from domain.scheduler import Scheduler
from domain.seen_runs import SeenRuns
from domain.settings import Settings
from domain.sign_up import SignUp
from domain.tasks import Tasks
from domain.upkeep import Upkeep
from domain.users import Users
from domain.workers import Workers

WORKER_VERSION = 311

Run = dict[str, Any]
Answer = dict[str, Any]
WorkerInfo = dict[str, Any]


class Fishtest:
    """Runs, users and scheduling over one database; README.md lists the calls and their shapes.

    It begins as a standby. ``start`` makes it the owner of the runs where the settings say so; ``leave`` and
    ``enter`` change that later, while calls wait.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.shutting_down = False
        self._client: MongoClient[dict[str, Any]] = MongoClient(settings.db_url, tz_aware=True)
        self.db = self._client[settings.db_name]
        self._through = settings.flush == "through"
        self._build()
        self._timers = Timers(self.clock)
        self._github_timers = Timers(self.clock)
        self._changing = threading.Lock()
        self._started = False

    def _build(self) -> None:
        db, clock = self.db, self.clock
        self._gate = Gate()
        self.kvstore = KeyValueStore(db)
        self.github = Github(self.settings, self.kvstore, clock)
        self.actions = Actions(db, clock)
        self.event_log = EventLog(db)
        self.users = Users(db, clock)
        self.sign_up = SignUp(self.users, self.settings)
        self.profiles = Profiles(self.users, self.actions, ask_dns=not self.settings.offline)
        self.contributors = Contributors(db)
        self.workers = Workers(db, clock)
        self.blocked_workers = BlockedWorkers(self.workers, self.users, self.actions)
        self.nets = Nets(db, self.actions, self.settings.nets)
        self.pgns = Pgns(db)
        self.assignments = Assignments()
        self.seen_runs = SeenRuns(self.kvstore)
        self._cache = RunCache(db, clock, self._gate, before_write=self._refresh_figures if self._through else None)
        self.runs = Runs(self._cache, self.assignments, self.actions, clock)
        self.nets_in_use = NetsInUse(db)
        self.moves = Moves(self.runs, self.users, self.nets_in_use, self.actions, clock)
        self._tasks = Tasks(self.runs, self.actions, self.users, clock, coins=self.settings.coins)
        self.scheduler = Scheduler(
            self._cache, self._tasks, self.assignments, self.seen_runs, self.users, self.workers, self.actions, clock
        )
        self.scheduler.base_url = self.settings.url
        self.official = Official(self.github, self.kvstore, self._take_books)
        provenance = Provenance(self.github, self.official, self.nets_in_use, self.runs, self.users)
        self.new_test = NewTest(self.runs, self.users, self.github, self.official, provenance)
        self.upkeep = Upkeep(self.runs, self._tasks, self.assignments, self.seen_runs, self.actions, clock)
        self.queries = Queries(db, self.runs, self.kvstore, Ancestry(self.github, clock))
        self.public_runs = PublicRuns(db, self.runs)

    @property
    def is_owner(self) -> bool:
        """Whether this process keeps the runs in memory, hands out tasks and writes runs."""
        return self._cache.is_owner

    # life

    def start(self) -> None:
        """Log the start, load names, and become the owner of the runs where the settings say so."""
        self._started = True
        self._log_event("start")
        schemas.legacy_usernames.update(self.kvstore.get("legacy_usernames", ()))
        self.scheduler.books = self.kvstore.get("books", {})
        if self.settings.starts_as_owner:
            self.enter()

    def enter(self) -> dict[str, Any]:
        """Become the owner: read everything anew, correct it, start the timers. Harmless when it is one already.

        If that fails, this process is a standby as before.
        """
        with self._changing:
            if not self.is_owner:
                with self._gate.exclusive():
                    try:
                        self._take_over()
                    except BaseException:
                        self._forget()
                        raise
                self._start_timers()
            runs = self._cache.unfinished_runs()
            return {
                "role": "owner",
                "unfinished_runs": len(runs),
                "active_tasks": sum(run["workers"] for run in runs),
            }

    def leave(self) -> dict[str, Any]:
        """Write everything that only memory holds, forget it, and become a standby. Harmless when it is one already.

        If the database refuses, nothing is forgotten and this process goes on as the owner.
        """
        with self._changing:
            answer = {"role": "standby", "runs_flushed": 0, "values_saved": 0}
            if self.is_owner:
                self._stop_timers()
                try:
                    with self._gate.exclusive():
                        answer["runs_flushed"] = self._cache.flush_all()
                        self.upkeep.save_seen_runs()
                        self.github.save()
                        answer["values_saved"] = 2
                        self._forget()
                except BaseException:
                    self._start_timers()
                    raise
            return answer

    def begin_shutdown(self) -> None:
        """From now on the application answers 503."""
        self.shutting_down = True

    def stop(self) -> dict[str, Any]:
        """Leave, log the stop, close the connection."""
        self.begin_shutdown()
        answer = self.leave()
        if self._started:
            self._started = False
            self._log_event("stop")
        self.github.close()
        self._client.close()
        return answer

    def seen_at(self, url: str) -> None:
        """A client has used this address. Links in texts for workers begin with the first one, unless set otherwise."""
        if not self.scheduler.base_url:
            self.scheduler.base_url = url

    # what workers ask for

    def request_version(self) -> Answer:
        return {"version": WORKER_VERSION}

    def request_task(self, worker_info: WorkerInfo) -> Answer:
        """A task for the worker; ``worker_info`` carries ``remote_addr`` and ``country_code``."""
        with self._gate.shared():
            return self.scheduler.request_task(worker_info)

    def update_task(
        self,
        worker_info: WorkerInfo,
        run_id: str,
        task_id: int,
        stats: dict[str, Any],
        spsa: dict[str, Any] | None = None,
    ) -> Answer:
        """Take in a task's totals so far. KeyError when an SPSA run gets no ``spsa``."""
        return self._tasks.update(worker_info, run_id, task_id, stats, spsa)

    def beat(self, run_id: str, task_id: int) -> Answer:
        return self._tasks.beat(run_id, task_id)

    def request_spsa(self, run_id: str, task_id: int) -> Answer:
        """Parameters for the next batch. KeyError on a run without SPSA."""
        return self._tasks.request_spsa(run_id, task_id)

    def failed_task(self, run_id: str, task_id: int, message: str = "") -> Answer:
        return self._tasks.failed(run_id, task_id, message)

    def stop_run(self, worker_info: WorkerInfo, run_id: str, task_id: int, message: str = "") -> Answer:
        """Stop the whole run; ``error`` in the answer is a refusal."""
        return self._tasks.stop_run(worker_info["username"], run_id, task_id, message)

    def upload_pgn(self, run_id: str, task_id: int, pgn_zip: bytes) -> Answer:
        self.pgns.add(run_id, task_id, pgn_zip)
        return {}

    def worker_log(self, worker_info: WorkerInfo, message: str = "") -> Answer:
        self.actions.log(message, worker_info["username"], worker_info)
        return {}

    def _take_over(self) -> None:
        self.users.drop_caches()
        self.github.load()
        self.scheduler.books = self.kvstore.get("books", {})
        self._cache.become_owner()
        self.upkeep.rebuild()
        if not self._through:
            self.upkeep.refresh_itp()
            self.upkeep.refresh_speed()

    def _forget(self) -> None:
        self._cache.drop()
        self.assignments.clear()
        self.users.drop_caches()

    def _start_timers(self) -> None:
        self.upkeep.schedule(self._timers, figures_on_write=self._through)
        self._timers.start()
        if not self.github.offline:
            # A thread of its own: a slow GitHub must not hold up the writing of runs.
            self._github_timers = Timers(self.clock, "github-timers")
            self.official.schedule(self._github_timers)
            self._github_timers.start()

    def _stop_timers(self) -> None:
        self._github_timers.stop(wait=False)
        self._timers.stop()

    def _take_books(self, books: Books) -> None:
        self.scheduler.books = books

    def _refresh_figures(self, run: Run) -> None:
        self.upkeep.refresh_figures(run)

    def _log_event(self, event: str) -> None:
        if self.settings.port is not None:
            self.actions.system(f"{event} fishtest@{self.settings.port}")
