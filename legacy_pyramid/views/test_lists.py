"""Lists of tests: the queue, the machines at work on it, what is finished, and what one user has submitted."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from domain.queries import FILTERS, page_number

# A list that changes by the second must not come out of a browser's cache.
NO_STORE = {"Cache-Control": "no-store", "Expires": "0"}
# Seconds for which the machines may: they are asked for whenever their panel is opened.
MACHINES_AGE = 10


@view_config(route_name="tests", renderer="tests.mak")
def tests(request: Request) -> dict[str, Any]:
    """The queue and the first page of finished runs; further pages show finished runs only."""
    request.response.headers.update(NO_STORE)
    context = finished_runs(request)
    if context["page_idx"] == 0:
        context.update(request.fishtest.queries.unfinished())
    return {
        **context,
        "toggle_prefix": "",
        "machines_shown": request.cookies.get("machines_state") == "Hide",
    }


@view_config(route_name="tests_machines", renderer="tests_machines.mak", http_cache=MACHINES_AGE)
def tests_machines(request: Request) -> dict[str, Any]:
    return {"machines": request.fishtest.queries.machines(), "now": request.fishtest.clock.now()}


@view_config(route_name="tests_finished", renderer="tests_finished.mak")
def tests_finished(request: Request) -> dict[str, Any]:
    return finished_runs(request)


@view_config(route_name="tests_user", renderer="tests_user.mak")
def tests_user(request: Request) -> dict[str, Any]:
    """One user's tests, laid out like the queue."""
    username = request.matchdict["username"]
    if request.fishtest.users.get(username) is None:
        raise HTTPNotFound()
    request.response.headers.update(NO_STORE)
    context = finished_runs(request, username)
    if context["page_idx"] == 0:
        context.update(request.fishtest.queries.unfinished(username))
    return {
        **context,
        "username": username,
        # All users' pages share one cookie path, so the panels of each need names of their own.
        "toggle_prefix": f"user{username.encode().hex()}_",
        "approver": request.fishtest.users.is_approver(request.authenticated_userid),
    }


def finished_runs(request: Request, username: str = "") -> dict[str, Any]:
    """The block of finished runs for ``page`` and the filters, of which any text is a yes."""
    filters = {name: bool(request.params.get(name)) for name in FILTERS}
    page = page_number(request.params.get("page", ""))
    return {**filters, **request.fishtest.queries.finished(page=page, username=username, **filters)}
