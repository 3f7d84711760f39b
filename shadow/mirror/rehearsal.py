"""Rehearsal: both answers anew. A recorded request goes to one fresh side and, as that side served it, to another.

Two renamings, one after the other: from the recording to the first side, learned from the recorded answers, and from
the first side to the second, learned from the pairs that are judged. What the two answer is compared with one
another, so the recorded answers need be neither right nor there.
"""

from __future__ import annotations

from dataclasses import replace

from shadow import clock
from shadow.compare.comparer import Comparer, Pair
from shadow.compare.renaming import Numbers
from shadow.compare.series import resource_of
from shadow.compare.shared import compare_settled
from shadow.config import Config
from shadow.exchange import Exchange
from shadow.judgement import Judgement
from shadow.mirror import policy
from shadow.mirror.aliases import AliasBook
from shadow.mirror.copying import Copied, Copy, Keep, send_copy
from shadow.mirror.jars import Client
from shadow.mirror.judge import Judge
from shadow.mirror.sender import Sender
from shadow.mirror.series import Named, SeriesBook
from shadow.routes import REST
from shadow.words import Outcome, Side


class Rehearsal:
    """The work of a replay against two sides; `book` is that of the judge."""

    def __init__(
        self,
        config: Config,
        *,
        sender: Sender,
        judge: Judge,
        book: AliasBook,
        comparer: Comparer,
        keep: Keep | None = None,
    ) -> None:
        self._config = config
        self._sender = sender
        self._judge = judge
        self._book = book
        self._comparer = comparer
        self._keep = keep
        self._recorded = AliasBook()
        self._series = SeriesBook(self._recorded)
        self._clients: dict[str, Client] = {}

    async def judged(self, copy: Copy) -> Judgement:
        """Have the request served by the first side, then by the second."""
        exchange = copy.exchange
        if reason := policy.unfit_reason(exchange.request, self._config.routes.get(exchange.route) or REST):
            copy.client.answered(exchange.answer, None, read=exchange.request.safe)
            return self._judge.left_out(exchange, Outcome.SKIPPED, reason)
        served = await self._served(exchange, copy.client)
        client = self._clients.setdefault(copy.client.id, Client(copy.client.id, sessions=copy.client.sessions))
        cookies = client.cookies_for(served.request)
        copied = await send_copy(self._sender, Side.CANDIDATE, served, client, cookies, self._book)
        self._judge.came(clock.now() - served.started_at)
        if self._keep:
            self._keep(served, client, copied)
        judgement = self._judge.pair(served, client, copied.mirrored, lost=cookies.lost)
        if copied.lost:
            self._judge.taint(f"write {exchange.id} got no answer ({copied.lost})")
        return judgement

    def lost(self, why: str) -> None:
        """Neither side gets what the recording misses, so both stay alike."""

    async def _served(self, exchange: Exchange, client: Client) -> Exchange:
        """The exchange as the first side served it now."""
        cookies = client.cookies_for(exchange.request)
        started_at, began = clock.now(), clock.monotonic()
        copied = await send_copy(self._sender, Side.PRIMARY, exchange, client, cookies, self._recorded)
        self._learn(exchange, client, copied)
        ended = clock.monotonic()
        return replace(
            exchange,
            request=copied.request,
            answer=copied.sent.answer,
            started_at=started_at,
            began=began,
            ended=ended,
            first_byte=ended - began,
            overlaps=False,
        )

    def _learn(self, exchange: Exchange, client: Client, copied: Copied) -> None:
        """Take the names that the first side gave to what the recording names; differences are of no interest."""
        comparison = compare_settled(
            self._comparer.compare,
            Pair(
                route=exchange.route,
                method=exchange.request.method,
                scope=client.id,
                primary=exchange.answer,
                candidate=copied.sent.answer,
                at=exchange.started_at,
                resource=resource_of(exchange.request.path.decode("latin-1")),
                numbers=Numbers.NEW,
                counted=self._series.counted,
            ),
            self._recorded.view(Side.PRIMARY),
        )
        for alias in comparison.aliases:
            self._recorded.learn(alias, Side.PRIMARY)
        found = [Named(one.series, int(one.primary), int(one.candidate)) for one in comparison.numbers]
        self._series.weigh(found, exchange.request, exchange=exchange.id, route=exchange.route)
