"""The files behind the pages."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from new_server.http import static
from new_server.http.boundary import Asked
from new_server.http.route import ANY, call_router

router = call_router()


@router.api_route("/static/{path:path}", methods=ANY)
def static_file(call: Asked, path: str) -> Response:
    file = static.find_file(path)
    if file is None:
        raise HTTPException(404)
    return static.serve(call, file)
