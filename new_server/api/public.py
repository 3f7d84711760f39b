"""Public calls, without authentication; like pages, they take any method."""

import re
from typing import Any

from starlette.responses import Response

from domain import elo_calculator
from domain.public_runs import since
from new_server.api.answers import ApiCall
from new_server.http.boundary import Asked
from new_server.http.errors import BAD_REQUEST, json_answer
from new_server.http.route import ANY, call_router

router = call_router("/api")

CORS = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}


@router.api_route("/rate_limit", methods=ANY)
def rate_limit(call: Asked) -> Response:
    return json_answer(call.fishtest.github.rate_limit())


@router.api_route("/active_runs", methods=ANY)
def active_runs(call: Asked) -> Response:
    return json_answer(call.fishtest.public_runs.active())


@router.api_route("/finished_runs", methods=ANY)
def finished_runs(call: Asked) -> Response:
    """Of `success_only` and the like any text is a yes."""
    api = ApiCall(call)
    page, timestamp = call.param("page") or "", call.param("timestamp") or ""
    if not page:
        raise api.refused(BAD_REQUEST, "Please provide a Page number.")
    if not re.fullmatch("[0-9]{1,15}", page) or int(page) < 1:
        raise api.refused(BAD_REQUEST, "Please provide a valid Page number.")
    if timestamp and not re.fullmatch(r"[0-9]{10}(\.[0-9]+)?", timestamp):
        raise api.refused(BAD_REQUEST, "Please provide a valid UNIX timestamp.")
    filters = {name: bool(call.param(name)) for name in ("success_only", "yellow_only", "ltc_only")}
    runs = call.fishtest.public_runs.finished(
        int(page),
        username=call.param("username") or "",
        since=since(timestamp) if timestamp else None,
        **filters,
    )
    return json_answer(runs)


@router.api_route("/actions", methods=ANY)
def actions(call: Asked) -> Response:
    """What the database refuses to look for is a 500."""
    try:
        wanted = call.json()
    except (ValueError, LookupError, RecursionError):
        return json_answer([], headers=CORS)
    found = call.fishtest.actions.matching(wanted) if isinstance(wanted, dict) else []
    return json_answer(found, headers=CORS)


@router.api_route("/get_run/{id}", methods=ANY)
def get_run(call: Asked, id: str) -> Response:
    return json_answer(public_run(ApiCall(call), id), headers=CORS)


@router.api_route("/get_task/{id}/{task_id}", methods=ANY)
def get_task(call: Asked, id: str, task_id: str) -> Response:
    api = ApiCall(call)
    task = call.fishtest.public_runs.task(id, task_id)
    if task is None:
        raise api.not_found(f"The task {id}/{task_id.removesuffix('bad')} does not exist")
    return json_answer(task)


@router.api_route("/get_elo/{id}", methods=ANY)
def get_elo(call: Asked, id: str) -> Response:
    run = public_run(ApiCall(call), id)
    return json_answer({**run, "elo": elo_calculator.of_run(run)} if "sprt" in run["args"] else {})


@router.api_route("/calc_elo", methods=ANY)
def calc_elo(call: Asked) -> Response:
    api = ApiCall(call)
    result = elo_calculator.calculate(call.param)
    if "error" in result:
        raise api.refused(BAD_REQUEST, result["error"])
    return json_answer(result)


def public_run(api: ApiCall, run_id: str) -> dict[str, Any]:
    run = api.fishtest.public_runs.get(run_id)
    if run is None:
        raise api.not_found(f"The run {run_id} does not exist")
    return run
