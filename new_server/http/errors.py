"""JSON answers of the API, in the two text forms that clients have always got (spec worker-api §2)."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND = 400, 401, 404


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Spaced separators: every 200, and a handler's own 404."""
    return _answer(json.dumps(body), status, headers)


def compact_answer(body: Any, status: int) -> Response:
    """No spaces: a 400 or 401."""
    return _answer(json.dumps(body, separators=(",", ":")), status, None)


def _answer(text: str, status: int, headers: dict[str, str] | None) -> Response:
    return Response(text, status, headers, media_type=JSON)


class Refused(Exception):
    """The API says no: a status (400, 401 or 404) and the error object."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.error = error


async def refused(_: Request, exc: Refused) -> Response:
    """The exception handler for Refused."""
    if exc.status == NOT_FOUND:
        return json_answer(exc.error, NOT_FOUND)
    return compact_answer(exc.error, exc.status)
