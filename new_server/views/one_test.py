"""One test: its page, its tasks, its figures."""

import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from new_server.http.boundary import Asked
from new_server.http.templates import page
from new_server.views.routing import ANY, page_router

router = page_router()


@router.api_route("/tests/view/{id}", methods=ANY)
def tests_view(call: Asked, id: str) -> Response:
    context = call.fishtest.queries.test_page(id)
    if context is None:
        raise HTTPException(404)
    show_task = task_number(call.param("show_task") or "", len(context["run"]["tasks"]))
    tasks_shown = show_task >= 0 or call.cookies.get("tasks_state") == "Hide"
    shown = {
        "state": run_state(context["run"]),
        "show_task": show_task,
        "tasks_shown": tasks_shown,
        "now": call.fishtest.clock.now(),
    }
    return page(call, "tests_view", {**context, **shown})


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
