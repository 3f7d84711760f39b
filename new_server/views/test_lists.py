"""Lists of tests: the queue, and what is finished."""

from typing import Any

from starlette.responses import Response

from domain.queries import page_number
from new_server.http.boundary import Asked, Call
from new_server.http.templates import page
from new_server.views.routing import ANY, page_router

router = page_router()


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
