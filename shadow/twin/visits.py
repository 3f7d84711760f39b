"""Visits: what the proxy does with the requests of clients that sign in, are signed in on both stacks, or sign out.

Only a request that goes to the stack on which its client did not sign in is changed: it gets the cookies of the twin,
and what that stack sets is kept from the client. A CSRF token goes to the stack that made it, or is replaced, if it is
one that the other stack gave this very client; any other token stays what it is, as good or forged as it came.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from shadow import clock
from shadow.exchange import Answer, Body, Request, Response
from shadow.headers import HeaderList
from shadow.routes import Route
from shadow.tasks import spawn
from shadow.twin.held import Cookies, Held, deletion, with_cookies, without_cookies
from shadow.twin.register import Register
from shadow.twin.signing import Ask, Signing, asks_again
from shadow.twin.twin import Twin
from shadow.words import Side


class Sessions(Protocol):
    """`TwinSessions`, as its visits see it."""

    signing: Signing
    register: Register
    ask: Ask
    timeout: float

    def begin(self, twin: Twin, login: Request, before: Cookies) -> None: ...
    async def sign_out(self, twin: Twin, side: Side, logout: Request) -> Answer | None: ...


class TwinVisit:
    """Implements `shadow.proxy.sessions.Visit`; `twin` is None until a client that was unknown has signed in."""

    def __init__(self, sessions: Sessions, request: Request, route: Route, cookies: Cookies, twin: Twin | None) -> None:
        self._sessions = sessions
        self._signing = sessions.signing
        self._register = sessions.register
        self._request = request
        self._route = route.name
        self._cookies = cookies
        self._twin = twin
        self._side = Side.PRIMARY
        # Where the request went, or would have gone, without a session.
        self._strange: set[Side] = set()
        self._login = self._signing.is_login(route.name, request.method)
        self._signed_in = False
        self._before: Cookies = {}

    @property
    def alone(self) -> bool:
        """True when the serving side knows nothing of the session that the client has on the other one."""
        return self._side in self._strange

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
        if twin is not None and side is not twin.home and (twin.failed or twin.pending):
            self._strange.add(side)
        if twin is None or self.alone:
            return headers, beginning
        if side is not twin.home:
            headers = with_cookies(headers, twin.held[side].newest, without=self._signing.all_names)
        return await self._with_token(twin, side, headers, beginning)

    async def answered(self, side: Side, status: int, headers: HeaderList) -> HeaderList:
        """The fields of the answer as the client gets them."""
        self._side = side
        if self._login and (given := self._signing.lets_in(side, self._request, status, headers)):
            former = self._twin
            self._begin(side, given, headers)
            return headers if former is None else self._without(former, side, status, headers)
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
            twin.settle(failed=True)
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

    def _begin(self, side: Side, given: Cookies, headers: HeaderList) -> None:
        """The client has signed in: whoever brings these cookies from now on waits for the twin."""
        names, theirs = self._signing.names[side], self._signing.names[side.other]
        self._before = {name: value for name, value in self._cookies.items() if name in theirs - names}
        if self._twin is not None:
            self._before = self._before or self._twin.held[side.other].newest
            self._register.forget(self._twin, "replaced")
        # Not what the login has replaced: that was good before it, for whoever knows it.
        own = Held({name: [value] for name, value in self._cookies.items() if name in names - given.keys()})
        own.take(headers, names)
        held = {side: own, side.other: Held()}
        self._twin = Twin(clock.new_id(), side, tuple(given), held, clock.now())
        self._signed_in = True
        self._strange.clear()
        self._register.add(self._twin)

    def _without(self, former: Twin, side: Side, status: int, headers: HeaderList) -> HeaderList:
        """The fields of a login's answer that takes what an earlier login gave the client on the other stack.

        It would be good still when the client has signed out. A page may turn out to ask for the password again.
        """
        if former.home is side or (status < 300 and "html" in headers.text("content-type").lower()):
            return headers
        taken = (deletion(name) for name in former.identity if name not in self._signing.names[side])
        return HeaderList.of([*headers, *((b"Set-Cookie", line) for line in taken)])

    async def _end(self, twin: Twin, side: Side, headers: HeaderList) -> HeaderList:
        """The client has signed out here: sign it out on the other stack, and let its cookies be taken."""
        self._register.forget(twin, "signed out")
        self._twin = None
        logout = self._request
        if side is twin.home:
            spawn(self._sessions.sign_out(twin, side.other, logout), name=f"twin logout {twin.id}")
            return headers
        answer = await self._sessions.sign_out(twin, twin.home, logout)
        taken = _taken(answer, self._signing.names[twin.home]) or map(deletion, twin.held[twin.home].cookies)
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
        request, before = replace(like, headers=headers), own.newest
        try:
            async with asyncio.timeout(self._sessions.timeout):
                ask = self._sessions.ask
                request = await self._signing.with_token(ask, side, request, own, other.tokens, like=like)
        except TimeoutError:
            return headers, beginning
        data, sent = request.body.data, request.headers
        if side is twin.home and own.newest != before:
            # The page with the token has given the client another cookie: its own may be good no longer.
            sent = with_cookies(sent, own.newest, without=self._signing.names[side])
        return _resized(sent, len(data) - len(beginning)), data


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
