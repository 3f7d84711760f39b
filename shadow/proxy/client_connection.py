"""ClientConnection: HTTP/1.1 with a client, run by uvicorn in the place of its own protocol.

uvicorn's protocol folds names of fields, replaces reasons, loses a bare `?` and ends WebSockets at this hop; a proxy
may do none of that. What is hostile ends here: it is refused, and nothing of it reaches an upstream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast

import httptools
import structlog
from uvicorn import Config
from uvicorn.server import ServerState

from shadow.proxy.head import MAX_HEAD, RequestHead
from shadow.proxy.turn import App, Turn, phrase

# Seconds for the client to take the last answer, before bytes that nobody reads make the kernel reset the connection.
_LINGER = 2.0
# Seconds that a client which sends no more has for its answer to go on; after them it counts as gone.
_HALF_CLOSED = 2.0

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
        # Bytes of a head, or of what stands between the pieces of a body, that the parser holds or has passed over.
        self._unparsed = 0
        self._head = RequestHead()

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
            if self._unparsed > MAX_HEAD and not self._deaf:
                self._refuse(400 if self._head.whole else self._head.too_large())

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
        self._head = RequestHead()

    def on_url(self, url: bytes) -> None:
        self._head.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head.add(name, value)

    def on_headers_complete(self) -> None:
        head, parser = self._head, self._parser
        head.end(parser.get_method().decode("ascii"), parser.get_http_version())
        if self._deaf or self.transport.is_closing():
            return
        tunnel = parser.should_upgrade()
        if tunnel and not head.is_handshake():
            return  # h2c or the like: not for this hop, see _upgraded
        if status := head.refusal(self._unparsed):
            self._refuse(status)
            return
        scope = head.scope(self._client, self._server, tunnel)
        keep_alive = parser.should_keep_alive() and not self._stopping
        turn = Turn(self, scope, keep_alive=keep_alive, expects=head.expects, tunnel=tunnel)
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

    def _upgraded(self, rest: bytes) -> None:
        """The parser has stopped behind a head with Upgrade."""
        if self._deaf:
            return
        if self._incoming is not None and self._incoming.tunnel:
            if rest:
                self.on_body(rest)
            return
        head = self._head
        if head.method == "CONNECT":
            self._refuse(501)
            return
        # RFC 9110 7.8: an upgrade that this hop does not know is ignored, so the request is read once more without it.
        self._unparsed = 0
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head.without_upgrade() + rest)

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
