"""TwinSessions: what the proxy asks for each request, and the logins and logouts that it does on the other stack."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from shadow.config import Config
from shadow.exchange import Answer, Request
from shadow.http.cookies import request_cookies
from shadow.http.copies import copy_headers
from shadow.http.fetch import fetch
from shadow.http.pool import UpstreamPool
from shadow.routes import Route
from shadow.tasks import spawn
from shadow.twin.held import LONGEST_COOKIE, Cookies, Held
from shadow.twin.register import Register
from shadow.twin.signing import Ask, Failed, Signing
from shadow.twin.twin import Twin
from shadow.twin.visits import TwinVisit
from shadow.words import Side

_log = structlog.get_logger("shadow.twin")
# So many logins on the other stack at once: a stack that hangs must not gather the forms of all who come.
AT_ONCE = 64


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
        if twin is not None and serving is not twin.home:
            await twin.settled(self.timeout)
        return TwinVisit(self, request, route, cookies, twin)

    def begin(self, twin: Twin, login: Request, before: Cookies) -> None:
        """Start the client's login on the other stack, where it had these cookies; the client does not wait for it."""
        if self._under_way < AT_ONCE and not login.body.truncated:
            self._under_way += 1
            spawn(self._sign_in(twin, login, before), name=f"twin login {twin.id}")
        else:
            self._ended(twin, Failed("too large" if login.body.truncated else "too many at once"))

    async def sign_out(self, twin: Twin, side: Side, logout: Request) -> Answer | None:
        """Do the client's logout on this stack too; None where it has no session, or when it takes too long."""
        await twin.settled(self.timeout)
        if twin.failed and side is not twin.home:
            return None
        try:
            async with asyncio.timeout(self.timeout):
                return await self.signing.sign_out(self.ask, side, logout, twin.held[side])
        except TimeoutError:
            return None

    async def _sign_in(self, twin: Twin, login: Request, before: Cookies) -> None:
        found: Held | Failed = Failed("error")
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
            _log.info("twin.made", twin=twin.id, home=str(twin.home))
        else:
            _log.warning("twin.failed", twin=twin.id, home=str(twin.home), reason=found.reason)
        failed = isinstance(found, Failed)
        self.register.counts["failed" if failed else "made"] += 1
        twin.settle(failed=failed)
        self.register.touched(twin)

    def _cookies(self, request: Request) -> Cookies:
        """The session cookies; of two with one name the first is meant (RFC 6265 5.4), none being longer than usual."""
        names, found = self.signing.all_names, reversed(request_cookies(request))
        return {name: value for name, value in found if name in names and len(value) <= LONGEST_COOKIE}


def asking(pools: Mapping[Side, UpstreamPool], *, timeout: float, limit: int, trusted_hops: int) -> Ask:
    """Requests of the harness's own to the stacks, marked as copies are."""

    async def ask(side: Side, request: Request) -> Answer:
        headers = copy_headers(request, trusted_hops)
        data = request.body.data
        return await fetch(pools[side], request.method, request.target, headers, data, timeout=timeout, limit=limit)

    return ask
