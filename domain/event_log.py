"""Reading the event log: a search with its limits, page by page, newest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pymongo import DESCENDING
from pymongo.database import Database
from pymongo.errors import OperationFailure

from domain import text_search
from domain.formatting import datetime_text

Action = dict[str, Any]
Wanted = dict[str, Any]
Found = TypeVar("Found")

PAGE_SIZE = 25
MOST_FOR_STRANGERS = 5000
MOST_UNFILTERED = 50000

# Shown only to those who ask for them: they come in crowds.
HIDDEN = ("system_event", "update_stats", "dead_task")
NEWEST_FIRST = [("time", DESCENDING), ("_id", DESCENDING)]

# Everything that Unicode calls a quotation mark; people paste names of workers from chats and mails.
QUOTATION_MARKS = "\"'«»‘’‚‛“”„‟‹›⹂「」『』〝〞〟﹁﹂﹃﹄＂＇｢｣"
_STRAIGHT = str.maketrans(dict.fromkeys(QUOTATION_MARKS, '"'))


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; an empty value means anything. ``before`` is in unix seconds and includes itself."""

    action: str = ""
    user: str = ""
    text: str = ""
    run_id: str = ""
    before: float | None = None
    max_actions: int | None = None

    @property
    def has_filter(self) -> bool:
        return bool(self.action or self.user or self.text or self.run_id) or self.before is not None

    def limited(self, logged_in: bool) -> Search:
        """The same search with the limit that its visitor gets; without one only for users who look for something."""
        most = self.max_actions
        if not logged_in:
            most = min(most or MOST_FOR_STRANGERS, MOST_FOR_STRANGERS)
        elif most is None and not self.has_filter:
            most = MOST_UNFILTERED
        return replace(self, max_actions=most)

    def fields(self) -> dict[str, str]:
        """What is not empty, as the parameters of an address."""
        return {
            name: str(value)
            for name in ("action", "user", "text", "run_id", "before", "max_actions")
            if (value := getattr(self, name)) not in ("", None)
        }


class EventLog:
    """The ``actions`` collection as people read it."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._collection = db["actions"]

    def count(self, search: Search) -> int:
        """How many events the search finds, up to its limit."""
        limit = {} if search.max_actions is None else {"limit": search.max_actions}
        return self._ask(search, lambda wanted, hint: self._collection.count_documents(wanted, **limit, **hint))

    def page(self, search: Search, page: int, total: int) -> list[Action]:
        """The events of one page out of ``total``, which is what ``count`` said."""
        skipped = (page - 1) * PAGE_SIZE
        shown = min(PAGE_SIZE, total - skipped)
        if shown <= 0:
            return []

        def read(wanted: Wanted, hint: dict[str, Any]) -> list[Action]:
            found = self._collection.find(wanted, **hint).sort(NEWEST_FIRST)
            return list(found.skip(skipped).limit(shown))

        return self._ask(search, read)

    def _ask(self, search: Search, read: Callable[[Wanted, dict[str, Any]], Found]) -> Found:
        """The answer of the first way that the database does not refuse."""
        *better, last = ways(search)
        for wanted, hint in better:
            try:
                return read(wanted, hint)
            except OperationFailure:  # no such index, no text search
                continue
        return read(*last)


def ways(search: Search) -> Iterator[tuple[Wanted, dict[str, Any]]]:
    """Filters that find the same, the fastest first, each with a hint at an index.

    A database finds a text by its text index, which goes with no hint; where it has none, a regular expression does.
    """
    wanted, hint = conditions(search), {"hint": best_index(search)}
    if search.text:
        yield {**wanted, "$text": {"$search": search.text}}, {}
        wanted |= text_search.conditions(search.text)
    yield wanted, hint
    yield wanted, {}


def conditions(search: Search) -> Wanted:
    """The filter without the text."""
    wanted: Wanted = {"action": search.action or {"$nin": list(HIDDEN)}}
    if search.user:
        wanted["username"] = search.user
    if search.run_id:
        wanted["run_id"] = search.run_id
    if search.before is not None:
        wanted["time"] = {"$lte": search.before}
    return wanted


def best_index(search: Search) -> str:
    """The index that leaves least to look at: a run has few events, a user more, a kind many."""
    for key, index in (("run_id", "run"), ("user", "user"), ("action", "action")):
        if getattr(search, key):
            return f"actions_{index}_time_id"
    return "actions_time_id"


def straight_quotes(text: str) -> str:
    return text.translate(_STRAIGHT)


def max_actions(text: str | None) -> int | None:
    """The ``max_actions`` parameter; anything but a number above 0 is no limit."""
    return int(text) or None if text and re.fullmatch(r"[0-9]{1,9}", text) else None


def last_page(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def event_row(action: Action) -> dict[str, Any]:
    """One row of the log in plain text: who did what to which run, worker, user or net."""
    worker = action.get("worker", "")
    return {
        "time": datetime_text(datetime.fromtimestamp(action["time"], UTC)),
        "action": action["action"],
        "username": action["username"],
        "worker": worker,
        "short_worker_name": "-".join(worker.split("-")[:3]),
        "run": action.get("run", ""),
        "run_url": _run_url(action),
        "task_id": action.get("task_id"),
        "user": action.get("user", ""),
        "nn": action.get("nn", ""),
        "message": action.get("message", ""),
    }


def _run_url(action: Action) -> str:
    if "run_id" not in action:
        return ""
    task = f"?show_task={action['task_id']}" if "task_id" in action else ""
    return f"/tests/view/{action['run_id']}{task}"
