"""The event log: one document for each thing that somebody may want to know later."""

from __future__ import annotations

import sys
from typing import Any

from pymongo.database import Database
from vtjson import ValidationError, validate

from domain.clock import Clock
from domain.documents import ACTION_SCHEMAS, MAX_MESSAGE, SYSTEM_USER
from domain.names import long_worker_name, run_name

Run = dict[str, Any]

MAX_MATCHING = 200
MATCHING_TIMEOUT_MS = 20_000


class Actions:
    """The ``actions`` collection. Every message is cut to what the schema allows before it is looked at.

    An action that its schema refuses is replaced by a ``log_message`` about it, once: the replacement is short enough
    by construction, so nothing repeats.
    """

    def __init__(self, db: Database[dict[str, Any]], clock: Clock) -> None:
        self._collection = db["actions"]
        self._clock = clock

    def add(self, action: str, username: str, **fields: Any) -> None:
        """Log one event; fields appear in the document in the order given."""
        if "message" in fields:
            fields["message"] = str(fields["message"])[:MAX_MESSAGE]
        fields = {"username": username, **fields}
        try:
            validate(ACTION_SCHEMAS[action], fields, "action")
        except ValidationError as fault:
            print(f"actions.refused action={action} fault={str(fault)[:200]!r}", file=sys.stderr)
            text = f"The action {action!r} does not fit its schema: {fault}; it was {fields!r}"
            action, fields = "log_message", {"username": SYSTEM_USER, "message": text[:MAX_MESSAGE]}
        document = {"action": action, **fields, "time": self._clock.time()}
        self._collection.insert_one(document)

    def about_run(self, action: str, username: str, run: Run, **fields: Any) -> None:
        """An event of a run."""
        self.add(action, username, run_id=str(run["_id"]), run=run_name(run), **fields)

    def about_task(self, action: str, run: Run, task_id: int, **fields: Any) -> None:
        """An event of a task, in the name of its worker's user."""
        worker_info = run["tasks"][task_id]["worker_info"]
        self.add(
            action,
            worker_info["username"],
            worker=long_worker_name(worker_info),
            run_id=str(run["_id"]),
            run=run_name(run),
            task_id=task_id,
            **fields,
        )

    def system(self, message: str) -> None:
        """Something about the server itself."""
        self.add("system_event", SYSTEM_USER, message=message)

    def log(self, message: str, username: str = SYSTEM_USER, worker_info: dict[str, Any] | None = None) -> None:
        """A free text, from a worker or from the server."""
        worker = {"worker": long_worker_name(worker_info)} if worker_info else {}
        self.add("log_message", username, message=message, **worker)

    def matching(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        """The first events that fit a filter from outside, in the order in which the database comes by them.

        Raises what the database raises when it does not understand the filter or takes too long over it: a filter can
        be a program.
        """
        found = self._collection.find(wanted).limit(MAX_MATCHING).max_time_ms(MATCHING_TIMEOUT_MS)
        return [action | {"_id": str(action["_id"])} for action in found]
