"""Counterparts: the sessions of a client's copies, one on each stack, where the stacks do not share cookies.

The recording holds what the client said and saw: the cookies of the stack on which it signed in, whichever stack
served it. So a copy gets the session that its own stack gave the copies of this client, and its token. A login is
copied to the mirrored side as any exchange is; here it is done on the other stack of that world as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import structlog

from shadow.config import Config
from shadow.exchange import Answer, Exchange, Request, Response, Unanswered
from shadow.http.cookies import request_cookies
from shadow.mirror.jars import Client, CopyCookies
from shadow.mirror.sender import GivenUp, Sender
from shadow.mirror.stacks import Stacks
from shadow.twin.held import Cookies, Held, with_cookies, without_cookies
from shadow.twin.signing import Signing, asks_again
from shadow.words import Side

_log = structlog.get_logger("shadow.mirror")
# What a stack says to a request without the session that it needs; 419 is some frameworks' own.
_REFUSED = frozenset({400, 401, 403, 419})


class Changed(NamedTuple):
    """What one copy has shown: its stack has ended the session.

    `gone` are the client's tokens that stand for other ones from now on, `lost` the cookies that a write was refused
    for want of.
    """

    gone: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


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
        if stacks.returned is exchange.serving and self._anew(exchange.answer, stacks.sessions[exchange.serving].live):
            # The stack has ended the session that the client kept: the copies begin another one too.
            stacks.keep(side, Held())
            stacks.returned = None
        held = stacks.copies(side)
        strange = not held.cookies and not any(stacks.gave(*cookie) for cookie in own)
        if strange or exchange.alone or side in stacks.failed:
            return replace(others, lost=(*others.lost, *(name for name, _ in own)))
        return replace(others, sent=(*others.sent, *held.newest.items()))

    async def dressed(self, client: Client, side: Side, request: Request) -> Request:
        """The request with the token of this stack where one of the client's stands that this stack did not give."""
        stacks = _stacks(client)
        held, others = stacks.copies(side), stacks.tokens(side.other)
        if stacks.home:
            others |= {*stacks.copies(side.other).tokens}
        return await self._signing.with_token(self._ask, side, request, held, others, like=request)

    async def as_served(self, client: Client, side: Side, request: Request) -> Request:
        """The client's own request as the mirror would send it to this side, with a session of the mirror's."""
        cookies = _stacks(client).copies(side).newest
        headers = with_cookies(request.headers, cookies, without=self._signing.all_names)
        return await self.dressed(client, side, replace(request, headers=headers))

    def shown(self, client: Client, exchange: Exchange, mirrored: Answer) -> list[str]:
        """Take what both sides gave the mirror's own sessions when they were read again; the tokens of those."""
        found = []
        for side, answer in ((exchange.serving, exchange.answer), (exchange.serving.other, mirrored)):
            if isinstance(answer, Response):
                _stacks(client).copies(side).take(answer.headers, self._signing.names[side])
                found += self._signing.places.given(answer)
        return found

    async def answered(
        self, exchange: Exchange, client: Client, copy: Request, mirrored: Answer, *, lost: bool
    ) -> Changed:
        """Take what both sides gave; sign in or out on the side that was not asked."""
        changed = Changed()
        if isinstance(mirrored, Response) and not lost:
            changed = await self._mirrored(exchange, _stacks(client), copy, mirrored)
        await self.follow(exchange, client, reached=exchange.serving.other)
        if self._let_in(exchange) and not _welcomes(mirrored):
            _stacks(client).failed.add(exchange.serving.other)
        return changed

    async def follow(self, exchange: Exchange, client: Client, *, reached: Side | None) -> None:
        """Take what the client was given; sign in or out on every stack that got no copy of it (`reached` did)."""
        answer, stacks, by = exchange.answer, _stacks(client), exchange.answering
        if not isinstance(answer, Response):
            return
        request, signing = exchange.request, self._signing
        missed = {side: stacks.copies(side) for side in Side if side is not reached}
        stacks.take(by, answer.headers, signing.names)
        given = self._let_in(exchange)
        out = stacks.home and signing.lets_out(exchange.route, request, answer.status, answer.headers)
        begun = stacks.enter(by, given) if given else {}
        if out:
            for side in missed:
                stacks.keep(side, Held())
        if out or stacks.ended(by, answer.headers, signing.names[by]):
            stacks.leave()
        stacks.sessions[by].live.learn(signing.places.given(answer))
        for side, held in missed.items():
            if given:
                await self._sign_in(side, request, stacks, begun if side is by else held.newest)
            elif out and held.cookies:
                await signing.sign_out(self._ask, side, request, held)

    def bare(self, answer: Answer) -> Answer:
        """The answer without the session cookies, which the stacks are declared to have each their own of."""
        if not isinstance(answer, Response):
            return answer
        return replace(answer, headers=without_cookies(answer.headers, self._signing.all_names))

    async def _mirrored(self, exchange: Exchange, stacks: Stacks, copy: Request, answer: Response) -> Changed:
        """Take what the mirrored side gave."""
        serving, gone = exchange.serving, tuple[str, ...]()
        held, tokens = stacks.copies(serving.other), self._signing.places.given(answer)
        if stacks.returned is serving and tokens:
            stacks.returned = None
            if self._anew(answer, held):
                gone, held.tokens = tuple(stacks.sessions[serving].live.tokens), []
        before = frozenset(held.tokens)
        held.take(answer.headers, self._signing.names[serving.other])
        if self._let_in(exchange) and _welcomes(answer):
            # Another session: the tokens from before it are good no longer.
            held.tokens = []
        held.learn(tokens)
        if not _refused_alone(exchange, answer) or not await self._forgotten(exchange, stacks, copy, before):
            return Changed(gone)
        return Changed(gone, tuple(sorted(self._signing.names[serving.other])))

    async def _forgotten(self, exchange: Exchange, stacks: Stacks, copy: Request, before: frozenset[str]) -> bool:
        """True when the mirrored side refused a write because it does not know the session, in which it gave `before`.

        Then the token is not its own, or it shows another one now.
        """
        side = exchange.serving.other
        held = stacks.copies(side)
        if (stacks.home and not held.cookies) or any(token not in before for token in self._signing.tokens_in(copy)):
            return True
        if len(before) != 1:
            # Each page has another one, so that tells nothing.
            return False
        if before.issuperset(held.tokens):
            login = self._signing.is_login(exchange.route, copy.method)
            await self._signing.fetch_token(self._ask, side, copy, held, login=login)
        return not before.issuperset(held.tokens)

    def _let_in(self, exchange: Exchange) -> Cookies:
        """The session cookies of a login of the client's that succeeded; none otherwise."""
        answer, login = exchange.answer, exchange.request
        if not isinstance(answer, Response) or not self._signing.is_login(exchange.route, login.method):
            return {}
        given = self._signing.lets_in(exchange.answering, login, answer.status, answer.headers)
        return {} if asks_again(answer) else given

    def _anew(self, answer: Answer, held: Held) -> bool:
        """True when the answer shows that its stack has begun another session in place of the one in `held`."""
        tokens = self._signing.places.given(answer) if isinstance(answer, Response) else []
        return bool(tokens and held.tokens) and not any(token in held.tokens for token in tokens)

    async def _sign_in(self, side: Side, login: Request, stacks: Stacks, before: Cookies) -> None:
        found = await self._signing.sign_in(self._ask, side, login, before)
        if isinstance(found, Held):
            stacks.keep(side, found)
            stacks.failed.discard(side)
        else:
            stacks.failed.add(side)
            _log.warning("twin.copy_failed", side=str(side), reason=found.reason)

    async def _ask(self, side: Side, request: Request) -> Answer:
        try:
            return (await self._sender.send(side, request)).answer
        except GivenUp:
            # The copy itself was sent: this must not make the mirror send it again.
            return Unanswered("given up")


def _refused_alone(exchange: Exchange, mirrored: Response) -> bool:
    served = exchange.answer
    accepted = isinstance(served, Response) and served.status < 400
    return accepted and not exchange.request.safe and mirrored.status in _REFUSED


def _welcomes(answer: Answer) -> bool:
    """True for an answer to a login that may have succeeded."""
    return isinstance(answer, Response) and answer.status < 400 and not asks_again(answer)


def _stacks(client: Client) -> Stacks:
    if client.stacks is None:
        client.stacks = Stacks()
    return client.stacks
