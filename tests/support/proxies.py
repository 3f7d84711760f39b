"""A whole proxy on a real port between scripted upstreams, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import uvloop

from shadow.config import Config, Proxy, Recording, Twin, Upstream
from shadow.direction import Direction
from shadow.exchange import Exchange
from shadow.http.pool import UpstreamPool
from shadow.proxy.client_key import ClientKeys
from shadow.proxy.endpoint import Endpoint
from shadow.proxy.server import endpoint_server
from shadow.recording.seal import Sealer
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.twin.register import Register
from shadow.twin.sessions import TwinSessions, asking
from shadow.twin.sharing import Sharing
from shadow.words import Side
from tests.support.upstreams import PATIENCE, Wire


class FakeSwitch:
    """A stage map in a dict, with holds that a test releases."""

    def __init__(self) -> None:
        self.directions: dict[str, Direction] = {}
        self.in_flight: Counter[str] = Counter()
        self.waiting = threading.Event()
        self.release: asyncio.Event | None = None

    def direction(self, route: Route) -> Direction:
        return self.directions.get(route.name, Direction())

    async def released(self, route: Route) -> Direction:
        self.release = asyncio.Event()
        self.waiting.set()
        await self.release.wait()
        return replace(self.direction(route), held=False)

    def enter(self, unit: str) -> None:
        self.in_flight[unit] += 1

    def leave(self, unit: str) -> None:
        self.in_flight[unit] -= 1


class RunningProxy:
    """The proxy under test; `exchanges` are those it appended, `refuse` sheds them, `switch` is its stage map.

    With a `twin` section clients have sessions on both stacks; processes that share a `store` share these.
    """

    def __init__(
        self,
        primary: str,
        candidate: str = "http://127.0.0.1:9",
        *,
        routes: Iterable[Route] = (),
        hooks: Iterable[tuple[str, str]] = (),
        capture: int = 1 << 20,
        twin: Twin | None = None,
        store: str = "",
        **limits: Any,
    ) -> None:
        self.switch = FakeSwitch()
        self.exchanges: list[Exchange] = []
        self.refuse = False
        self.config = Config(
            source=Path("shadow.toml"),
            primary=Upstream(live=primary),
            candidate=Upstream(live=candidate),
            proxy=Proxy(**{"timeout": 10.0, "connect_timeout": 2.0, **limits}),
            recording=Recording(capture=capture),
            routes=RouteTable(routes),
            **({"sessions": "twin", "twin": twin} if twin else {}),
        )
        self._store = store
        self.register = Register(limit=self.config.twin.limit, idle=self.config.twin.idle)
        self._hooks = frozenset(hooks)
        self._appended = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._started = threading.Event()

    def __enter__(self) -> RunningProxy:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._thread.start()
        assert self._started.wait(PATIENCE)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def client(self) -> Wire:
        """A connection of a client."""
        return Wire(socket.create_connection(("127.0.0.1", self.port)))

    def ask(self, request: bytes, *, bodiless: bool = False) -> Any:
        """The answer to one request on a connection of its own."""
        client = self.client()
        try:
            client.send(request)
            return client.message(bodiless=bodiless)
        finally:
            client.sock.close()

    def exchange(self, number: int = 0) -> Exchange:
        """The exchange of this number, once it is there."""
        with self._appended:
            assert self._appended.wait_for(lambda: len(self.exchanges) > number, PATIENCE)
        return self.exchanges[number]

    def call(self, function: Any) -> None:
        """Call something in the proxy's own thread."""
        self._loop.call_soon_threadsafe(function)

    def _append(self, exchange: Exchange) -> bool:
        with self._appended:
            self.exchanges.append(exchange)
            self._appended.notify_all()
        return not self.refuse

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        proxy = self.config.proxy
        pools = {
            side: UpstreamPool(
                self.config.upstream(side).live,
                connect_timeout=proxy.connect_timeout,
                timeout=proxy.timeout,
                connections=proxy.connections,
            )
            for side in Side
        }
        self.endpoint = Endpoint(
            routes=self.config.routes,
            switch=self.switch,
            upstreams=pools,
            append=self._append,
            client_keys=ClientKeys(proxy.client_key, b"salt"),
            config=self.config,
            writer="w1",
            hooks=self._hooks,
            sessions=self._sessions(pools),
        )
        self.server = endpoint_server(self.endpoint, grace=2)
        sharing = self._sharing()
        if sharing:
            await sharing.start()
        self._started.set()
        try:
            await self.server.serve(sockets=[self._listening])
        finally:
            if sharing:
                await sharing.close()
            for pool in pools.values():
                await pool.close()

    def _sessions(self, pools: dict[Side, UpstreamPool]) -> TwinSessions | None:
        if not self.config.twins:
            return None
        ask = asking(pools, timeout=self.config.twin.timeout, limit=1 << 20, trusted_hops=0)
        return TwinSessions(self.config, self.register, ask)

    def _sharing(self) -> Sharing | None:
        if not self._store:
            return None
        sealer = Sealer.load(Path(self._store).with_suffix(".key"), (), create=True)
        url = f"sqlite:///{self._store}"
        return Sharing(lambda: open_store(url), sealer, self.register, idle=self.config.twin.idle)
