"""Visits: what the proxy does with the requests of clients that sign in, are signed in on both stacks, or sign out.

Only a request that goes to the stack on which its client did not sign in is changed: it gets the cookies of the twin,
and what that stack sets is kept from the client. A CSRF token goes to the stack that made it, or is replaced, if it is
one that the other stack gave this very client; any other token stays what it is, as good or forged as it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog

from shadow import clock
from shadow.config import Config
from shadow.exchange import Answer, Body, Request, Response
from shadow.headers import HeaderList
from shadow.http.fetch import fetch
from shadow.http.pool import UpstreamPool
from shadow.mirror.cookies import request_cookies
from shadow.mirror.sender import copy_headers
from shadow.routes import Route
from shadow.tasks import spawn
from shadow.twin.held import Cookies, Held, with_cookies, without_cookies
from shadow.twin.register import Register
from shadow.twin.signing import Ask, Failed, Signing, asks_again
from shadow.twin.twin import Twin
from shadow.words import Side

_log = structlog.get_logger("shadow.twin")
# So many logins on the other stack at once: a stack that hangs must not gather the forms of all who come.
_AT_ONCE = 64


class TwinSessions:
    """Implements `shadow.proxy.sessions.Sessions`."""

    def __init__(self, config: Config, register: Register, ask: Ask) -> None:
        self.signing = Signing(config)
        self.register = register
        self.ask = ask
        self.timeout = config.twin.timeout
        self._under_way = 0

    async def visit(self, request: Request, route: Route, serving: Side) -> TwinVisit | None:
        """None for a request of nobody who is, or may become, signed in."""
        cookies = self._cookies(request)
        twin = self.register.find(cookies) if cookies else None
        if twin is None and not self.signing.is_login(route.name, request.method):
            return None
        if twin is not None and twin.ended is not None and twin.pending and serving is not twin.home:
            await _bounded(twin.ended, self.timeout)
        return TwinVisit(self, request, route, cookies, twin)

    def begin(self, twin: Twin, login: Request, before: Cookies) -> None:
        """Start the client's login on the other stack, where it had these cookies; the client does not wait for it."""
        if self._under_way < _AT_ONCE and not login.body.truncated:
            spawn(self._sign_in(twin, login, before), name=f"twin login {twin.id}")
        else:
            self._ended(twin, Failed("too large" if login.body.truncated else "too many at once"))

    async def sign_out(self, twin: Twin, side: Side, logout: Request) -> Answer | None:
        """Do the client's logout on this stack too; None when it takes too long."""
        try:
            async with asyncio.timeout(self.timeout):
                if twin.ended is not None:
                    await twin.ended.wait()
                return None if twin.failed else await self.signing.sign_out(self.ask, side, logout, twin.held[side])
        except TimeoutError:
            return None

    async def _sign_in(self, twin: Twin, login: Request, before: Cookies) -> None:
        found: Held | Failed = Failed("error")
        self._under_way += 1
        try:
            async with asyncio.timeout(self.timeout):
                found = await self.signing.sign_in(self.ask, twin.home.other, login, before)
        except TimeoutError:
            found = Failed("timeout")
        finally:
            self._under_way -= 1
            self._ended(twin, found)

    def _ended(self, twin: Twin, found: Held | Failed) -> None:
        if isinstance(found, Held):
            twin.held[twin.home.other] = found
            self.register.counts["made"] += 1
            _log.info("twin.made", twin=twin.id, home=str(twin.home))
        else:
            twin.failed = True
            self.register.counts["failed"] += 1
            _log.warning("twin.failed", twin=twin.id, home=str(twin.home), reason=found.reason)
        if twin.ended is not None:
            twin.ended.set()
        self.register.touched(twin)

    def _cookies(self, request: Request) -> Cookies:
        """The session cookies; of two with one name the first is meant (RFC 6265 5.4)."""
        found = reversed(request_cookies(request))
        return {name: value for name, value in found if name in self.signing.all_names}


class TwinVisit:
    """Implements `shadow.proxy.sessions.Visit`; `twin` is None until a client that was unknown has signed in."""

    def __init__(
        self, sessions: TwinSessions, request: Request, route: Route, cookies: Cookies, twin: Twin | None
    ) -> None:
        self._sessions = sessions
        self._signing = sessions.signing
        self._register = sessions.register
        self._request = request
        self._route = route.name
        self._cookies = cookies
        self._twin = twin
        self._side = Side.PRIMARY
        self._login = self._signing.is_login(route.name, request.method)
        self._signed_in = False
        self._before: Cookies = {}

    @property
    def alone(self) -> bool:
        """True when the serving side knows nothing of the session that the client has on the other one."""
        twin = self._twin
        return twin is not None and self._side is not twin.home and (twin.failed or twin.pending)

    def reads_body(self, side: Side) -> bool:
        """True when a token of the other stack may be in the body, or the whole form is needed on the other stack."""
        twin = self._twin
        swaps = twin is not None and bool(twin.held[side.other].tokens)
        return self._signing.is_logout(self._route) or (swaps and self._signing.places.in_body(self._request.headers))

    async def outgoing(self, side: Side, headers: HeaderList, beginning: bytes) -> tuple[HeaderList, bytes]:
        """Fields and beginning of the body as this side must get them."""
        self._side = side
        self._request = replace(self._request, body=Body.of(beginning))
        twin = self._twin
        if twin is None or self.alone:
            return headers, beginning
        if side is not twin.home:
            headers = with_cookies(headers, twin.held[side].newest, without=self._signing.all_names)
        return await self._with_token(twin, side, headers, beginning)

    async def answered(self, side: Side, status: int, headers: HeaderList) -> HeaderList:
        """The fields of the answer as the client gets them."""
        self._side = side
        if self._login and (given := self._signing.lets_in(side, self._request.target, status, headers)):
            self._begin(side, given, headers)
            return headers
        twin = self._twin
        if twin is None:
            return headers
        if self._signing.lets_out(self._route, self._request, status, headers):
            return await self._end(twin, side, headers)
        return self._follow(twin, side, headers)

    def finished(self, request: Request, answer: Answer | None) -> None:
        """Learn the tokens of the answer; after a login, sign in on the other stack as well."""
        twin = self._twin
        if twin is None:
            return
        whole = answer if isinstance(answer, Response) else None
        if self._signed_in and (whole is None or asks_again(whole)):
            twin.failed = True
            if twin.ended is not None:
                twin.ended.set()
            self._register.forget(twin, "no login")
            return
        held = twin.held[self._side]
        if whole and not self.alone and (tokens := self._signing.places.given(whole)):
            news = any(token not in held.tokens for token in tokens)
            held.learn(tokens)
            if news:
                self._register.touched(twin)
        if self._signed_in:
            self._sessions.begin(twin, request, self._before)

    def _begin(self, side: Side, given: list[tuple[str, str]], headers: HeaderList) -> None:
        """The client has signed in: whoever brings these cookies from now on waits for the twin."""
        names, theirs = self._signing.names[side], self._signing.names[side.other]
        self._before = {name: value for name, value in self._cookies.items() if name in theirs - names}
        if self._twin is not None:
            self._before = self._before or self._twin.held[side.other].newest
            self._register.forget(self._twin, "replaced")
        own = Held({name: [value] for name, value in self._cookies.items() if name in names})
        own.take(headers, names)
        own.page = self._signing.landing(self._request.target, headers)
        held = {side: own, side.other: Held()}
        identity = tuple(name for name, _ in given)
        self._twin = Twin(clock.new_id(), side, identity, held, clock.now(), ended=asyncio.Event())
        self._signed_in = True
        self._register.add(self._twin)

    async def _end(self, twin: Twin, side: Side, headers: HeaderList) -> HeaderList:
        """The client has signed out here: sign it out on the other stack, and let its cookies be taken."""
        self._register.forget(twin, "signed out")
        self._twin = None
        logout = self._request
        if side is twin.home:
            spawn(self._sessions.sign_out(twin, side.other, logout), name=f"twin logout {twin.id}")
            return headers
        answer = await self._sessions.sign_out(twin, twin.home, logout)
        taken = _taken(answer, self._signing.names[twin.home]) or [
            f"{name}=; Path=/; Max-Age=0".encode("latin-1") for name in twin.held[twin.home].cookies
        ]
        kept = without_cookies(headers, self._signing.names[side])
        return HeaderList.of([*kept, *((b"Set-Cookie", line) for line in taken)])

    def _follow(self, twin: Twin, side: Side, headers: HeaderList) -> HeaderList:
        """Take the session cookies that an answer sets; the client gets those of its home only."""
        names = self._signing.names[side]
        if self.alone:
            # Under one name, the stranger's cookie would sign the client out at home.
            return without_cookies(headers, names & self._signing.names[twin.home])
        changed = twin.held[side].take(headers, names)
        if side is twin.home and twin.signed_out:
            self._register.forget(twin, "ended")
        elif changed:
            self._register.touched(twin)
        return headers if side is twin.home else without_cookies(headers, names)

    async def _with_token(
        self, twin: Twin, side: Side, headers: HeaderList, beginning: bytes
    ) -> tuple[HeaderList, bytes]:
        """The tokens that the other stack gave this client, replaced by the one of this stack."""
        own, other, like = twin.held[side], twin.held[side.other], self._request
        if not other.tokens:
            return headers, beginning
        request = replace(like, headers=headers)
        try:
            async with asyncio.timeout(self._sessions.timeout):
                ask = self._sessions.ask
                request = await self._signing.with_token(ask, side, request, own, other.tokens, like=like)
        except TimeoutError:
            return headers, beginning
        data = request.body.data
        return _resized(request.headers, len(data) - len(beginning)), data


def asking(pools: Mapping[Side, UpstreamPool], *, timeout: float, limit: int, trusted_hops: int) -> Ask:
    """Requests of the harness's own to the stacks, marked as copies are."""

    async def ask(side: Side, request: Request) -> Answer:
        headers = copy_headers(request, trusted_hops)
        data = request.body.data
        return await fetch(pools[side], request.method, request.target, headers, data, timeout=timeout, limit=limit)

    return ask


async def _bounded(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _taken(answer: Answer | None, names: frozenset[str]) -> list[bytes]:
    """The Set-Cookie lines of these names, from a logout that succeeded."""
    if not isinstance(answer, Response) or answer.status >= 400:
        return []
    lines = answer.headers.get_all(b"set-cookie")
    return [line for line in lines if line.partition(b"=")[0].strip().decode("latin-1") in names]


def _resized(headers: HeaderList, by: int) -> HeaderList:
    length = headers.get(b"content-length")
    if not by or length is None:
        return headers
    return headers.replacing(b"Content-Length", b"%d" % (int(length) + by))
