"""The mirror over an application in this process: all of its parts but the sockets and the store, on a frozen clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from shadow import clock
from shadow.compare import Comparer
from shadow.config import Config, Upstream
from shadow.exchange import Exchange, Request
from shadow.http.copies import copy_headers
from shadow.judgement import Judgement
from shadow.mirror.aliases import AliasBook
from shadow.mirror.copying import Copy, Copying
from shadow.mirror.jars import Clients
from shadow.mirror.judge import Judge
from shadow.mirror.order import Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.sender import Sender, Sent
from shadow.recording.seal import Sealer
from shadow.routes import RouteTable
from shadow.words import Side
from tests.support.subjects.source import Source
from tests.support.subjects.wire import Serve

_NOWHERE = Upstream(live="http://127.0.0.1:9", shadow="http://127.0.0.1:9")


class InProcess(Sender):
    """Sends a copy, with the fields that it has on the wire, to an application that is called and not connected to."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve

    async def send(self, side: Side, request: Request, *, unavailable: bool = False) -> Sent:
        fields = copy_headers(request, 0)
        sent = Request(request.method, request.target, fields, request.body, request.scheme, request.peer)
        return Sent(self._serve(sent), 0.01)


def mirrored(
    exchanges: Sequence[Exchange], serve: Serve, source: Source, *, routes: RouteTable, client_key: tuple[str, ...]
) -> list[Judgement]:
    """The judgement of each exchange; its copy goes to `serve` in order, a little later than its original."""
    config = Config(Path("shadow.toml"), primary=_NOWHERE, candidate=_NOWHERE, routes=routes)
    comparer, book, overlaps = Comparer((), today=date(2026, 11, 12)), AliasBook(), Overlaps()
    with TemporaryDirectory() as folder:
        sealer = Sealer.load(Path(folder) / "key", create=True)
    judge = Judge(config, comparer, book, sealer)
    copying = Copying(
        config, sender=InProcess(serve), judge=judge, book=book, overlaps=overlaps, owners=Owners(config, {})
    )
    clients = Clients(client_key)

    async def run() -> list[Judgement]:
        found = []
        for exchange in exchanges:
            source.now = exchange.started_at + 0.2 + exchange.sequence % 7 * 0.4
            found.append(await copying.judged(Copy(exchange, clients.of(exchange), turn=False)))
        return found

    with patch.object(clock, "now", lambda: source.now):
        return asyncio.run(run())
