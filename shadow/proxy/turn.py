"""Turn: one request and its answer on a client's connection; the ASGI callables of that request.

Differs from other ASGI servers where faithfulness asks for it: names of fields keep their case both ways, the answer
keeps its reason (`reason` in `http.response.start`), the first `receive()` never waits, and it asks for no body: a 100
is an interim answer like any other. The scope also has `target` (the raw request target), `expects` (the client waits
for a 100) and `interim` (gives it an interim answer). When the client goes away the task of its request is cancelled.
"""

from __future__ import annotations

import asyncio
import http
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import structlog

from shadow.errors import UpstreamError
from shadow.headers import HeaderList
from shadow.http.hops import connection_options, end_to_end

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Bytes of a request's body that wait for the upstream before the client has to wait.
HIGH_WATER = 64 * 1024

_log = structlog.get_logger("shadow.proxy")


class Line(Protocol):
    """The client's connection, as its turns see it."""

    @property
    def transport(self) -> asyncio.Transport: ...
    def resume_reading(self) -> None: ...
    async def drained(self) -> None: ...
    def hang_up(self) -> None: ...
    def ended(self, turn: Turn) -> None: ...


class Turn:
    """One request as it arrives and its answer as it leaves."""

    __slots__ = (
        "_asked",
        "_bodiless",
        "_buffered",
        "_chunked",
        "_expects",
        "_line",
        "_pieces",
        "_start",
        "_until_close",
        "_waiter",
        "arrived",
        "done",
        "keep_alive",
        "scope",
        "started",
        "task",
        "told",
        "tunnel",
    )

    def __init__(self, line: Line, scope: Scope, *, keep_alive: bool, expects: bool, tunnel: bool) -> None:
        self.scope = scope
        self.task: asyncio.Task[None] | None = None
        self.keep_alive = keep_alive and not tunnel
        self.tunnel = tunnel
        self.arrived = False
        self.started = self.told = self.done = False
        self._line = line
        self._expects = expects
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._waiter: asyncio.Future[None] | None = None
        self._asked = False
        self._start = b""
        self._chunked = False
        self._until_close = False
        self._bodiless = False
        scope["expects"], scope["interim"] = expects, self.interim

    async def run(self, app: App) -> None:
        """Serve the request; an answer that cannot be finished is cut off, never neatly ended."""
        try:
            await app(self.scope, self.receive, self.send)
        except UpstreamError as error:
            _log.warning("proxy.cut_off", phase=error.phase, detail=error.detail)
            self.cut_off()
        except asyncio.CancelledError:
            self.cut_off()
            raise
        except Exception:
            _log.exception("proxy.crashed", method=self.scope["method"])
            if self.started:
                self.cut_off()
            else:
                await self._crashed()
        finally:
            self._line.ended(self)

    # The request, towards the application

    async def receive(self) -> Message:
        """The next piece of the body; at first whatever is there, later at least one byte or the end."""
        while self._asked and not self._pieces and not self.arrived:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._asked = True
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._buffered > HIGH_WATER:
            self._line.resume_reading()
        self._pieces.clear()
        self._buffered = 0
        return {"type": "http.request", "body": body, "more_body": not self.arrived}

    def add(self, piece: bytes) -> bool:
        """One more piece of the request's body; False when the client should wait."""
        if self.done:
            return True  # an early answer: the rest is read and dropped
        self._expects = False
        self._pieces.append(piece)
        self._buffered += len(piece)
        self._wake()
        return self._buffered <= HIGH_WATER

    def end(self) -> None:
        """The request is here as a whole."""
        self.arrived = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # The answer, towards the client

    def interim(self, status: int, reason: bytes, headers: HeaderList) -> None:
        """Write an interim answer (RFC 9110 15.2); a client of HTTP/1.0 knows none."""
        if self.started or self.done or self.scope["http_version"] == "1.0":
            return
        if status == 100:
            self._expects = False
        lines = [b"%b: %b\r\n" % pair for pair in end_to_end(headers) if pair[0].lower() != b"content-length"]
        self._line.transport.write(b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, reason, b"".join(lines)))

    async def send(self, message: Message) -> None:
        """Write a piece of the body, the first one together with the head; waits while the client is behind."""
        if message["type"] == "http.response.start":
            self._start = self._head(message["status"], message.get("reason"), message["headers"])
            return
        body = message.get("body", b"")
        more = message.get("more_body", False)
        if self._chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        elif self._bodiless:
            body = b""
        if self._start:
            body, self._start = self._start + body, b""
        if body:
            self.told = True
            self._line.transport.write(body)
        if more:
            await self._line.drained()
            return
        self.done = True
        self._pieces.clear()
        if not self.keep_alive:
            self._line.hang_up()

    def cut_off(self) -> None:
        """Close without the end that the framing would have; what was written before still goes out."""
        if self.done:
            return
        transport = self._line.transport
        if self._until_close and (sock := transport.get_extra_info("socket")) is not None:
            # Here a closed connection means a whole answer, so it has to be reset.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()

    def _head(self, status: int, reason: bytes | None, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The status line and the fields with the framing of this hop (RFC 9112 6, 9)."""
        self.started = True
        if self._expects and not self.arrived:
            self.keep_alive = False  # nobody can tell whether the body that was not asked for will come
        lines = [b"HTTP/1.1 %d %b\r\n" % (status, phrase(status) if reason is None else reason)]
        sized = False
        for name, value in headers:
            size = len(name)
            if size == 14 and name.lower() == b"content-length":
                if status == 204 and value != b"0":
                    continue  # RFC 9110 8.6; a client that believed it would take it from the next answer
                sized = True
            elif size == 10 and name.lower() == b"connection" and b"close" in connection_options(value):
                self.keep_alive = False
                continue
            lines.append(b"%b: %b\r\n" % (name, value))
        self._bodiless = self.scope["method"] == "HEAD" or status in (204, 304)
        if status == 101:
            self._until_close = True
        elif not sized and not self._bodiless:
            self._until_close = self.scope["http_version"] == "1.0"
            self._chunked = not self._until_close
        if self._chunked:
            lines.append(b"Transfer-Encoding: chunked\r\n")
        self.keep_alive = self.keep_alive and not self._until_close
        if not self.keep_alive and status != 101:
            lines.append(b"Connection: close\r\n")
        elif self.scope["http_version"] == "1.0":
            lines.append(b"Connection: keep-alive\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    async def _crashed(self) -> None:
        body = b"Internal Server Error"
        fields = [(b"Content-Type", b"text/plain"), (b"Content-Length", b"%d" % len(body)), (b"Connection", b"close")]
        await self.send({"type": "http.response.start", "status": 500, "headers": fields})
        await self.send({"type": "http.response.body", "body": body})


def phrase(status: int) -> bytes:
    """The usual reason of this status."""
    try:
        return http.HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
