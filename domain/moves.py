"""What people do to a test that exists: change, stop, approve, purge, delete it.

Who is logged in, and what a refusal leads to, is the application's business; what may be done and what it does to the
run is decided here, under the run's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain import figures, modify
from domain.actions import Actions
from domain.clock import Clock
from domain.nets_in_use import NetsInUse
from domain.runs import Runs
from domain.users import Users

Run = dict[str, Any]

FOREIGN_RUN = "Unable to modify another user's run!"


class Reply(NamedTuple):
    """What to tell the person: a flash queue (empty for the default one) and the message."""

    queue: str
    message: str


class Moves:
    """One method for each of the five; a run that does not exist is a KeyError where no text is named for it."""

    def __init__(self, runs: Runs, users: Users, nets: NetsInUse, actions: Actions, clock: Clock) -> None:
        self._runs = runs
        self._users = users
        self._nets = nets
        self._actions = actions
        self._clock = clock

    def allowed(self, run_id: str, username: str | None) -> bool:
        """Whether the run is the user's own, or the user an approver. KeyError: no such run."""
        run = self._runs.get(run_id)
        if run is None:
            raise KeyError(f"run {run_id} does not exist")
        return bool(run["args"]["username"] == username) or self._users.is_approver(username)

    def modify(self, run_id: str, username: str, form: Mapping[str, str]) -> Reply:
        """Take over the fields of the form; whose run it is comes last, after everything about the values."""
        if self._runs.get(run_id) is None:
            return Reply("error", "No run with this id")
        with self._runs.cache.editing(run_id) as run:
            if fault := modify.refusal(run, form, self._clock.now()):
                return Reply("error", fault)
            if not self.allowed(run_id, username):
                return Reply("error", FOREIGN_RUN)
            self._apply(run, username, modify.wanted(run, username, form))
            if run["approved"]:
                return Reply("", "The test was modified")
            return Reply("warning", "The test was modified; it needs approval before it runs")

    def stop(self, run_id: str, username: str) -> Reply:
        if not self.allowed(run_id, username):
            return Reply("error", FOREIGN_RUN)
        self._runs.stop(run_id, username)
        return Reply("", "Stopped run")

    def delete(self, run_id: str, username: str) -> Reply:
        if not self.allowed(run_id, username):
            return Reply("error", FOREIGN_RUN)
        self._runs.delete(run_id, username)
        return Reply("", "Deleted run")

    def approve(self, run_id: str, approver: str) -> Reply:
        """Whether the user is an approver has been looked at already."""
        if fault := self._runs.approve(run_id, approver):
            return Reply("error", fault)
        run = self._runs.snapshot(run_id)
        if run is not None:
            self._nets.approved(run, self._clock.now())
        return Reply("", f"Run {run_id} approved")

    def purge(self, run_id: str, username: str) -> Reply:
        """With the manual limits; whether the user may has been looked at already."""
        return Reply("", self._runs.purge_by_user(run_id, username) or "Purged run")

    def _apply(self, run: Run, username: str, args: dict[str, Any]) -> None:
        """A run with games left goes on and is saved; of a decided one only the copy in memory changes."""
        if run["approved"] and not self._users.is_approver(username) and modify.exceeds(run, args):
            run.update(approved=False, approver="")
            self._actions.about_run("approve_run", username, run, message="unapproved")
        changes = ", ".join(modify.described(run["args"], args)) or "nothing"
        run["args"].update(args)
        if not figures.is_decided(run):
            self._runs.reactivate(run)
        self._actions.about_run("modify_run", username, run, message=f"modify: {changes}")
