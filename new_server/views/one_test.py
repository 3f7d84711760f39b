"""One test: its page, its tasks, its figures."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.figures import run_state
from domain.formatting import page_title
from domain.queries import task_number
from new_server.http.boundary import Asked
from new_server.http.route import ANY, call_router
from new_server.http.templates import page

router = call_router()


@router.api_route("/tests/view/{id}", methods=ANY)
def tests_view(call: Asked, id: str) -> Response:
    """Everything about one test, and the forms that this visitor may send."""
    context = call.fishtest.queries.test_page(id)
    if context is None:
        raise HTTPException(404)
    run = context["run"]
    show_task = task_number(call.param("show_task"), len(run["tasks"]))
    username = call.username
    approver, same_user = call.fishtest.users.is_approver(username), username == run["args"]["username"]
    shown = {
        **context,
        "state": run_state(run),
        "show_task": show_task,
        "tasks_shown": show_task >= 0 or call.cookies.get("tasks_state") == "Hide",
        "follow": "follow" in call.query,
        "approver": approver,
        "same_user": same_user,
        "can_modify_run": approver or same_user,
        "now": call.fishtest.clock.now(),
    }
    return page(call, "tests_view", shown)


@router.api_route("/tests/tasks/{id}", methods=ANY)
def tests_tasks(call: Asked, id: str) -> Response:
    """The rows alone, for a page that keeps itself up to date."""
    context = call.fishtest.queries.task_list(id)
    if context is None:
        raise HTTPException(404)
    shown = {
        **context,
        "show_task": task_number(call.param("show_task"), len(context["run"]["tasks"])),
        "approver": call.fishtest.users.is_approver(call.username),
        "now": call.fishtest.clock.now(),
    }
    return page(call, "tests_tasks", shown)


@router.api_route("/tests/stats/{id}", methods=ANY)
def tests_stats(call: Asked, id: str) -> Response:
    context = call.fishtest.queries.statistics(id)
    if context is None:
        raise HTTPException(404)
    return page(call, "tests_stats", context)


@router.api_route("/tests/live_elo/{id}", methods=ANY)
def tests_live_elo(call: Asked, id: str) -> Response:
    """Of a sequential test only: there is nothing to watch in another."""
    run = call.fishtest.runs.snapshot(id)
    if run is None or "sprt" not in run["args"]:
        raise HTTPException(404)
    return page(call, "tests_live_elo", {"run": run, "page_title": page_title(run)})
