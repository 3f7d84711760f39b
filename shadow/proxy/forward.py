"""Stream one request to an upstream and its answer to the client; abort, never tidy up, a cut-off answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from shadow.errors import UpstreamError
from shadow.exchange import Body
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.connection import Interim
from shadow.http.hops import end_to_end
from shadow.http.pool import UpstreamPool
from shadow.proxy.capture import Capture
from shadow.proxy.errors import OwnAnswer
from shadow.proxy.turn import Receive, Send
from shadow.words import SAFE_METHODS, Side

Finished = Callable[[UpstreamAnswer, HeaderList, bytes | Capture], None]


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


async def forward(
    upstreams: Mapping[Side, UpstreamPool],
    serving: Side,
    method: str,
    target: bytes,
    headers: HeaderList,
    body: bytes | ClientBody,
    interim: Interim,
    fell_back: Callable[[str], None],
) -> UpstreamAnswer:
    """The answer of the serving side; a safe request that the candidate fails is answered by the primary."""
    payload = body if isinstance(body, bytes) else aiter(body)
    try:
        return await upstreams[serving].send(method, target, headers, payload, interim=interim)
    except UpstreamError as error:
        if serving is Side.PRIMARY or method not in SAFE_METHODS or not isinstance(payload, bytes):
            raise
        fell_back(f"{error.phase}: {error.detail}")
    return await upstreams[Side.PRIMARY].send(method, target, headers, payload, interim=interim)


async def hand_over(answer: UpstreamAnswer, send: Send, capture: Callable[[], Capture], finished: Finished) -> None:
    """Give an answer to the client as it arrives; `finished` is called before the last bytes go."""
    headers = end_to_end(answer.headers)
    start = {"type": "http.response.start", "status": answer.status, "reason": answer.reason, "headers": headers.pairs}
    await send(start)
    whole = answer.complete_body
    if whole is not None:
        finished(answer, headers, whole)
        await send({"type": "http.response.body", "body": whole})
        return
    kept = capture()
    try:
        # The body may be long in coming, so the head goes by itself.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        async for piece in answer:
            kept.add(piece)
            if answer.complete:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        else:
            piece = b""
        finished(answer, headers, kept)
        await send({"type": "http.response.body", "body": piece})
    finally:
        kept.close()
        answer.abort()


async def send_own(answer: OwnAnswer, send: Send) -> None:
    """Give the client an answer of the proxy's own."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
