"""Lists of tests: the queue, and what is finished."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from domain.queries import page_number


@view_config(route_name="tests", renderer="tests.mak")
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
