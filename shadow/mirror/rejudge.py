"""Rejudge: compare the pairs that are kept in a recording under the present rules; nothing is sent.

The mirror's clients, jars and AliasBook are built up anew on the way, so the result is what the mirror would have said
with these rules.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice

from shadow.clock import new_id
from shadow.compare.comparer import Comparer
from shadow.config import Config
from shadow.exchange import Exchange, Response, Unanswered
from shadow.http.cookies import request_cookies
from shadow.judgement import Judgement
from shadow.mirror import policy
from shadow.mirror.copying import no_answer
from shadow.mirror.jars import Client
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.memory import Memory
from shadow.mirror.order import Overlaps
from shadow.recording.copies import Copies
from shadow.recording.format import Record, Shed
from shadow.recording.reader import Scan
from shadow.recording.seal import Sealer
from shadow.store.base import Store
from shadow.store.learned import known
from shadow.words import Outcome

_BATCH = 256


class Rejudging:
    """One pass over a recording and its copies; `done` counts the exchanges that have their outcome."""

    def __init__(
        self,
        config: Config,
        store: Store,
        scanned: Scan,
        copies: Copies,
        *,
        sealer: Sealer,
    ) -> None:
        self.done = 0
        self._config = config
        self._records = iter(scanned)
        self._copies = copies
        world = store.new_world()
        self._memory = Memory(store, sealer, None, enough=max(config.gate.min_per_shape, 1), name=f"judge {new_id()}")
        comparer = Comparer(config.rules, today=date.today(), learned=known(store))
        self._judge = Judge(config, comparer, self._memory.book, sealer, belated=True)
        self._judge.world = world.number
        self._clients = self._memory.clients(config.proxy.client_key)
        self._overlaps = Overlaps()

    async def run(self) -> None:
        """Judge everything and write it down."""
        ahead = self._ahead()
        while batch := list(islice(ahead, _BATCH)):
            judgements = [one for record in batch for one in self._judged(record)]
            checkpoint = {record.writer: record.sequence for record in batch}
            await self._memory.save(
                judgements, checkpoint, clients=(), owners={}, tainted=self._judge.tainted, write=None
            )
            self.done += len(batch)

    def _ahead(self) -> Iterator[Record]:
        """The records, each when some later ones are known: a write that ended later may overlap it."""
        waiting: deque[Record] = deque()
        for record in self._records:
            if isinstance(record, Exchange):
                self._overlaps.saw(record)
            waiting.append(record)
            if len(waiting) > _BATCH:
                yield waiting.popleft()
        yield from waiting

    def _judged(self, record: Record) -> list[Judgement]:
        if isinstance(record, Shed):
            if not record.safe:
                self._judge.taint(f"writes were shed ({record.reason})")
            return self._judge.shed(record)
        route = self._config.routes.match(record.request.method, record.request.path)
        exchange = replace(record, route=route.name, group=route.unit)
        client = self._clients.of(exchange)
        copy = self._copies.of(exchange.id)
        if copy is not None:
            return [self._pair(exchange, client, copy)]
        client.answered(exchange.answer, None, read=exchange.request.safe)
        if exchange.fallback and isinstance(exchange.answer, Response):
            return [self._judge.pair(exchange, client, no_answer(exchange.fallback))]
        reason = policy.skip_reason(
            exchange, route, two_worlds=self._config.two_worlds, sample=self._config.mirror.sample
        )
        return [self._judge.left_out(exchange, Outcome.SKIPPED, reason or policy.NOT_KEPT)]

    def _pair(self, exchange: Exchange, client: Client, copy: Exchange) -> Judgement:
        lost = client.cookies_for(exchange.request, one_world=not self._config.two_worlds).lost
        self._judge.came(copy.started_at + copy.duration - exchange.started_at)
        client.answered(exchange.answer, copy.answer, exchange=exchange.id)
        answered = not isinstance(copy.answer, Unanswered)
        if isinstance(copy.answer, Unanswered) and copy.answer.sent and not exchange.request.safe:
            self._judge.taint(f"write {exchange.id} got no answer ({copy.answer.phase})")
        cookies = frozenset(name for name, _ in request_cookies(copy.request))
        mirrored = Mirrored(copy.answer, copy.duration if answered else None, cookies)
        return self._judge.pair(self._overlaps.noted(exchange), client, mirrored, lost=lost)
