"""The pages, in the order of the route list; most answer any method (spec ui §4)."""

import re
from operator import attrgetter
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from domain.queries import page_number
from new_server.http import static
from new_server.http.boundary import Asked, Call
from new_server.http.csrf import check_csrf
from new_server.http.templates import page
from new_server.http.ui_errors import redirect

# FastAPI names a route after its first method by default, and most of these have none.
router = APIRouter(generate_unique_id_function=attrgetter("name"))

# An empty list lets any method through; of the pages only login and logout ever looked at it.
ANY: list[str] = []

# Seconds for which a browser keeps the ticket of a user who asks to stay logged in.
REMEMBERED = 60 * 60 * 24 * 365

MANUAL_APPROVAL = " - a person approves every new account, to keep spam out. Please try again in a few hours."


async def not_found(request: Request, _: Exception) -> Response:
    """Also for a method that a route does not take. Not a handler, so it goes to the threads by itself."""
    return await run_in_threadpool(page, request.scope["call"], "notfound", status=404)


@router.api_route("/", methods=ANY)
def home(call: Asked) -> Response:
    return to_tests(call)


@router.api_route("/login", methods=["GET", "HEAD", "POST"])
def login(call: Asked) -> Response:
    """The form; a POST with the right password leads on to the page that sent the user here."""
    check_csrf(call)
    if call.username:
        return to_tests(call)
    if call.method != "POST":
        return page(call, "login")
    found = call.fishtest.users.login(call.form.get("username"), call.form.get("password"))
    if "error" in found:
        call.session.flash(explained(found["error"]), "error")
        return page(call, "login")
    max_age = REMEMBERED if call.form.get("stay_logged_in") else None
    return redirect(call, next_page(call), [call.remember(found["username"], max_age)])


def explained(error: str) -> str:
    return error + MANUAL_APPROVAL if error.startswith("Account pending") else error


def next_page(call: Call) -> str:
    """Where a login leads: `next`, else `came_from`, else this address; foreign hosts too, as it always was."""
    here = "/" if call.url == f"{call.host_url}/login" else call.url
    return call.param("next") or call.param("came_from", here) or ""


@router.post("/logout")
def logout(call: Asked) -> Response:
    check_csrf(call)
    call.session.invalidate()
    return redirect(call, "/tests", [call.forget()])


@router.api_route("/tests", methods=ANY)
def tests(call: Asked) -> Response:
    """The queue and the first page of finished runs; further pages show finished runs only."""
    context = finished_runs(call)
    if context["page_idx"] == 0:
        context.update(call.fishtest.queries.unfinished())
    return page(call, "tests", context, headers={"cache-control": "no-store", "expires": "0"})


def finished_runs(call: Call) -> dict[str, Any]:
    """The block of finished runs for `page` and the filters, of which any text is a yes."""
    filters: dict[str, Any] = {name: bool(call.param(name)) for name in ("success_only", "yellow_only", "ltc_only")}
    number = page_number(call.param("page", ""))
    return {**filters, **call.fishtest.queries.finished(page=number, **filters)}


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


def to_tests(call: Call) -> Response:
    return redirect(call, "/tests")


@router.api_route("/static/{path:path}", methods=ANY)
def static_file(call: Asked, path: str) -> Response:
    file = static.find_file(path)
    if file is None:
        raise HTTPException(404)
    return static.serve(call, file)
