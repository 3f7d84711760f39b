"""The pages, in the order of the route list; most answer any method (spec ui §4)."""

from __future__ import annotations

import re
from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import forget, remember
from pyramid.view import forbidden_view_config, notfound_view_config, view_config

from domain.queries import page_number

# Seconds for which a browser keeps the ticket of a user who asks to stay logged in.
REMEMBERED = 60 * 60 * 24 * 365

MANUAL_APPROVAL = " - a person approves every new account, to keep spam out. Please try again in a few hours."


@notfound_view_config(renderer="templates/notfound.mak")
def not_found(request: Request) -> dict[str, Any]:
    """Also for a method that a route does not take."""
    request.response.status_code = 404
    return {}


@view_config(route_name="home")
def home(request: Request) -> Response:
    return to_tests(request)


@view_config(route_name="login", renderer="templates/login.mak", request_method=("GET", "POST"), require_csrf=True)
@forbidden_view_config(renderer="templates/login.mak")
def login(request: Request) -> Response | dict[str, Any]:
    """The form; a POST with the right password leads on to the page that sent the user here."""
    if request.authenticated_userid:
        return to_tests(request)
    if request.method != "POST":
        return {}
    username = request.POST.get("username")
    found = request.fishtest.users.login(username, request.POST.get("password"))
    if "error" in found:
        request.session.flash(explained(found["error"]), "error")
        return {}
    max_age = REMEMBERED if request.POST.get("stay_logged_in") else None
    return HTTPFound(location=next_page(request), headers=remember(request, username, max_age=max_age))


def explained(error: str) -> str:
    return error + MANUAL_APPROVAL if error.startswith("Account pending") else error


def next_page(request: Request) -> str:
    """Where a login leads: ``next``, else ``came_from``, else this address; foreign hosts too, as it always was."""
    here = "/" if request.url == request.route_url("login") else request.url
    return request.params.get("next") or request.params.get("came_from", here)


@view_config(route_name="logout", request_method="POST", require_csrf=True)
def logout(request: Request) -> Response:
    request.session.invalidate()
    return HTTPFound(location=request.route_path("tests"), headers=forget(request))


@view_config(route_name="tests", renderer="templates/tests.mak")
def tests(request: Request) -> dict[str, Any]:
    """The queue and the first page of finished runs; further pages show finished runs only."""
    request.response.headers.update({"Cache-Control": "no-store", "Expires": "0"})
    context = finished_runs(request)
    if context["page_idx"] == 0:
        context.update(request.fishtest.queries.unfinished())
    return context


def finished_runs(request: Request) -> dict[str, Any]:
    """The block of finished runs for ``page`` and the filters, of which any text is a yes."""
    filters = {name: bool(request.params.get(name)) for name in ("success_only", "yellow_only", "ltc_only")}
    page = page_number(request.params.get("page", ""))
    return {**filters, **request.fishtest.queries.finished(page=page, **filters)}


@view_config(route_name="tests_view", renderer="templates/tests_view.mak")
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


def to_tests(request: Request) -> Response:
    return HTTPFound(location=request.route_path("tests"))
