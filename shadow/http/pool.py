"""UpstreamPool: keep-alive connections to one upstream, newest first, limited, with a queue behind the limit.

State changes in plain methods without an await between a check and its change; the I/O comes after.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlsplit

from shadow.errors import UpstreamError
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.connection import Interim, Payload, UpstreamConnection
from shadow.units import show_seconds
from shadow.words import SAFE_METHODS

# Seconds that a connection may lie idle. Common servers close after 5 (uvicorn, Node) or later; we let go first.
_IDLE = 4.0
# A write cannot be repeated when its connection turns out dead, so it takes none that lay idle longer than this.
_FRESH = 1.0

Fields = Iterable[tuple[bytes, bytes]]


class UpstreamPool:
    """The way to one upstream: a stack in a world, `http://host[:port]`."""

    def __init__(self, url: str, *, connect_timeout: float, timeout: float, connections: int) -> None:
        found = urlsplit(url)
        self.url = url
        self._host = found.hostname or ""
        self._port = found.port or 80
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._limit = connections
        self._open: set[UpstreamConnection] = set()
        self._connecting = 0
        self._idle: list[UpstreamConnection] = []
        self._waiting: deque[asyncio.Future[UpstreamConnection | None]] = deque()
        self._sweep: asyncio.TimerHandle | None = None

    async def send(
        self,
        method: str,
        target: bytes,
        headers: Fields,
        body: Payload = b"",
        *,
        timeout: float | None = None,
        interim: Interim | None = None,
    ) -> UpstreamAnswer:
        """Send one request and return its answer as soon as the head is here; raises UpstreamError.

        `headers` go out as given; a body without Content-Length goes out chunked. `timeout` is the longest wait for
        the upstream's next step; `interim` gets the answers before the answer. A safe request is sent once more when
        a kept connection died before any answer.
        """
        headers = headers.pairs if isinstance(headers, HeaderList) else tuple(headers)
        chunked = body != b"" and not any(len(name) == 14 and name.lower() == b"content-length" for name, _ in headers)
        head = request_head(method, target, headers, chunked=chunked)
        limit = self._timeout if timeout is None else timeout
        repeatable = method in SAFE_METHODS and isinstance(body, bytes)
        kept = self._take(_IDLE if repeatable else _FRESH)
        if kept is not None:
            try:
                return await kept.request(method, head, body, timeout=limit, chunked=chunked, interim=interim)
            except UpstreamError as error:
                if not (repeatable and kept.silent and error.phase in ("head", "send")):
                    raise
        connection = await self._connected(limit)
        return await connection.request(method, head, body, timeout=limit, chunked=chunked, interim=interim)

    async def upgrade(self, target: bytes, headers: Fields, frames: AsyncIterator[bytes]) -> UpstreamAnswer:
        """Ask for another protocol on a connection outside the limit; after a 101 both bodies are raw bytes."""
        connection = await self._connect()
        head = request_head("GET", target, headers, chunked=False)
        return await connection.request("GET", head, b"", timeout=self._timeout, frames=frames)

    async def close(self) -> None:
        """Close every connection, used or not, and refuse those who wait."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._idle.clear()
        for connection in list(self._open):
            connection.abort()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(UpstreamError("connect", "the pool was closed", sent=False))
        await asyncio.sleep(0)  # lets the transports close

    # For its connections

    def idle(self, connection: UpstreamConnection) -> None:
        """A connection is free: it goes to who waits longest, else on top of the idle ones."""
        if self._waiting and (waiter := self._next_waiter()):
            waiter.set_result(connection)
            return
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_IDLE, self._expire)

    def lost(self, connection: UpstreamConnection) -> None:
        """A connection is closed; its place goes to who waits longest."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._room()

    # Inside

    def _take(self, max_idle: float) -> UpstreamConnection | None:
        """The connection that was used last, if it is young enough."""
        if not self._idle:
            return None
        oldest = asyncio.get_running_loop().time() - max_idle
        while self._idle and self._idle[-1].idle_since > oldest:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _connected(self, patience: float) -> UpstreamConnection:
        """A connection that has not been used, or one just handed over by another request."""
        if len(self._open) + self._connecting < self._limit:
            self._connecting += 1
        else:
            if self._idle:
                self._idle.pop(0).close()  # older than what this request may use
            handed = await self._wait(patience)
            if handed is not None:
                return handed if handed.usable else await self._connected(patience)
        try:
            connection = await self._connect()
        except BaseException:
            self._connecting -= 1
            self._room()
            raise
        self._connecting -= 1
        self._open.add(connection)
        return connection

    async def _wait(self, patience: float) -> UpstreamConnection | None:
        """Queue for a free connection, or for the place of a closed one (None: the place is counted already)."""
        waiter: asyncio.Future[UpstreamConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(patience):
                return await waiter
        except TimeoutError:
            self._give_back(waiter)
            detail = f"all {self._limit} connections were busy for {show_seconds(patience)}"
            raise UpstreamError("timeout", detail, sent=False) from None
        except asyncio.CancelledError:
            self._give_back(waiter)
            raise

    def _give_back(self, waiter: asyncio.Future[UpstreamConnection | None]) -> None:
        """Pass on what a waiter got in the moment in which it gave up."""
        if not waiter.done() or waiter.cancelled() or waiter.exception() is not None:
            return
        handed = waiter.result()
        if handed is not None:
            self.idle(handed)
        else:
            self._connecting -= 1
            self._room()

    def _room(self) -> None:
        if len(self._open) + self._connecting < self._limit and (waiter := self._next_waiter()):
            self._connecting += 1
            waiter.set_result(None)

    def _next_waiter(self) -> asyncio.Future[UpstreamConnection | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    async def _connect(self) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await loop.create_connection(lambda: UpstreamConnection(self), self._host, self._port)
        except TimeoutError:
            detail = f"no connection within {show_seconds(self._connect_timeout)}"
            raise UpstreamError("connect", detail, sent=False) from None
        except OSError as error:
            raise UpstreamError("connect", f"{type(error).__name__}: {error.strerror or error}", sent=False) from None
        if not connection.usable:
            raise UpstreamError("connect", "the upstream closed the connection at once", sent=False)
        return connection

    def _expire(self) -> None:
        """Close what has been idle too long; look again as long as something is idle."""
        self._sweep = None
        loop = asyncio.get_running_loop()
        oldest = loop.time() - _IDLE
        while self._idle and self._idle[0].idle_since <= oldest:
            self._idle.pop(0).close()
        if self._idle:
            self._sweep = loop.call_at(self._idle[0].idle_since + _IDLE, self._expire)


def request_head(method: str, target: bytes, headers: Fields, *, chunked: bool) -> bytes:
    """The request line and the fields, ready to send."""
    lines = [b"%b %b HTTP/1.1\r\n" % (method.encode("latin-1"), target)]
    lines += [b"%b: %b\r\n" % pair for pair in headers]
    lines.append(b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n")
    return b"".join(lines)
