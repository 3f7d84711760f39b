"""Run an ASGI application on a bound socket until SIGTERM or SIGINT, without a trace of the server in its answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop

from shadow.proxy.client_connection import ClientConnection
from shadow.proxy.endpoint import Endpoint

# Seconds that requests in flight get to finish after SIGTERM.
GRACE = 10
# Seconds that a client's connection may lie idle; longer than the usual clients keep theirs.
_KEEP_ALIVE = 75
_BACKLOG = 2048


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve_endpoint(endpoint: Endpoint, listening: socket.socket, *, grace: int = GRACE) -> None:
    """Serve clients until SIGTERM; requests in flight get `grace` seconds to finish."""
    await endpoint_server(endpoint, grace=grace).serve(sockets=[listening])


async def serve_asgi(app: Any, listening: socket.socket, *, grace: int = GRACE) -> None:
    """Serve any other ASGI application in the same manner."""
    await Server(_config(app, grace, http="httptools", ws="auto", lifespan="auto")).serve(sockets=[listening])


def endpoint_server(endpoint: Endpoint, *, grace: int = GRACE) -> Server:
    """The server of an endpoint, which speaks the proxy's own protocol; `should_exit` stops it."""
    return Server(_config(endpoint, grace, http=ClientConnection, ws="none", lifespan="off"))


class Server(uvicorn.Server):
    """uvicorn's, less that it sends itself the signal again at the end: the caller still has things to close."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def _config(app: Any, grace: int, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        interface="asgi3",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=grace,
        **options,
    )
