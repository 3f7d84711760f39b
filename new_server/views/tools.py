"""Pages that compute in the browser."""

from starlette.responses import Response

from new_server.http.boundary import Asked
from new_server.http.route import ANY, call_router
from new_server.http.templates import page

router = call_router()


@router.api_route("/sprt_calc", methods=ANY)
def sprt_calc(call: Asked) -> Response:
    return page(call, "sprt_calc")


@router.api_route("/rate_limits", methods=ANY)
def rate_limits(call: Asked) -> Response:
    return page(call, "rate_limits")
