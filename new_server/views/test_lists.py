"""Lists of tests: the queue, the machines at work on it, what is finished, and what one user has submitted."""

import time
from email.utils import formatdate
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.queries import FILTERS, page_number
from new_server.http.boundary import Asked, Call
from new_server.http.route import ANY, call_router
from new_server.http.templates import page

router = call_router()

# A list that changes by the second must not come out of a browser's cache.
NO_STORE = {"Cache-Control": "no-store", "Expires": "0"}
# Seconds for which the machines may: they are asked for whenever their panel is opened.
MACHINES_AGE = 10


@router.api_route("/tests", methods=ANY)
def tests(call: Asked) -> Response:
    """The queue and the first page of finished runs; further pages show finished runs only."""
    context = finished_runs(call)
    if context["page_idx"] == 0:
        context.update(call.fishtest.queries.unfinished())
    shown = {
        **context,
        "toggle_prefix": "",
        "machines_shown": call.cookies.get("machines_state") == "Hide",
    }
    return page(call, "tests", shown, headers=NO_STORE)


@router.api_route("/tests/machines", methods=ANY)
def tests_machines(call: Asked) -> Response:
    context = {"machines": call.fishtest.queries.machines(), "now": call.fishtest.clock.now()}
    expires = formatdate(time.time() + MACHINES_AGE, usegmt=True)
    headers = {"Cache-Control": f"max-age={MACHINES_AGE}", "Expires": expires}
    return page(call, "tests_machines", context, headers=headers)


@router.api_route("/tests/finished", methods=ANY)
def tests_finished(call: Asked) -> Response:
    return page(call, "tests_finished", finished_runs(call))


@router.api_route("/tests/user/{username}", methods=ANY)
def tests_user(call: Asked, username: str) -> Response:
    """One user's tests, laid out like the queue."""
    if call.fishtest.users.get(username) is None:
        raise HTTPException(404)
    context = finished_runs(call, username)
    if context["page_idx"] == 0:
        context.update(call.fishtest.queries.unfinished(username))
    shown = {
        **context,
        "username": username,
        # All users' pages share one cookie path, so the panels of each need names of their own.
        "toggle_prefix": f"user{username.encode().hex()}_",
        "approver": call.fishtest.users.is_approver(call.username),
    }
    return page(call, "tests_user", shown, headers=NO_STORE)


def finished_runs(call: Call, username: str = "") -> dict[str, Any]:
    """The block of finished runs for `page` and the filters, of which any text is a yes."""
    filters: dict[str, Any] = {name: bool(call.param(name)) for name in FILTERS}
    number = page_number(call.param("page", ""))
    return {**filters, **call.fishtest.queries.finished(page=number, username=username, **filters)}
