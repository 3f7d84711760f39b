"""Machines that are kept out: the list of them, and the form by which owners and approvers block one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from domain.actions import Actions
from domain.documents import short_worker_name
from domain.formatting import mailto
from domain.schemas import ValidationError, validate
from domain.users import Users
from domain.workers import MAX_REASON, Workers

NEVER = datetime.min.replace(tzinfo=UTC)


class BlockedWorkers:
    """Decisions about workers, by short name (``USER-NNcores-PREFIX``), over what ``Workers`` stores."""

    def __init__(self, workers: Workers, users: Users, actions: Actions) -> None:
        self._workers = workers
        self._users = users
        self._actions = actions

    def listing(self, *, with_owners: bool) -> list[dict[str, Any]]:
        """One row for each blocked worker, by name; ``with_owners`` adds ``email`` and ``mailto``, or empty texts."""
        rows = self._workers.blocked()
        if not with_owners:
            return rows
        return [{**row, **self._owner(row)} for row in rows]

    def may_change(self, worker_name: str, username: str) -> bool:
        """Owners see to their machines, approvers to all."""
        return username == owner_of(worker_name) or self._users.is_approver(username)

    def form(self, worker_name: str) -> dict[str, Any]:
        """``blocked``, ``message`` and ``last_updated`` of a worker, known or not."""
        found = self._workers.get(worker_name) or {"blocked": False, "message": "", "last_updated": NEVER}
        return {key: found[key] for key in ("blocked", "message", "last_updated")}

    def decide(self, worker_name: str, username: str, *, blocked: bool, message: str) -> bool:
        """Store the decision and its reason; whether that blocked or unblocked the worker."""
        before = self._workers.get(worker_name)
        self._workers.save(worker_name, blocked, reason(message))
        if blocked == bool(before and before["blocked"]):
            return False
        self._actions.add("block_worker", username, worker=worker_name, message="blocked" if blocked else "unblocked")
        return True

    def _owner(self, row: dict[str, Any]) -> dict[str, str]:
        user = self._users.get(owner_of(row["worker_name"]))
        return {"email": user["email"], "mailto": letter(user["email"], row)} if user else {"email": "", "mailto": ""}


def name_fault(worker_name: str) -> str:
    """Why this is not a short worker name, or an empty text."""
    try:
        validate(short_worker_name, worker_name, "worker_name")
    except ValidationError as fault:
        return str(fault)
    return "" if worker_name.count("-") == 2 else f"worker_name (value:{worker_name!r}) has more than three parts"


def owner_of(worker_name: str) -> str:
    return worker_name.partition("-")[0]


def reason(message: str) -> str:
    """The text as it is stored: cut first, since that is what the form promises, then tidied."""
    return message[:MAX_REASON].replace("\r\n", "\n").replace("\r", "\n").rstrip()


def letter(email: str, worker: dict[str, Any]) -> str:
    """A link to a letter to the owner, begun."""
    name = worker["worker_name"]
    body = (
        f"Dear {owner_of(name)},\n\nThank you for contributing to the testing. "
        f"Unfortunately your worker {name} has been blocked:\n\n{worker['message']}\n\nPlease look into it.\n"
    )
    return mailto(email, f"Issue(s) with worker {name}", body)
