"""Stream one request to an upstream and its answer to the client; abort, never tidy up, a cut-off answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from shadow.errors import UpstreamError
from shadow.exchange import Body
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.connection import Interim
from shadow.http.pool import UpstreamPool
from shadow.proxy.breaker import Breaker
from shadow.proxy.capture import Capture
from shadow.proxy.errors import OwnAnswer
from shadow.proxy.turn import Receive, Send
from shadow.words import SAFE_METHODS, Side

Finished = Callable[[UpstreamAnswer, HeaderList, bytes | Capture], None]


class ClientBody:
    """A request's body that is still arriving: passed on piece by piece and captured on the way.

    `sent` goes on in place of what came first, if it is given.
    """

    def __init__(self, receive: Receive, first: bytes, capture: Capture, *, sent: bytes | None = None) -> None:
        self._receive = receive
        self._first = first
        self._sent = first if sent is None else sent
        self._capture = capture
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._first:
            self._capture.add(self._first)
            yield self._sent
        while not self._ended:
            message = await self._receive()
            piece = message.get("body", b"")
            self._ended = not message.get("more_body", False)
            self._capture.add(piece)
            yield piece

    def close(self) -> Body:
        """What was captured; `truncated` as well when the client had more to say."""
        return self._capture.close(whole=self._ended)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it goes to an upstream; `elsewhere` are fields and body for the other one, where those differ."""

    method: str
    target: bytes
    headers: HeaderList
    body: bytes | ClientBody
    interim: Interim
    elsewhere: tuple[HeaderList, bytes] | None = None

    @property
    def repeatable(self) -> bool:
        """True when the other side may be asked instead."""
        return self.method in SAFE_METHODS and isinstance(self.body, bytes)

    @property
    def instead(self) -> Outgoing:
        """The same request for the other side."""
        if self.elsewhere is None:
            return self
        headers, body = self.elsewhere
        return replace(self, headers=headers, body=body)

    async def to(self, upstream: UpstreamPool) -> UpstreamAnswer:
        """Send it and return the answer as soon as its head is here."""
        payload = self.body if isinstance(self.body, bytes) else aiter(self.body)
        return await upstream.send(self.method, self.target, self.headers, payload, interim=self.interim)


async def forward(
    upstreams: Mapping[Side, UpstreamPool],
    serving: Side,
    outgoing: Outgoing,
    breaker: Breaker,
    fell_back: Callable[[str], None],
) -> UpstreamAnswer:
    """The answer of the serving side; a safe request that the candidate fails is answered by the primary."""
    if serving is Side.PRIMARY:
        return await outgoing.to(upstreams[Side.PRIMARY])
    if outgoing.repeatable and not breaker.lets_through():
        fell_back("breaker: the candidate is down, nobody asked it")
        return await outgoing.instead.to(upstreams[Side.PRIMARY])
    try:
        answer = await outgoing.to(upstreams[Side.CANDIDATE])
    except UpstreamError as error:
        if error.phase == "connect":
            breaker.failed()
        else:
            breaker.reached()
        if not outgoing.repeatable:
            raise
        fell_back(f"{error.phase}: {error.detail}")
        return await outgoing.instead.to(upstreams[Side.PRIMARY])
    breaker.reached()
    return answer


async def hand_over(
    answer: UpstreamAnswer, headers: HeaderList, send: Send, capture: Callable[[], Capture], finished: Finished
) -> None:
    """Give an answer to the client as it arrives, with these fields; `finished` is called before the last bytes go."""
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
