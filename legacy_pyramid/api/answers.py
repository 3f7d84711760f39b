"""What every call of the API can say apart from its answer: no, or not there; each with the path and a duration."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPClientError, HTTPException, HTTPNotFound
from pyramid.request import Request


class NotFoundInJson(HTTPClientError):
    """A 404 of which the not-found page does not know."""

    code = 404
    title = "Not Found"


class ApiView:
    """One request to the API."""

    def __init__(self, request: Request) -> None:
        self.started = datetime.now(UTC)
        self.request = request
        self.fishtest = request.fishtest

    def refused(self, kind: type[HTTPException], message: str) -> HTTPException:
        """A 400 or 401, without spaces in its JSON."""
        return kind(json_body=self.error(message))

    def not_found(self, message: str) -> HTTPException:
        """A 404 in JSON, or the page where the message holds a quote.

        The error was always printed, its quotes were turned and what came out was read again (spec worker-api §2).
        """
        try:
            error = json.loads(str(self.error(message)).replace("'", '"'))
        except (ValueError, RecursionError):
            return HTTPNotFound()
        return NotFoundInJson(body=json.dumps(error).encode(), content_type="application/json")

    def error(self, message: str) -> dict[str, Any]:
        return {"error": f"{self.request.path}: {message}", "duration": self.duration()}

    def duration(self) -> float:
        """Seconds since this request's handler was built."""
        return (datetime.now(UTC) - self.started).total_seconds()
