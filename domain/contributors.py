"""Who gave how much, as an external job counts it: over all time, and in the last month."""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

Record = dict[str, Any]

HOURS_OF_A_YEAR = 24 * 365


class Contributors:
    """The collections ``user_cache`` and ``top_month``, read only."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self._all_time = db["user_cache"]
        self._month = db["top_month"]

    def page(self, *, monthly: bool = False) -> dict[str, Any]:
        """``users``, those with the most hours first, and the ``sums`` over them."""
        collection = self._month if monthly else self._all_time
        users = list(collection.find().sort([("cpu_hours", DESCENDING), ("username", ASCENDING)]))
        return {"users": users, "sums": sums(users)}


def sums(users: list[Record]) -> dict[str, float]:
    """The six figures above the list."""
    return {
        "testers": sum(user["games"] > 0 for user in users),
        "active_testers": sum(user["games_per_hour"] > 0 for user in users),
        "developers": sum(user["tests"] > 0 for user in users),
        "cpu_years": sum(user["cpu_hours"] for user in users) / HOURS_OF_A_YEAR,
        "games": sum(user["games"] for user in users),
        "tests": sum(user["tests"] for user in users),
    }
