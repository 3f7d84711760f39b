"""Requests that are turned away before any handler sees them: too large, or too late."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.server import Fishtest
from new_server.http.boundary import Call
from new_server.http.ui_errors import servers_own, unavailable


class TooLarge(Exception):
    """More of a body has come than may come."""


class BodyLimit:
    """413 for a body of `limit` bytes and more: at once where its length is announced, else when they have come.

    Outermost, as the legacy server looks at this before anything else.
    """

    def __init__(self, app: ASGIApp, limit: int, build: str) -> None:
        self.app = app
        self.limit = limit
        self.too_large = servers_own(413, "Request Entity Too Large", f"exceeds max_body of {limit}", build)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if int(Headers(scope=scope).get("content-length", 0)) >= self.limit:
            await self.too_large(scope, receive, send)
            return
        taken = 0

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken >= self.limit:
                raise TooLarge
            return message

        try:
            await self.app(scope, take, send)
        except TooLarge:
            # Handlers read the whole body first, so that no answer has begun.
            await self.too_large(scope, receive, send)


class ShuttingDown:
    """503 once the server is on its way out."""

    def __init__(self, app: ASGIApp, fishtest: Fishtest) -> None:
        self.app = app
        self.fishtest = fishtest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.fishtest.shutting_down:
            call: Call = scope["call"]
            await unavailable(call)(scope, receive, send)
            return
        await self.app(scope, receive, send)
