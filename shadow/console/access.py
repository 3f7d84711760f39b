"""Who may see the console: an operator, from a page of the console itself, and nobody else.

Traffic, reports and stages are confidential and moves are dangerous, so every request is checked here before any
page runs: the Host (against DNS rebinding), the token (cookie or bearer), and for anything but reading the Origin.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable

import structlog
from fastapi import Request
from starlette.datastructures import URL
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from shadow.console.operators import Operators
from shadow.units import Address
from shadow.words import SAFE_METHODS

_log = structlog.get_logger("shadow.console")
COOKIE = "shadow_console"
# The setting's name, not the path: this is told to strangers, and where the harness lies is none of their business.
_WHERE = "it is in the file of [console] token_file (var/console.token)"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with it browsers send `Origin: null` with the console's own forms (Fetch, "append origin").
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[Request], Awaitable[Response]]


class Access:
    """The check in front of every page."""

    def __init__(self, listen: Address, operators: Operators) -> None:
        self._hosts = {f"{host}:{listen.port}" for host in (listen.host, "127.0.0.1", "localhost", "[::1]")}
        self._operators = operators

    async def __call__(self, request: Request, call_next: Handler) -> Response:
        """Answer 400, 401 or 403, or let the request pass and add the security fields."""
        response = self._refusal(request) or self._login(request) or await _answer(request, call_next)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("host", "") not in self._hosts:
            return refuse(request, 400, "this console answers under its own address only")
        if request.url.path == "/login":
            return None
        bearer = self._operators.by_token(request.headers.get("authorization", "").removeprefix("Bearer "))
        request.state.who = bearer or self._operators.by_cookie(request.cookies.get(COOKIE, ""))
        if not request.state.who:
            return refuse(
                request, 401, f"not signed in. Next: /login?token=TOKEN, or send the token as bearer; {_WHERE}"
            )
        if request.method not in SAFE_METHODS and not bearer and not self._same_origin(request):
            return refuse(request, 403, "only a page of this console may ask for that")
        return None

    def _login(self, request: Request) -> Response | None:
        if request.url.path != "/login":
            return None
        cookie = self._operators.cookie_for(request.query_params.get("token", ""))
        if not cookie:
            return refuse(request, 401, f"this token is not the console's. Next: /login?token=TOKEN; {_WHERE}")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
        return answer

    @staticmethod
    def _same_origin(request: Request) -> bool:
        origin = URL(request.headers.get("origin", ""))
        return origin.scheme == "http" and origin.netloc == request.headers.get("host")


async def _answer(request: Request, call_next: Handler) -> Response:
    """The page's answer; 500 in the usual shape for broken code, so that the security fields are never missing."""
    try:
        return await call_next(request)
    except Exception as error:
        # The place only: a message, or a line of a traceback, may quote traffic.
        last = traceback.extract_tb(error.__traceback__)[-1]
        _log.error("console.failed", error=type(error).__name__, at=f"{last.filename}:{last.lineno}")
        return refuse(request, 500, f"the console failed ({type(error).__name__}). Next: see its log")


def refuse(request: Request, status: int, why: str) -> Response:
    """An error in the one JSON shape for the API, in plain text for pages."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": why}, status)
    return PlainTextResponse(f"{why}\n", status)
