"""One test: its page, its tasks, its figures."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from domain.figures import run_state
from domain.formatting import page_title
from domain.queries import task_number


@view_config(route_name="tests_view", renderer="tests_view.mak")
def tests_view(request: Request) -> dict[str, Any]:
    """Everything about one test, and the forms that this visitor may send."""
    context = request.fishtest.queries.test_page(request.matchdict["id"])
    if context is None:
        raise HTTPNotFound()
    run = context["run"]
    show_task = task_number(request.params.get("show_task"), len(run["tasks"]))
    username = request.authenticated_userid
    approver, same_user = request.fishtest.users.is_approver(username), username == run["args"]["username"]
    return {
        **context,
        "state": run_state(run),
        "show_task": show_task,
        "tasks_shown": show_task >= 0 or request.cookies.get("tasks_state") == "Hide",
        "follow": "follow" in request.GET,
        "approver": approver,
        "same_user": same_user,
        "can_modify_run": approver or same_user,
        "now": request.fishtest.clock.now(),
    }


@view_config(route_name="tests_tasks", renderer="tests_tasks.mak")
def tests_tasks(request: Request) -> dict[str, Any]:
    """The rows alone, for a page that keeps itself up to date."""
    context = request.fishtest.queries.task_list(request.matchdict["id"])
    if context is None:
        raise HTTPNotFound()
    return {
        **context,
        "show_task": task_number(request.params.get("show_task"), len(context["run"]["tasks"])),
        "approver": request.fishtest.users.is_approver(request.authenticated_userid),
        "now": request.fishtest.clock.now(),
    }


@view_config(route_name="tests_stats", renderer="tests_stats.mak")
def tests_stats(request: Request) -> dict[str, Any]:
    context = request.fishtest.queries.statistics(request.matchdict["id"])
    if context is None:
        raise HTTPNotFound()
    return context


@view_config(route_name="tests_live_elo", renderer="tests_live_elo.mak")
def tests_live_elo(request: Request) -> dict[str, Any]:
    """Of a sequential test only: there is nothing to watch in another."""
    run = request.fishtest.runs.snapshot(request.matchdict["id"])
    if run is None or "sprt" not in run["args"]:
        raise HTTPNotFound()
    return {"run": run, "page_title": page_title(run)}
