"""Stream one request to an upstream and its answer to the client; abort, never tidy up, a cut-off answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from shadow.errors import UpstreamError
from shadow.exchange import Answer, Body, Response, Unanswered
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.hops import end_to_end
from shadow.http.pool import UpstreamPool
from shadow.proxy.capture import Capture, CaptureBudget, captured
from shadow.proxy.errors import OwnAnswer
from shadow.proxy.turn import Receive, Send
from shadow.words import SAFE_METHODS, Side

Finished = Callable[[Answer], None]


class ClientBody:
    """A request's body that is still arriving: passed on piece by piece and captured on the way."""

    def __init__(self, receive: Receive, first: bytes, capture: Capture) -> None:
        self._receive = receive
        self._first = first
        self._capture = capture
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._first:
            self._capture.add(self._first)
            yield self._first
        while not self._ended:
            message = await self._receive()
            piece = message.get("body", b"")
            self._ended = not message.get("more_body", False)
            self._capture.add(piece)
            yield piece

    def close(self) -> Body:
        """What was captured; `truncated` as well when the client had more to say."""
        return self._capture.close(whole=self._ended)


@dataclass(slots=True)
class Outgoing:
    """A request on its way to an upstream."""

    method: str
    target: bytes
    headers: HeaderList
    body: bytes | ClientBody

    async def to(self, pool: UpstreamPool) -> UpstreamAnswer:
        """Send it; the answer as soon as its head is here."""
        body = self.body if isinstance(self.body, bytes) else aiter(self.body)
        return await pool.send(self.method, self.target, self.headers, body)


async def forward(
    request: Outgoing, upstreams: Mapping[Side, UpstreamPool], serving: Side, fell_back: Callable[[str], None]
) -> UpstreamAnswer:
    """The answer of the serving side; a safe request that the candidate fails is answered by the primary."""
    try:
        return await request.to(upstreams[serving])
    except UpstreamError as error:
        if serving is Side.PRIMARY or request.method not in SAFE_METHODS or not isinstance(request.body, bytes):
            raise
        fell_back(f"{error.phase}: {error.detail}")
    return await request.to(upstreams[Side.PRIMARY])


async def hand_over(
    answer: UpstreamAnswer, send: Send, finished: Finished, *, limit: int, budget: CaptureBudget
) -> None:
    """Give an answer to the client as it arrives; `finished` is called before the last bytes go."""
    headers = end_to_end(answer.headers)
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "reason": answer.reason,
        "headers": headers.pairs,
    }
    whole = answer.complete_body
    if whole is not None:
        finished(Response(answer.status, headers, captured(whole, limit), answer.reason))
        await send(start)
        await send({"type": "http.response.body", "body": whole})
        return
    capture = Capture(limit, budget)
    try:
        await send(start)
        async for piece in answer:
            capture.add(piece)
            if answer.complete:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        else:
            piece = b""
        finished(Response(answer.status, headers, capture.close(), answer.reason))
        await send({"type": "http.response.body", "body": piece})
    except UpstreamError as error:
        finished(Unanswered(error.phase, error.detail, error.sent))
        raise
    finally:
        capture.close()
        answer.abort()


async def send_own(answer: OwnAnswer, send: Send) -> None:
    """Give the client an answer of the proxy's own."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
