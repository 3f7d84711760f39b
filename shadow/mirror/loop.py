"""The mirror: follows the recording, sends copies in order, has them judged, writes down the outcome of each.

Runs after the client has its answer. Whatever goes wrong here becomes an outcome; nothing is raised towards a client.
A checkpoint and the outcomes up to it are written in one transaction, and a write copy is announced in the store
before it is sent, so that after `kill -9` every exchange still gets exactly one outcome and no write lands twice
unnoticed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from shadow import clock
from shadow.config import Config
from shadow.exchange import Exchange, Response, Unanswered
from shadow.judgement import Judgement
from shadow.mirror import policy
from shadow.mirror.jars import Client, Clients
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.memory import Memory
from shadow.mirror.order import Merge, Order, Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.sender import GivenUp, Sender
from shadow.mirror.translate import translate
from shadow.mirror.unwritten import Unwritten
from shadow.recording.format import Shed
from shadow.recording.reader import Follower
from shadow.routes import REST
from shadow.tasks import spawn
from shadow.words import SAFE_METHODS, Outcome

_log = structlog.get_logger("shadow.mirror")
# So many records may be in memory at once; the rest waits in the recording.
_IN_MEMORY = 256
_POLL = 0.02
_COMMIT_EVERY = 0.1
# A stored time that differs by more than this is a difference, however late the copies ever were: seconds.
_MOST_LAG = 900.0


@dataclass(frozen=True, eq=False)
class Copy:
    """One exchange on its way through the mirror; `turn` marks the first after a group changed sides."""

    exchange: Exchange
    client: Client
    turn: bool


class Mirror:
    """The loop over one recording."""

    def __init__(
        self,
        config: Config,
        *,
        follower: Follower,
        sender: Sender,
        judge: Judge,
        clients: Clients,
        owners: Owners,
        memory: Memory,
    ) -> None:
        self._config = config
        self._follower = follower
        self._sender = sender
        self._judge = judge
        self._clients = clients
        self._owners = owners
        self._memory = memory
        self._merge = Merge()
        self._overlaps = Overlaps()
        self._order: Order[Copy] = Order(config.mirror.parallel, lanes=config.mirror.order == "client")
        self._unwritten = Unwritten()
        self._wake = asyncio.Event()
        self._committed = 0.0
        self._stopping = False

    async def run(self) -> None:
        """Work until `stop`; then finish what is under way and write it down."""
        while not (self._stopping and self._order.idle):
            self._wake.clear()
            progress = False
            if not self._stopping:
                progress = self._intake()
                await self._start_ready()
            if clock.monotonic() - self._committed > _COMMIT_EVERY:
                await self._commit()
            if not progress:
                await self._pause()
        await self._commit()
        await self._sender.close()
        self._follower.close()

    def stop(self) -> None:
        """End after the copies under way; what waits stays in the recording."""
        self._stopping = True
        self._sender.give_up()
        self._wake.set()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _POLL)
        except TimeoutError:
            return

    def _intake(self) -> bool:
        """Read on in the recording as far as memory allows; True when there was something."""
        room = _IN_MEMORY - self._unwritten.count
        records = self._follower.read(room) if room > 0 else []
        for record in records:
            self._unwritten.read(record.writer, record.sequence)
            if isinstance(record, Shed):
                self._unwritten.judged(self._shed(record))
            elif self._memory.interrupted(record):
                self._taint(f"write {record.id} was under way when the mirror was killed")
                self._unwritten.judged([self._judge.left_out(record, Outcome.SKIPPED, policy.INTERRUPTED)])
            else:
                self._overlaps.saw(record)
                self._merge.push(record)
        released = self._merge.release(clock.monotonic())
        for exchange in released:
            self._enqueue(exchange)
        return bool(records or released)

    def _enqueue(self, exchange: Exchange) -> None:
        client = self._clients.of(exchange)
        copy = Copy(exchange, client, self._owners.turns(exchange))
        self._order.add(copy, write=copy.turn or not exchange.request.safe, client=client.id)

    async def _start_ready(self) -> None:
        for copy in self._order.ready():
            if not copy.exchange.request.safe:
                # The store must know of a write before the shadow world does.
                await self._commit(copy.exchange)
            spawn(self._handle(copy), name=f"copy {copy.exchange.id}")

    async def _handle(self, copy: Copy) -> None:
        try:
            self._unwritten.judged([await self._judged(copy)])
        except GivenUp:
            await self._memory.withdraw(copy.exchange)
        except Exception as error:
            _log.exception("mirror.failed", exchange=copy.exchange.id, route=copy.exchange.route)
            self._unwritten.judged([self._judge.left_out(copy.exchange, Outcome.FAILED, type(error).__name__)])
        self._order.done(copy)
        self._wake.set()

    async def _judged(self, copy: Copy) -> Judgement:
        exchange = copy.exchange
        if copy.turn and (failure := await self._owners.follow(exchange)):
            self._taint(failure)
        route = self._config.routes.get(exchange.route) or REST
        reason = policy.skip_reason(
            exchange, route, two_worlds=self._config.two_worlds, sample=self._config.mirror.sample
        )
        if not reason and self._late(exchange):
            reason = policy.LATE
        if exchange.fallback and isinstance(exchange.answer, Response):
            copy.client.answered(exchange.answer, None)
            return self._judge.pair(exchange, copy.client, _no_answer(exchange.fallback))
        if reason:
            if reason == policy.TRUNCATED and not exchange.request.safe:
                self._taint(f"write {exchange.id} was too large to be captured")
            copy.client.answered(exchange.answer, None)
            return self._judge.left_out(exchange, Outcome.SKIPPED, reason)
        return await self._mirrored(exchange, copy.client)

    async def _mirrored(self, exchange: Exchange, client: Client) -> Judgement:
        cookies = client.cookies_for(exchange.request, one_world=not self._config.two_worlds)
        if cookies.lost and exchange.request.safe:
            client.answered(exchange.answer, None)
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.SESSION)
        book = self._memory.book
        request = translate(exchange.request, cookies, lambda name: book.shadow_of(name, client.id))
        sent = await self._sender.send(exchange.serving.other, request)
        self._judge.lag = min(max(self._judge.lag, clock.now() - exchange.started_at), _MOST_LAG)
        client.answered(exchange.answer, sent.answer)
        if isinstance(sent.answer, Unanswered) and sent.answer.sent and not exchange.request.safe:
            self._taint(f"write {exchange.id} got no answer ({sent.answer.phase})")
        if isinstance(sent.answer, Unanswered) and not sent.answer.sent and not self._config.two_worlds:
            # Nobody was there to answer; when somebody is, the state will have moved on.
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.LATE)
        if isinstance(exchange.answer, Unanswered):
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.CUT_OFF)
        if exchange.answer.body.truncated:
            return self._judge.left_out(exchange, Outcome.SKIPPED, policy.TRUNCATED)
        mirrored = Mirrored(sent.answer, sent.seconds, cookies.names)
        cause = policy.SESSION if cookies.lost else ""
        return self._judge.pair(self._overlaps.noted(exchange), client, mirrored, cause=cause)

    def _late(self, exchange: Exchange) -> bool:
        """With one world a late copy proves nothing: the state has moved on."""
        return not self._config.two_worlds and clock.monotonic() - exchange.ended > self._config.mirror.max_lag

    def _taint(self, why: str) -> None:
        if not self._judge.tainted and self._config.two_worlds:
            _log.error("mirror.tainted", why=why)
            self._judge.tainted = why

    def _shed(self, record: Shed) -> list[Judgement]:
        if any(method not in SAFE_METHODS for _, method in record.counts):
            self._taint(f"writes were shed ({record.reason})")
        return [
            Judgement(
                writer=record.writer,
                sequence=record.sequence,
                exchange="",
                route=route,
                method=method,
                at=record.at,
                outcome=Outcome.SHED,
                epoch=self._judge.epoch(),
                reason=record.reason,
                count=count,
            )
            for (route, method), count in record.counts.items()
        ]

    async def _commit(self, write: Exchange | None = None) -> None:
        """Write down what is judged and where the checkpoint stands; `write` is about to be sent."""
        judgements, checkpoint = self._unwritten.take()
        self._committed = clock.monotonic()
        if judgements or write is not None:
            await self._memory.save(
                judgements,
                checkpoint,
                clients=list(self._clients.changed()),
                owners=self._owners.known(),
                tainted=self._judge.tainted,
                lag=self._judge.lag,
                write=write,
            )


def _no_answer(why: str) -> Mirrored:
    """What a candidate that failed before its first byte is judged by."""
    return Mirrored(Unanswered("connect", why), None, frozenset())
