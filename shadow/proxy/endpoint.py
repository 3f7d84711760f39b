"""Endpoint: the ASGI callable of the hot path.

Matches the route, asks the switch where it goes, forwards, and hands the finished exchange to the recording. Nothing
else happens here: no file, no store, no mirror, no waiting for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shadow.config import Config
from shadow.direction import Switch
from shadow.exchange import Exchange
from shadow.headers import HeaderList
from shadow.http.hops import end_to_end, forwarded
from shadow.http.pool import UpstreamPool
from shadow.proxy.breaker import Breaker
from shadow.proxy.canary import Clients
from shadow.proxy.capture import Capture, CaptureBudget
from shadow.proxy.client_key import ClientKeys
from shadow.proxy.errors import own_answer
from shadow.proxy.forward import ClientBody, send_own
from shadow.proxy.passage import Parts, Passage, Writes
from shadow.proxy.sessions import Sessions
from shadow.proxy.turn import Receive, Scope, Send
from shadow.proxy.websocket import pass_through
from shadow.routes import RouteTable
from shadow.words import Side


class Endpoint:
    """Serves every client request from the side that its route's stage names.

    `append` gets each finished exchange and decides itself what is shed. `hooks` are the (method, path) of handover
    hooks: their paths are answered 404, whatever the method, and never forwarded. `skipped_upgrades` counts the
    connections that were passed through without being recorded. `sessions` keeps clients signed in on two stacks that
    do not share cookies.
    """

    def __init__(
        self,
        *,
        routes: RouteTable,
        switch: Switch,
        upstreams: Mapping[Side, UpstreamPool],
        append: Callable[[Exchange], bool],
        client_keys: ClientKeys,
        config: Config,
        writer: str,
        hooks: frozenset[tuple[str, str]],
        sessions: Sessions | None = None,
    ) -> None:
        self.skipped_upgrades = 0
        self._routes = routes
        self._trusted_hops = config.proxy.trusted_hops
        self._closed = frozenset(path for _, path in hooks)
        budget = CaptureBudget(config.recording.queue)
        clients = Clients(client_keys.reading(config.canary.client_key) if config.canary.client_key else client_keys)
        limit = config.recording.capture
        self._parts = Parts(
            switch, upstreams, append, client_keys, writer, limit, budget, Writes(), clients, Breaker(), sessions
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = end_to_end(scope["headers"])
        # Compared as an application reads it, so that no spelling of the path gets around it.
        if scope["path"] in self._closed:
            await send_own(own_answer(404, headers), send)
            return
        host = headers.get(b"host") or b""
        outgoing = forwarded(headers, scope["client"][0], scope["scheme"], host, self._trusted_hops)
        route = self._routes.match(scope["method"], scope["raw_path"])
        passage = Passage(self._parts, scope, route, headers)
        direction = self._parts.switch.direction(route)
        if direction.held:
            direction = await self._parts.switch.released(route)
        if scope["tunnel"]:
            await self._upgrade(passage, passage.side_of(direction), scope, outgoing, receive, send)
            return
        # No await since the direction was read: a handover must count every request that it did not hold.
        passage.enter(direction)
        await passage.run(outgoing, receive, send)

    async def _upgrade(
        self, passage: Passage, side: Side, scope: Scope, headers: HeaderList, receive: Receive, send: Send
    ) -> None:
        self.skipped_upgrades += 1
        parts = self._parts
        visit = await passage.visit(parts.sessions, side) if parts.sessions else None
        if visit:
            headers, _ = await visit.outgoing(side, headers, b"")

        async def given(status: int, fields: HeaderList) -> HeaderList:
            return await visit.answered(side, status, fields) if visit else fields

        body = ClientBody(receive, b"", Capture(0, parts.budget))
        await pass_through(parts.upstreams[side], scope, headers, body, send, given)
