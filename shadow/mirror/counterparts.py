"""Counterparts: the sessions of a client's copies, one on each stack, where the stacks do not share cookies.

The recording holds what the client said and saw: the cookies of the stack on which it signed in, whichever stack
served it. So a copy gets the session that its own stack gave the copies of this client, and its token. A login is
copied to the mirrored side as any exchange is; here it is done on the other stack of that world as well.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from shadow.config import Config
from shadow.exchange import Answer, Exchange, Request, Response, Unanswered
from shadow.http.cookies import request_cookies
from shadow.mirror.jars import Client, CopyCookies
from shadow.mirror.sender import GivenUp, Sender
from shadow.mirror.stacks import Stacks
from shadow.twin.held import Held, with_cookies, without_cookies
from shadow.twin.signing import Signing, asks_again
from shadow.words import Side

_log = structlog.get_logger("shadow.mirror")


class Counterparts:
    """What the mirror does besides, with `sessions = "twin"`."""

    def __init__(self, config: Config, sender: Sender) -> None:
        self._signing = Signing(config)
        self._sender = sender

    def cookies_for(self, exchange: Exchange, client: Client, *, one_world: bool) -> CopyCookies:
        """The cookies of the copy: the session of its stack in place of the client's; told as lost without one.

        A session is lost that nobody recorded the beginning of, or that the serving or the mirrored side did not get.
        """
        signing, stacks = self._signing, _stacks(client)
        request = exchange.request
        plain = replace(request, headers=with_cookies(request.headers, {}, without=signing.all_names))
        others = client.cookies_for(plain, one_world=one_world)
        own = [(name, value) for name, value in request_cookies(request) if name in signing.all_names]
        if not own:
            return others
        side = exchange.serving.other
        held = stacks.mirrored[side]
        strange = not held.cookies and not any(stacks.live.recognises(*cookie) for cookie in own)
        if strange or exchange.alone or side in stacks.failed:
            return replace(others, lost=(*others.lost, *(name for name, _ in own)))
        return replace(others, sent=(*others.sent, *held.newest.items()))

    async def dressed(self, client: Client, side: Side, request: Request) -> Request:
        """The request with the token of this stack where one of the client's stands that this stack did not give."""
        stacks = _stacks(client)
        held, others = stacks.mirrored[side], {*stacks.live.tokens, *stacks.mirrored[side.other].tokens}
        return await self._signing.with_token(self._ask, side, request, held, others, like=request)

    async def as_served(self, client: Client, side: Side, request: Request) -> Request:
        """The client's own request as the mirror would send it to this side, with a session of the mirror's."""
        headers = with_cookies(request.headers, _stacks(client).mirrored[side].newest, without=self._signing.all_names)
        return await self.dressed(client, side, replace(request, headers=headers))

    async def answered(self, exchange: Exchange, client: Client, mirrored: Answer, *, lost: bool) -> None:
        """Take what both sides gave; sign in or out on the side that was not asked."""
        side = exchange.serving.other
        if isinstance(mirrored, Response) and not lost:
            held = _stacks(client).mirrored[side]
            held.take(mirrored.headers, self._signing.names[side])
            if self._signed_in(exchange, exchange.answer):
                # Another session: the tokens from before it are good no longer.
                held.tokens = []
            held.learn(self._signing.places.given(mirrored))
        await self.follow(exchange, client, reached=side)

    async def follow(self, exchange: Exchange, client: Client, *, reached: Side | None) -> None:
        """Take what the client was given; sign in or out on every stack that got no copy of it (`reached` did)."""
        answer, stacks = exchange.answer, _stacks(client)
        if not isinstance(answer, Response):
            return
        stacks.live.take(answer.headers, self._signing.all_names)
        stacks.live.learn(self._signing.places.given(answer))
        missed = [side for side in Side if side is not reached]
        if self._signed_in(exchange, answer):
            if reached:
                stacks.failed.discard(reached)
            for side in missed:
                await self._sign_in(side, exchange.request, stacks)
        elif self._signing.lets_out(exchange.route, exchange.request, answer.status, answer.headers):
            for side in missed:
                await self._sign_out(side, exchange.request, stacks)

    def bare(self, answer: Answer) -> Answer:
        """The answer without the session cookies, which the stacks are declared to have each their own of."""
        if not isinstance(answer, Response):
            return answer
        return replace(answer, headers=without_cookies(answer.headers, self._signing.all_names))

    def _signed_in(self, exchange: Exchange, answer: Answer) -> bool:
        if not isinstance(answer, Response):
            return False
        login = exchange.request
        return (
            self._signing.is_login(exchange.route, login.method)
            and bool(self._signing.lets_in(exchange.answering, login, answer.status, answer.headers))
            and not asks_again(answer)
        )

    async def _sign_in(self, side: Side, login: Request, stacks: Stacks) -> None:
        found = await self._signing.sign_in(self._ask, side, login, stacks.mirrored[side].newest)
        if isinstance(found, Held):
            stacks.mirrored[side] = found
            stacks.failed.discard(side)
        else:
            stacks.failed.add(side)
            _log.warning("twin.copy_failed", side=str(side), reason=found.reason)

    async def _sign_out(self, side: Side, logout: Request, stacks: Stacks) -> None:
        if stacks.mirrored[side].cookies:
            await self._signing.sign_out(self._ask, side, logout, stacks.mirrored[side])
        stacks.mirrored[side] = Held()

    async def _ask(self, side: Side, request: Request) -> Answer:
        try:
            return (await self._sender.send(side, request)).answer
        except GivenUp:
            # The copy itself was sent: this must not make the mirror send it again.
            return Unanswered("given up")


def _stacks(client: Client) -> Stacks:
    if client.stacks is None:
        client.stacks = Stacks()
    return client.stacks
