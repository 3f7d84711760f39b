"""One test: its page, its tasks, its figures."""

from __future__ import annotations

import re
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config


@view_config(route_name="tests_view", renderer="tests_view.mak")
def tests_view(request: Request) -> dict[str, Any]:
    context = request.fishtest.queries.test_page(request.matchdict["id"])
    if context is None:
        raise HTTPNotFound()
    show_task = task_number(request.params.get("show_task", ""), len(context["run"]["tasks"]))
    tasks_shown = show_task >= 0 or request.cookies.get("tasks_state") == "Hide"
    return {
        **context,
        "state": run_state(context["run"]),
        "show_task": show_task,
        "tasks_shown": tasks_shown,
        "now": request.fishtest.clock.now(),
    }


def run_state(run: dict[str, Any]) -> str:
    """The word for where a run stands (spec domain §6)."""
    if run["finished"]:
        return "deleted" if run["deleted"] else "failed" if run["failed"] else "finished"
    if run["workers"]:
        return "active"
    return "paused" if run["approved"] else "pending"


def task_number(text: str, count: int) -> int:
    """The task that an address points at, -1 for none."""
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    return number if number < count else -1
