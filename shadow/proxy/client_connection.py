"""ClientConnection: HTTP/1.1 with a client, run by uvicorn in the place of its own protocol.

uvicorn's protocol folds names of fields, replaces reasons, loses a bare `?` and ends WebSockets at this hop; a proxy
may do none of that. What is hostile ends here: it is refused, and nothing of it reaches an upstream.
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

from shadow.headers import HeaderList
from shadow.proxy.head import origin_form, refusal, size_of
from shadow.proxy.turn import App, Scope, Turn, phrase

# A head of more bytes than this is refused, and so is what goes on for longer between two bytes of a body.
_MAX_HEAD = 64 * 1024
# Seconds for the client to take the last answer, before bytes that nobody reads make the kernel reset the connection.
_LINGER = 2.0
# Seconds that a client which sends no more has for its answer to go on; after them it counts as gone.
_HALF_CLOSED = 2.0
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
        self._stopping = self._paused = self._deaf = False
        self._writable: asyncio.Future[None] | None = None
        self._was_full: asyncio.Future[None] | None = None
        self._seen = self._idle_since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._unparsed = 0
        self.on_message_begin()

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
        if self._deaf:
            return
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
            self._refuse(400, str(error))
        else:
            if self._unparsed > _MAX_HEAD and not self._deaf:
                self._refuse(400 if self._headed else self._too_large())

    def eof_received(self) -> bool:
        """The client sends no more. It may still read, so what is here as a whole gets its answer."""
        turn = self._turn
        if turn is None or self._incoming is not None:
            return False
        (self._queue[-1] if self._queue else turn).keep_alive = False
        turn.told = False
        self._loop.call_later(_HALF_CLOSED, self._gone, turn)
        return True

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

    def hang_up(self) -> None:
        """Close behind what was written; first let the client take it when more of its bytes may be under way."""
        if self._deaf or self._incoming is not None:
            self._linger()
        else:
            self.transport.close()

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
        self._hosts: tuple[bytes, ...] = ()
        self._codings: tuple[bytes, ...] = ()
        self._headed = self._expects = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headed:
            return  # trailer fields end at this hop
        self._headers.append((name, value))
        size = len(name)
        if size == 4 and name.lower() == b"host":
            self._hosts += (value,)
        elif size == 6 and name.lower() == b"expect":
            self._expects = value.lower() == b"100-continue"
        elif size == 17 and name.lower() == b"transfer-encoding":
            self._codings += (value,)

    def on_headers_complete(self) -> None:
        self._headed = True
        if self._deaf or self.transport.is_closing():
            return
        parser = self._parser
        method, version = parser.get_method().decode("ascii"), parser.get_http_version()
        tunnel = parser.should_upgrade()
        if tunnel and not self._is_handshake(method, version):
            return  # h2c or the like: not for this hop, see _upgraded
        scope = self._scope(method, version, tunnel)
        if scope is None:
            return
        keep_alive = parser.should_keep_alive() and not self._stopping
        turn = Turn(self, scope, keep_alive=keep_alive, expects=self._expects and version == "1.1", tunnel=tunnel)
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
        """The ASGI scope; None for a head that is refused."""
        found = origin_form(self._url, method)
        status = refusal(version, self._hosts, self._codings) or (0 if found else 400)
        if not status and self._unparsed > _MAX_HEAD and size_of(self._url, self._headers) > _MAX_HEAD:
            status = self._too_large()
        if status or found is None:
            self._refuse(status)
            return None
        target, authority = found
        raw_path, _, query = target.partition(b"?")
        headers = self._headers
        if authority is not None:
            headers = list(HeaderList(tuple(headers)).replacing(b"Host", authority))
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
            "headers": headers,
            "client": self._client,
            "server": self._server,
            "tunnel": tunnel,
        }

    def _is_handshake(self, method: str, version: str) -> bool:
        """RFC 6455 4.1. With a body in front of the frames it is none: who knows where the upstream sees its end."""
        if method != "GET" or version != "1.1" or self._codings:
            return False
        headers = HeaderList(tuple(self._headers))
        wanted, length = headers.get(b"upgrade"), headers.get(b"content-length")
        return wanted is not None and wanted.lower() == b"websocket" and length in (None, b"0")

    def _upgraded(self, rest: bytes) -> None:
        """The parser has stopped behind a head with Upgrade."""
        if self._deaf:
            return
        if self._incoming is not None and self._incoming.tunnel:
            if rest:
                self.on_body(rest)
            return
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        if method == b"CONNECT":
            self._refuse(501)
            return
        # RFC 9110 7.8: an upgrade that this hop does not know is ignored, so the request is read once more without it.
        kept = [pair for pair in self._headers if pair[0].lower() != b"upgrade"]
        lines = b"".join(b"%b: %b\r\n" % pair for pair in kept)
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (method, self._url, version, lines)
        self._unparsed = 0
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _refuse(self, status: int, why: str = "") -> None:
        """Answer by ourselves and close; requests before this one get their answers first."""
        if self._deaf:
            return
        self._deaf = True
        _log.info("proxy.refused", status=status, why=why)
        broken, self._incoming = self._incoming, None
        if broken in self._queue:
            self._queue.pop()
        last = self._queue[-1] if self._queue else self._turn
        if last is not None and last is not broken:
            last.keep_alive = False
        elif broken is not None and broken.started:
            broken.cut_off()
            self.transport.close()
        elif not self.transport.is_closing():
            reason = phrase(status)
            head = b"HTTP/1.1 %d %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            self.transport.write(head % (status, reason, len(reason), reason))
            self._linger()
            if broken is not None:
                self._drop(broken)

    def _too_large(self) -> int:
        return 414 if len(self._url) > _MAX_HEAD // 2 else 431

    def _drop(self, turn: Turn) -> None:
        """End a turn that another answer was given to."""
        self._turn, turn.done = None, True
        if turn.task is not None:
            turn.task.cancel()
            self._state.tasks.discard(turn.task)

    def _linger(self) -> None:
        """RFC 9112 9.6: send no more, and drop what comes until the client has closed or had its time."""
        self._deaf = True
        self._queue.clear()
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.resume_reading()
        self._loop.call_later(_LINGER, self.transport.close)

    def _gone(self, turn: Turn) -> None:
        """A client that has closed altogether answers every byte with a reset, so one that got some is still there."""
        if self._turn is turn and not turn.told and self._writable is None:
            _log.info("proxy.gone", half_closed_for=_HALF_CLOSED)
            self.transport.abort()

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
