"""ClientConnection: HTTP/1.1 with a client, run by uvicorn in the place of its own protocol.

uvicorn's protocol folds names of fields, replaces reasons, loses a bare `?` and ends WebSockets at this hop; a proxy
may do none of that. What is hostile ends here: malformed requests get 400 and the process lives on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast
from urllib.parse import unquote

import httptools
import structlog
from uvicorn import Config
from uvicorn.server import ServerState

from shadow.proxy.turn import App, Scope, Turn

# A head, a trailer section or a chunk extension of more bytes than this is refused.
_MAX_UNPARSED = 64 * 1024
_ASGI = {"version": "3.0", "spec_version": "2.3"}

_log = structlog.get_logger("shadow.proxy")


class ClientConnection(asyncio.Protocol):
    """One connection from a client: parses requests, serves them one after another, watches idle time."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._app: App = config.loaded_app
        self._patience: float = config.timeout_keep_alive
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._turn: Turn | None = None
        self._incoming: Turn | None = None
        self._queue: deque[Turn] = deque()
        self._stopping = False
        self._paused = False
        self._writable: asyncio.Future[None] | None = None
        self._was_full: asyncio.Future[None] | None = None
        self._seen = self._idle_since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._unparsed = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols only
        peer = transport.get_extra_info("peername")
        name = transport.get_extra_info("sockname")
        self._client = (peer[0], peer[1]) if peer else ("", 0)
        self._server = (name[0], name[1]) if name else ("", 0)
        self._seen = self._idle_since = self._loop.time()
        self._timer = self._loop.call_later(self._patience, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._queue.clear()
        self.resume_writing()
        turn, self._turn, self._incoming = self._turn, None, None
        if turn is not None and turn.task is not None and not turn.done:
            turn.task.cancel()

    def data_received(self, data: bytes) -> None:
        self._seen = self._loop.time()
        if self._incoming is not None and self._incoming.tunnel:
            self.on_body(data)
            return
        self._unparsed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as switch:
            self._upgraded(data[switch.args[0] :])
        except httptools.HttpParserError as error:
            _log.info("proxy.malformed", error=str(error))
            self._refuse(400, b"Bad Request")
        else:
            if self._unparsed > _MAX_UNPARSED:
                self._refuse(431, b"Request Header Fields Too Large")

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def shutdown(self) -> None:
        """uvicorn is about to stop: finish what was asked, then close."""
        self._stopping = True
        if self._turn is None:
            self.transport.close()
        else:
            self._turn.keep_alive = False

    # For the turns

    def resume_reading(self) -> None:
        """The turn has taken what had arrived of its body."""
        if self._paused and not self._queue and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    async def drained(self) -> None:
        """Wait until the client has taken enough of what was written."""
        if self._writable is not None:
            await self._writable

    def ended(self, turn: Turn) -> None:
        """A turn's task is over: the next request that came meanwhile has its turn."""
        self._state.total_requests += 1
        if turn.task is not None:
            self._state.tasks.discard(turn.task)
        if self.transport.is_closing():
            return
        self._turn = None
        self._seen = self._idle_since = self._loop.time()
        if self._queue:
            self._start(self._queue.popleft())
        self.resume_reading()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._headed = False
        self._expects = self._odd_coding = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headed:
            return  # trailer fields end at this hop
        self._headers.append((name, value))
        size = len(name)
        if size == 6 and name.lower() == b"expect":
            self._expects = value.lower() == b"100-continue"
        elif size == 17 and name.lower() == b"transfer-encoding" and value.lower() != b"chunked":
            self._odd_coding = True

    def on_headers_complete(self) -> None:
        self._headed = True
        if self.transport.is_closing():
            return
        parser = self._parser
        tunnel = parser.should_upgrade()
        if tunnel and not self._wants_websocket():
            return  # h2c or the like: not for this hop, see _upgraded
        scope = self._scope(parser.get_method().decode("ascii"), parser.get_http_version(), tunnel)
        if scope is None:
            return
        keep_alive = parser.should_keep_alive() and not self._stopping
        turn = Turn(self, scope, keep_alive=keep_alive, expects=self._expects, tunnel=tunnel)
        self._incoming = turn
        if self._turn is None:
            self._start(turn)
        else:
            # A pipelined request: it waits, and so does whatever comes behind it.
            self._queue.append(turn)
            self._pause()

    def on_body(self, piece: bytes) -> None:
        self._unparsed = 0
        if self._incoming is not None and not self._incoming.add(piece):
            self._pause()

    def on_message_complete(self) -> None:
        self._unparsed = 0
        if self._incoming is not None and not self._incoming.tunnel:
            self._incoming.end()
            self._incoming = None

    # Inside

    def _start(self, turn: Turn) -> None:
        self._turn = turn
        turn.task = self._loop.create_task(turn.run(self._app))
        self._state.tasks.add(turn.task)

    def _scope(self, method: str, version: str, tunnel: bool) -> Scope | None:
        """The ASGI scope; None for a target or a transfer coding that is refused."""
        target = _origin_form(self._url, method)
        if target is None:
            self._refuse(400, b"Bad Request")
            return None
        if self._odd_coding:
            self._refuse(501, b"Not Implemented")  # RFC 9112 6.1
            return None
        raw_path, _, query = target.partition(b"?")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": method,
            "scheme": "http",
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "target": target,
            "headers": self._headers,
            "client": self._client,
            "server": self._server,
            "tunnel": tunnel,
        }

    def _wants_websocket(self) -> bool:
        return any(name.lower() == b"upgrade" and value.lower() == b"websocket" for name, value in self._headers)

    def _upgraded(self, rest: bytes) -> None:
        """The parser has stopped behind a head with Upgrade."""
        if self._incoming is not None and self._incoming.tunnel:
            if rest:
                self.on_body(rest)
            return
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(501, b"Not Implemented")
            return
        # RFC 9110 7.8: an upgrade that this hop does not know is ignored, so the request is read once more without it.
        kept = [pair for pair in self._headers if pair[0].lower() != b"upgrade"]
        head = b"%b %b HTTP/1.1\r\n" % (method, self._url) + b"".join(b"%b: %b\r\n" % pair for pair in kept) + b"\r\n"
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _refuse(self, status: int, reason: bytes) -> None:
        """Answer by ourselves and close; requests before this one get their answers first."""
        last = self._queue[-1] if self._queue else self._turn
        if last is not None and last is not self._incoming:
            last.keep_alive = False
            self._pause()
            return
        if last is None and not self.transport.is_closing():
            head = b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            self.transport.write(head % (status, reason, len(reason), reason))
        self.transport.close()

    def _pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _watch(self) -> None:
        """Close when the client has owed us something for too long: a whole head, more of a body, room to write."""
        now = self._loop.time()
        if self._turn is None:
            owed_since = self._idle_since
        elif self._incoming is not None and not self._incoming.tunnel and not self._paused:
            owed_since = self._seen
        else:
            owed_since = now
        stuck = self._writable is not None and self._writable is self._was_full
        self._was_full = self._writable
        if stuck or self.transport.is_closing():
            self.transport.abort()
        elif now - owed_since >= self._patience:
            self.transport.close()
        when = max(owed_since, now - self._patience / 2) + self._patience
        self._timer = self._loop.call_at(when, self._watch)


def _origin_form(url: bytes, method: str) -> bytes | None:
    """The target as an origin server gets it (RFC 9112 3.2), None when it is no such target."""
    if url.startswith(b"/") or (url == b"*" and method == "OPTIONS"):
        return url
    scheme, separator, rest = url.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return None
    slash = min((place for place in (rest.find(b"/"), rest.find(b"?")) if place >= 0), default=len(rest))
    return rest[slash:] if rest[slash : slash + 1] == b"/" else b"/" + rest[slash:]
