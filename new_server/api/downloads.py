"""Games and networks to take home; no ranges, no validators, and any method."""

import re

from starlette.responses import Response, StreamingResponse

from new_server.api.answers import ApiCall
from new_server.http.boundary import Asked
from new_server.http.errors import BAD_REQUEST
from new_server.http.route import ANY, call_router
from new_server.http.ui_errors import redirect

router = call_router("/api")

GZIP = "application/gzip"


@router.api_route("/pgn/{id}", methods=ANY)
def pgn(call: Asked, id: str) -> Response:
    """The games of one task; the coding has clients unpack them."""
    games = call.fishtest.pgns.get(id.partition(".")[0])
    if games is None:
        raise ApiCall(call).not_found(f"No data found for {id}")
    return Response(games["pgn_zip"], headers={**file_headers(id, games["size"]), "content-encoding": "gzip"})


@router.api_route("/run_pgns/{id}", methods=ANY)
def run_pgns(call: Asked, id: str) -> Response:
    """The games of a whole run, sent while they are read, in the threads and not on the event loop."""
    api = ApiCall(call)
    if not re.fullmatch(r"[a-zA-Z0-9]+\.pgn\.gz", id):
        raise api.refused(BAD_REQUEST, f"Invalid filename format for {id}")
    games = call.fishtest.pgns.of_run(id.partition(".")[0])
    if games is None:
        raise api.not_found(f"No data found for {id}")
    # After a HEAD nobody would get the games.
    blocks = iter(()) if call.method == "HEAD" else games.blocks
    return StreamingResponse(blocks, headers=file_headers(id, games.size))


@router.api_route("/nn/{id}", methods=ANY)
def nn(call: Asked, id: str) -> Response:
    """Counted here, fetched from the server that keeps the networks."""
    if call.fishtest.nets.get(id) is None:
        raise ApiCall(call).not_found(f"The network {id} does not exist")
    call.fishtest.nets.count_download(id)
    base = call.fishtest.settings.nn_url or call.host_url
    return redirect(call, f"{base}/nn/{id}")


def file_headers(name: str, size: int) -> dict[str, str]:
    """Raises ValueError for a name that would end its header."""
    if "\r" in name or "\n" in name:
        raise ValueError(f"a file name must be one line: {name!r}")
    return {
        "content-type": GZIP,
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(size),
    }
