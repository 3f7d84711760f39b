"""UpstreamAnswer: one answer while it arrives; the connection fills it, one reader empties it.

The body is handed out as it came (no decoding) in pieces of whatever size has arrived. A reader that stays behind
makes the connection stop reading, so an endless body costs constant memory.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from shadow.errors import UpstreamError
from shadow.headers import HeaderList

# Bytes waiting for the reader: past this the connection stops reading until they are taken.
HIGH_WATER = 256 * 1024
_NONE = HeaderList()


class Flow(Protocol):
    """What an answer needs of its connection."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def abort(self) -> None: ...


class UpstreamAnswer:
    """An upstream's answer: status, reason and fields as sent, and the body by `async for`.

    `arrived` is true once everything has come in, read or not; `complete` once it was handed out as well, so that the
    piece read last was the last.
    """

    __slots__ = (
        "_buffered",
        "_error",
        "_flow",
        "_paused",
        "_pieces",
        "_waiter",
        "arrived",
        "headers",
        "reason",
        "status",
    )

    def __init__(self, flow: Flow) -> None:
        self.status = 0
        self.reason = b""
        self.headers = _NONE
        self.arrived = False
        self._flow = flow
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._paused = False
        self._error: UpstreamError | None = None
        self._waiter: asyncio.Future[None] | None = None

    # For the reader

    @property
    def complete(self) -> bool:
        """True when no more of the body will come out."""
        return self.arrived and not self._pieces

    @property
    def complete_body(self) -> bytes | None:
        """The whole body when all of it arrived before any was read, else None."""
        return self._joined() if self.arrived else None

    async def headed(self) -> None:
        """Wait for the head; raises UpstreamError when none comes, or when more came with it and was no answer."""
        while self._error is None:
            if self.status:
                return
            # One reader, and a waiter that is done is never set again: nothing to clean up.
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        raise self._error

    def __aiter__(self) -> UpstreamAnswer:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self.arrived:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._take()

    def abort(self) -> None:
        """Give up on the rest; the connection is closed unless everything has arrived."""
        if not self.arrived:
            self._flow.abort()

    # For the connection

    def begin(self, status: int, reason: bytes, headers: HeaderList) -> None:
        """The head is here."""
        self.status, self.reason, self.headers = status, reason, headers

    def add(self, piece: bytes) -> None:
        """One more piece of the body."""
        self._pieces.append(piece)
        self._buffered += len(piece)
        if self._buffered > HIGH_WATER and not self._paused:
            self._paused = True
            self._flow.pause_reading()

    def end(self) -> None:
        """Everything has arrived; from here on the connection is another's."""
        self.arrived = True
        self._go_on()

    def fail(self, error: UpstreamError) -> None:
        """No more will come, though it should."""
        self._error = error

    def wake(self) -> None:
        """Let the reader look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _take(self) -> bytes:
        whole = self._joined()
        self._pieces.clear()
        self._buffered = 0
        self._go_on()
        return whole

    def _joined(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def _go_on(self) -> None:
        if self._paused:
            self._paused = False
            self._flow.resume_reading()
