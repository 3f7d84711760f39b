"""Passage: one request on its way through the proxy, from its head to the exchange that goes to the recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shadow import clock
from shadow.direction import Direction, Switch
from shadow.errors import UpstreamError
from shadow.exchange import Answer, Body, Exchange, Request, Response, Unanswered
from shadow.headers import HeaderList
from shadow.http.answer import UpstreamAnswer
from shadow.http.hops import end_to_end
from shadow.http.pool import UpstreamPool
from shadow.proxy.breaker import Breaker
from shadow.proxy.canary import Clients
from shadow.proxy.capture import Capture, CaptureBudget, captured
from shadow.proxy.client_key import ClientKeys
from shadow.proxy.errors import own_answer, status_of
from shadow.proxy.forward import ClientBody, Outgoing, forward, hand_over, send_own
from shadow.proxy.sessions import Sessions, Visit
from shadow.proxy.turn import Message, Receive, Scope, Send
from shadow.routes import Route
from shadow.words import SAFE_METHODS, Side, Stage

# So much of a body is read ahead where something in it may have to be put right for the side that gets it.
_BEGINNING = 64 * 1024


class Writes:
    """Counts this process's unsafe requests, so that each request can tell whether one ran beside it."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.begun = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What every passage of one endpoint shares."""

    switch: Switch
    upstreams: Mapping[Side, UpstreamPool]
    append: Callable[[Exchange], bool]
    client_keys: ClientKeys
    writer: str
    limit: int
    budget: CaptureBudget
    writes: Writes
    clients: Clients
    breaker: Breaker
    sessions: Sessions | None


class Passage:
    """One request and what is known of it so far; begins when it enters, is finished once."""

    __slots__ = (
        "_began",
        "_begun",
        "_beside",
        "_body",
        "_direction",
        "_elsewhere",
        "_fallback",
        "_finished",
        "_first_byte",
        "_headers",
        "_parts",
        "_route",
        "_scope",
        "_serving",
        "_started_at",
        "_visit",
    )

    def __init__(self, parts: Parts, scope: Scope, route: Route, headers: HeaderList) -> None:
        self._parts = parts
        self._scope = scope
        self._route = route
        self._headers = headers
        self._began = clock.monotonic()
        self._started_at = clock.now()
        self._first_byte = 0.0
        self._fallback = ""
        self._finished = False
        self._body: bytes | ClientBody = b""
        self._visit: Visit | None = None
        self._elsewhere: tuple[HeaderList, bytes] | None = None

    def enter(self, direction: Direction) -> None:
        """Count it as in flight, towards the group and among the writes."""
        writes = self._parts.writes
        self._direction = direction
        self._serving = direction.serving
        self._parts.switch.enter(self._route.unit)
        self._beside = writes.in_flight > 0
        if self._scope["method"] not in SAFE_METHODS:
            writes.in_flight += 1
            writes.begun += 1
        self._begun = writes.begun

    async def run(self, headers: HeaderList, receive: Receive, send: Send) -> None:
        """Forward it with these fields and answer the client; raises UpstreamError when the answer breaks off."""
        parts, scope = self._parts, self._scope
        try:
            message = await receive()
            if self._direction.share:
                message = await self._choose(message, receive)
            sent = None
            if parts.sessions is not None:
                message, headers, sent = await self._visited(parts.sessions, message, headers, receive)
            body = self._body = message["body"]
            if message["more_body"]:
                body = self._body = ClientBody(receive, body, self._capture(), sent=sent)
                if scope["expects"]:
                    headers = headers.adding(b"Expect", b"100-continue")  # the upstream decides whether it may come
            elif sent is not None:
                body = sent
            try:
                answer = await forward(
                    parts.upstreams,
                    self._serving,
                    Outgoing(scope["method"], scope["target"], headers, body, scope["interim"], self._elsewhere),
                    parts.breaker,
                    self._fell_back,
                )
            except UpstreamError as error:
                self._finish(_unanswered(error))
                await send_own(own_answer(status_of(error), headers), send)
                return
            self._first_byte = clock.monotonic() - self._began
            given = end_to_end(answer.headers)
            if self._visit is not None:
                given = await self._given(self._visit, answer, given)
            await hand_over(answer, given, send, self._capture, self._answered)
        except UpstreamError as error:
            # The answer has begun, so it can only be cut off.
            self._finish(_unanswered(error))
            raise
        except asyncio.CancelledError:
            self._finish(Unanswered("client", "the client went away"))
            raise
        finally:
            # Whatever else went wrong: a handover must not wait for this request for ever.
            self._finish(None)

    def side_of(self, direction: Direction, body: bytes = b"") -> Side:
        """Who serves this client, as far as the beginning of its body tells who that is."""
        return direction.side_of(self._parts.clients.key_of(self._request(Body.of(body))))

    async def visit(self, sessions: Sessions, side: Side) -> Visit | None:
        """What this request has to do with a session that both stacks must know."""
        return await sessions.visit(self._request(Body()), self._route, side)

    async def _choose(self, message: Message, receive: Receive) -> Message:
        """Let the client decide who serves it; its name may be in the body, so that may have to come first."""
        body, more = message["body"], message["more_body"]
        # A client that waits to be told "100 Continue" sends no body before an upstream has the head.
        while more and not self._scope["expects"] and self._parts.clients.awaits(self._request(Body.of(body))):
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self._serving = self.side_of(self._direction, body)
        return {**message, "body": body}

    async def _visited(
        self, sessions: Sessions, message: Message, headers: HeaderList, receive: Receive
    ) -> tuple[Message, HeaderList, bytes | None]:
        """The request as the serving side must get it: its fields, and the beginning of its body if that is known."""
        visit = self._visit = await self.visit(sessions, self._serving)
        if visit is None:
            return message, headers, None
        body, more = message["body"], message["more_body"]
        # A client that waits to be told "100 Continue" sends no body before an upstream has the head.
        while more and not self._scope["expects"] and len(body) < _BEGINNING and visit.reads_body(self._serving):
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        if self._serving is Side.CANDIDATE and self._scope["method"] in SAFE_METHODS:
            self._elsewhere = await visit.outgoing(Side.PRIMARY, headers, body)
        headers, sent = await visit.outgoing(self._serving, headers, body)
        return {**message, "body": body}, headers, sent

    async def _given(self, visit: Visit, answer: UpstreamAnswer, headers: HeaderList) -> HeaderList:
        """The fields of the answer as the client gets them."""
        answering = self._serving.other if self._fallback else self._serving
        try:
            return await visit.answered(answering, answer.status, headers)
        except BaseException:
            # Nobody will read it any more.
            answer.abort()
            raise

    def _answered(self, answer: UpstreamAnswer, headers: HeaderList, body: bytes | Capture) -> None:
        if given := self._parts.clients.given(headers):
            self._parts.clients.follow(self._request(Body()), given)
        if self._direction.stage is Stage.OFF and self._visit is None:
            self._finish(None)
        else:
            kept = captured(body, self._parts.limit) if isinstance(body, bytes) else body.close()
            self._finish(Response(answer.status, headers, kept, answer.reason))

    def _finish(self, answer: Answer | None) -> None:
        """The serving side is done with it, the client not yet: only so does an effect stand behind its cause."""
        if self._finished:
            return
        self._finished = True
        parts, scope = self._parts, self._scope
        overlaps = self._beside or parts.writes.begun != self._begun
        if scope["method"] not in SAFE_METHODS:
            parts.writes.in_flight -= 1
        parts.switch.leave(self._route.unit)
        body = self._body
        recorded = answer is not None and self._direction.stage is not Stage.OFF
        if not recorded and self._visit is None and isinstance(body, bytes):
            return
        kept = captured(body, parts.limit) if isinstance(body, bytes) else body.close()
        request = self._request(kept)
        if answer is not None and recorded:
            parts.append(self._exchange(request, answer, overlaps))
        if self._visit is not None:
            self._visit.finished(request, answer)

    def _request(self, body: Body) -> Request:
        scope = self._scope
        return Request(scope["method"], scope["target"], self._headers, body, scope["scheme"], scope["client"][0])

    def _exchange(self, request: Request, answer: Answer, overlaps: bool) -> Exchange:
        return Exchange(
            id=clock.new_id(),
            writer=self._parts.writer,
            sequence=0,  # the recording counts
            started_at=self._started_at,
            began=self._began,
            ended=clock.monotonic(),
            first_byte=self._first_byte,
            client_key=self._parts.client_keys.key_of(request),
            route=self._route.name,
            group=self._route.unit,
            serving=self._serving,
            stage=self._direction.stage,
            request=request,
            answer=answer,
            overlaps=overlaps,
            fallback=self._fallback,
            alone=self._visit is not None and self._visit.alone,
        )

    def _capture(self) -> Capture:
        return Capture(self._parts.limit, self._parts.budget)

    def _fell_back(self, why: str) -> None:
        self._fallback = why


def _unanswered(error: UpstreamError) -> Unanswered:
    return Unanswered(error.phase, error.detail, error.sent)
