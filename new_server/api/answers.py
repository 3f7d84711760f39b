"""What every call of the API can say apart from its answer: no, or not there; each with the path and a duration."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException

from new_server.http.boundary import Call
from new_server.http.errors import NOT_FOUND, Refused


class ApiCall:
    """One request to the API."""

    def __init__(self, call: Call) -> None:
        self.started = datetime.now(UTC)
        self.call = call
        self.fishtest = call.fishtest

    def refused(self, status: int, message: str) -> Refused:
        return Refused(status, self.error(message))

    def not_found(self, message: str) -> Refused | HTTPException:
        """A 404 in JSON, or the page where the message holds a quote.

        The error was always printed, its quotes were turned and what came out was read again (spec worker-api §2).
        """
        try:
            error = json.loads(str(self.error(message)).replace("'", '"'))
        except (ValueError, RecursionError):
            return HTTPException(404)
        return Refused(NOT_FOUND, error)

    def error(self, message: str) -> dict[str, Any]:
        return {"error": f"{self.call.path}: {message}", "duration": self.duration()}

    def duration(self) -> float:
        """Seconds since this request's handler was built."""
        return (datetime.now(UTC) - self.started).total_seconds()
