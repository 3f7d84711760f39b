"""The way in, and what is not there."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from new_server.http.boundary import Asked, Call
from new_server.http.route import ANY, call_router
from new_server.http.templates import page
from new_server.http.ui_errors import redirect

router = call_router()


async def not_found(request: Request, _: Exception) -> Response:
    """Also for a method that a route does not take. Not a handler, so it goes to the threads by itself."""
    return await run_in_threadpool(page, request.scope["call"], "notfound", status=404)


@router.api_route("/", methods=ANY)
def home(call: Asked) -> Response:
    return to_tests(call)


def to_tests(call: Call) -> Response:
    return redirect(call, "/tests")
