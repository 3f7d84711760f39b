"""Public calls, without authentication; like pages, they take any method."""

from __future__ import annotations

import re
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.view import view_config, view_defaults

from domain import elo_calculator
from domain.public_runs import since
from legacy_pyramid.api.answers import ApiView

CORS = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}


@view_defaults(renderer="json")
class PublicApi(ApiView):
    """What anybody may ask."""

    @view_config(route_name="api_rate_limit")
    def rate_limit(self) -> dict[str, Any]:
        return self.fishtest.github.rate_limit()

    @view_config(route_name="api_active_runs")
    def active_runs(self) -> dict[str, Any]:
        return self.fishtest.public_runs.active()

    @view_config(route_name="api_finished_runs")
    def finished_runs(self) -> dict[str, Any]:
        """Of ``success_only`` and the like any text is a yes."""
        params = self.request.params
        page, timestamp = params.get("page", ""), params.get("timestamp", "")
        if not page:
            raise self.refused(HTTPBadRequest, "Please provide a Page number.")
        if not re.fullmatch("[0-9]{1,15}", page) or int(page) < 1:
            raise self.refused(HTTPBadRequest, "Please provide a valid Page number.")
        if timestamp and not re.fullmatch(r"[0-9]{10}(\.[0-9]+)?", timestamp):
            raise self.refused(HTTPBadRequest, "Please provide a valid UNIX timestamp.")
        filters = {name: bool(params.get(name)) for name in ("success_only", "yellow_only", "ltc_only")}
        return self.fishtest.public_runs.finished(
            int(page),
            username=params.get("username", ""),
            since=since(timestamp) if timestamp else None,
            **filters,
        )

    @view_config(route_name="api_actions")
    def actions(self) -> list[dict[str, Any]]:
        """What the database refuses to look for is a 500."""
        self.request.response.headers.update(CORS)
        try:
            wanted = self.request.json_body
        except (ValueError, LookupError, RecursionError):
            return []
        return self.fishtest.actions.matching(wanted) if isinstance(wanted, dict) else []

    @view_config(route_name="api_get_run")
    def get_run(self) -> dict[str, Any]:
        run = self.public_run()
        self.request.response.headers.update(CORS)
        return run

    @view_config(route_name="api_get_task")
    def get_task(self) -> dict[str, Any]:
        run_id, task_id = self.request.matchdict["id"], self.request.matchdict["task_id"]
        task = self.fishtest.public_runs.task(run_id, task_id)
        if task is None:
            raise self.not_found(f"The task {run_id}/{task_id.removesuffix('bad')} does not exist")
        return task

    @view_config(route_name="api_get_elo")
    def get_elo(self) -> dict[str, Any]:
        run = self.public_run()
        return {**run, "elo": elo_calculator.of_run(run)} if "sprt" in run["args"] else {}

    @view_config(route_name="api_calc_elo")
    def calc_elo(self) -> dict[str, Any]:
        result = elo_calculator.calculate(self.request.params.get)
        if "error" in result:
            raise self.refused(HTTPBadRequest, result["error"])
        return result

    def public_run(self) -> dict[str, Any]:
        run_id = self.request.matchdict["id"]
        run = self.fishtest.public_runs.get(run_id)
        if run is None:
            raise self.not_found(f"The run {run_id} does not exist")
        return run
