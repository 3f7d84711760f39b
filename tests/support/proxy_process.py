"""The proxy in a process of its own, for what can only be seen from outside: memory and signals.

    python -m tests.support.proxy_process PRIMARY_URL

Prints its port, serves until SIGTERM, and prints how many exchanges it appended.
"""

from __future__ import annotations

import socket
import sys
from collections import Counter
from pathlib import Path

from shadow.config import Config, Upstream
from shadow.exchange import Exchange
from shadow.http.pool import UpstreamPool
from shadow.proxy.client_key import ClientKeys
from shadow.proxy.endpoint import Endpoint
from shadow.proxy.server import run, serve_endpoint
from shadow.routes import RouteTable
from shadow.words import Side
from tests.support.proxies import FakeSwitch


async def main(url: str) -> None:
    appended: Counter[str] = Counter()

    def append(exchange: Exchange) -> bool:
        appended[type(exchange.answer).__name__] += 1
        return True

    config = Config(source=Path("shadow.toml"), primary=Upstream(live=url), candidate=Upstream(live=url))
    pools = {side: UpstreamPool(url, connect_timeout=2, timeout=20, connections=64) for side in Side}
    endpoint = Endpoint(
        routes=RouteTable(),
        switch=FakeSwitch(),
        upstreams=pools,
        append=append,
        client_keys=ClientKeys(config.proxy.client_key, b"salt"),
        config=config,
        writer="w1",
        hooks=frozenset(),
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        await serve_endpoint(endpoint, listening, grace=2)
    for pool in pools.values():
        await pool.close()
    print(dict(appended), flush=True)


if __name__ == "__main__":
    run(main(sys.argv[1]))
