"""One connection to an upstream: an asyncio protocol over the httptools (llhttp) parser, one request at a time.

It writes a request, feeds what comes back into an UpstreamAnswer, and tells its pool when it is free or lost. Its
`timeout` is the longest wait for the upstream to make progress, never counted while the client is the slow one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol, cast

import httptools

from shadow.errors import UpstreamError
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.answer_head import MAX_HEAD, AnswerHead
from shadow.http.patience import Patience
from shadow.tasks import spawn
from shadow.units import show_seconds

Payload = bytes | AsyncIterator[bytes]
# Gets status, reason and fields of each interim answer (RFC 9110 15.2).
Interim = Callable[[int, bytes, HeaderList], None]


class Owner(Protocol):
    """The pool, as its connections see it."""

    def idle(self, connection: UpstreamConnection) -> None: ...
    def lost(self, connection: UpstreamConnection) -> None: ...


class UpstreamConnection(asyncio.Protocol):
    """Sends one request after another; never two at a time (no pipelining)."""

    def __init__(self, owner: Owner) -> None:
        self.idle_since = 0.0
        self.silent = True
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._parser = httptools.HttpResponseParser(self)
        self._answer: UpstreamAnswer | None = None
        self._pump: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._patience = Patience(self._loop, self._out_of_patience)
        self._method = ""
        self._interim: Interim | None = None
        self._frames: AsyncIterator[bytes] | None = None
        self._tunnel = False
        self._unparsed = 0
        self._fault = ""
        self._begin_head()

    @property
    def usable(self) -> bool:
        """False once it is closed or closing."""
        return not self._transport.is_closing()

    async def request(
        self,
        method: str,
        head: bytes,
        body: Payload,
        *,
        timeout: float,
        chunked: bool = False,
        interim: Interim | None = None,
        frames: AsyncIterator[bytes] | None = None,
    ) -> UpstreamAnswer:
        """Send a request and wait for the answer's head; raises UpstreamError, and the connection is closed then.

        With `frames` it may switch protocols. They go out after the 101 only: before it, an upstream that does not
        switch would read them as its next request.
        """
        answer = self._answer = UpstreamAnswer(self)
        self._method, self._patience.seconds, self.silent = method, timeout, True
        self._interim, self._frames = interim, frames
        try:
            if isinstance(body, bytes):
                self._transport.write(head + (_chunk(body) + _LAST_CHUNK if chunked else body))
                self._patience.start()
            else:
                self._transport.write(head)
                self._pump = spawn(self._send_body(body, chunked), name="upstream.body")
            await answer.headed()
        except BaseException:
            self.abort()
            raise
        return answer

    def abort(self) -> None:
        """Close at once; who still waits for an answer is told so."""
        self._give_up("head", "closed on this side")

    def close(self) -> None:
        """Close an idle connection."""
        self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            # A 408 before it closes, or anything else that nobody asked for.
            self._transport.abort()
            return
        self.silent = False
        if self._tunnel:
            answer.add(data)
        elif not self._feed(data, answer):
            return
        if answer.arrived:
            self._finish()
        elif answer.status and self._patience.counting:
            self._patience.start()
        answer.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end()
        answer, self._answer = self._answer, None
        if answer is not None:
            if answer.status and self._until_close and exc is None:
                answer.end()
            else:
                answer.fail(UpstreamError(self._phase(answer), _why(exc), sent=True))
            answer.wake()
        self._stop_pump()
        self.resume_writing()
        self._owner.lost(self)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()
        self._patience.start()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # The flow of an answer, towards its reader

    def pause_reading(self) -> None:
        """The reader is behind: its time is not the upstream's."""
        if self.usable:
            self._transport.pause_reading()
        self._patience.stop()

    def resume_reading(self) -> None:
        """The reader has caught up."""
        if self.usable:
            self._transport.resume_reading()
        if self._answer is not None and not self._tunnel:
            self._patience.start()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.arrived:
            self._keep_alive = False  # a second answer to one request

    def on_status(self, reason: bytes) -> None:
        self._head.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head.add(name, value)

    def on_headers_complete(self) -> None:
        answer, head = self._answer, self._head
        status = self._parser.get_status_code()
        fault = head.end(status, self._parser.get_http_version()) or self._unasked(status)
        self._fault = self._fault or fault
        if answer is None or answer.status or self._fault or (status < 200 and status != 101):
            return
        answer.begin(status, head.reason, head.headers)
        self._keep_alive = self._parser.should_keep_alive()
        self._until_close = status == 101 or not (head.sized or self._keep_alive or self._bodiless(status))
        if self._bodiless(status):
            answer.end()

    def on_body(self, piece: bytes) -> None:
        self._unparsed = 0
        if self._answer is not None and not self._answer.arrived:
            self._answer.add(piece)

    def on_message_complete(self) -> None:
        answer = self._answer
        if answer is not None and not answer.status:
            if self._interim is not None and not self._fault:
                self._interim(self._parser.get_status_code(), self._head.reason, self._head.headers)
            self._begin_head()
        elif answer is not None and answer.status != 101:
            self._unparsed = 0
            answer.end()

    # Inside

    def _feed(self, data: bytes, answer: UpstreamAnswer) -> bool:
        """Parse what came in; False when it was no answer and the connection is gone."""
        self._unparsed += len(data)
        parser = self._parser
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade as switch:
            if answer.status == 101 and self._frames is not None:
                self._tunnel = True
                self._patience.stop()
                self._pump = spawn(self._send_body(self._frames, chunked=False), name="upstream.frames")
                if rest := data[switch.args[0] :]:
                    answer.add(rest)
        except httptools.HttpParserError as error:
            # Bytes behind a whole answer spoil the connection, not the answer.
            if not answer.arrived:
                self._give_up("protocol", str(error))
                return False
            self._keep_alive = False
        if not answer.arrived and (self._fault or self._unparsed > MAX_HEAD):
            self._give_up("protocol", self._fault or f"more than {MAX_HEAD} bytes of head")
            return False
        return True

    def _begin_head(self) -> None:
        self._head = AnswerHead()
        self._until_close, self._keep_alive = False, True

    def _unasked(self, status: int) -> str:
        """What is wrong with a head that is well formed, if it switches protocols."""
        switches = self._frames is not None and self._parser.should_upgrade()
        return "switched protocols unasked" if status == 101 and not switches else ""

    def _bodiless(self, status: int) -> bool:
        """RFC 9112 6.3: no body whatever the fields say."""
        return self._method == "HEAD" or status in (204, 304)

    def _finish(self) -> None:
        """The whole answer is here: the connection is free, or done for."""
        self._answer = None
        self._patience.stop()
        keep = self._keep_alive and self.usable and self._frames is None
        if self._pump is not None and not self._pump.done():
            # An early answer: the rest of this request would stand where the next one begins.
            self.abort()
        elif keep:
            if self._method == "HEAD":
                # llhttp cannot know that no body follows this head; a fresh parser does not wait for it.
                self._parser = httptools.HttpResponseParser(self)
            self._begin_head()
            self._unparsed, self._pump, self._interim = 0, None, None
            self.idle_since = self._loop.time()
            self._owner.idle(self)
        else:
            self._transport.close()

    def _give_up(self, phase: str, detail: str) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.fail(UpstreamError(phase, detail, sent=True))
            answer.wake()
        self._stop_pump()
        self._transport.abort()

    def _phase(self, answer: UpstreamAnswer) -> str:
        if answer.status:
            return "body"
        return "send" if self._pump is not None and not self._pump.done() else "head"

    async def _send_body(self, body: AsyncIterator[bytes], chunked: bool) -> None:
        """Pass the request's body on as it arrives, no faster than the upstream takes it."""
        try:
            async for piece in body:
                if not piece:
                    continue
                self._transport.write(_chunk(piece) if chunked else piece)
                if self._writable is not None:
                    await self._writable
                    self._patience.stop()  # now it is the client's turn
            if chunked:
                self._transport.write(_LAST_CHUNK)
        except Exception as error:  # whatever the source of the body raises, the request cannot be finished
            self._give_up("send", f"the request's body ended early: {type(error).__name__}")
            return
        if self._answer is not None and not self._tunnel:
            self._patience.start()

    def _stop_pump(self) -> None:
        if self._pump is not None and self._pump is not asyncio.current_task():
            self._pump.cancel()

    def _out_of_patience(self) -> None:
        self._give_up("timeout", f"no progress within {show_seconds(self._patience.seconds)}")


_LAST_CHUNK = b"0\r\n\r\n"


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""


def _why(error: Exception | None) -> str:
    return "the upstream closed the connection" if error is None else f"{type(error).__name__}: {error}"
