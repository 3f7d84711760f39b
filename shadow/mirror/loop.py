"""The mirror: follows the recording, sends copies in order, has them judged, writes down the outcome of each.

Runs after the client has its answer. Whatever goes wrong here becomes an outcome; nothing is raised towards a client.
A checkpoint and the outcomes up to it are written in one transaction, and a write copy is announced in the store
before it is sent, so that after `kill -9` every exchange still gets exactly one outcome and no write lands twice
unnoticed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from shadow import clock
from shadow.config import Config
from shadow.exchange import Exchange
from shadow.judgement import Judgement
from shadow.mirror import policy
from shadow.mirror.clones import Clones
from shadow.mirror.copying import Copy, Work
from shadow.mirror.jars import Clients
from shadow.mirror.judge import Judge
from shadow.mirror.memory import Memory
from shadow.mirror.order import Order, Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.sender import GivenUp, Sender
from shadow.mirror.unwritten import Unwritten
from shadow.recording.format import Record, Shed
from shadow.tasks import spawn
from shadow.words import Outcome

_log = structlog.get_logger("shadow.mirror")
# So many records may be in memory at once; the rest waits in the recording.
_IN_MEMORY = 256
_POLL = 0.02
_COMMIT_EVERY = 0.1


class Source(Protocol):
    """Where the records come from: a recording that grows (`Follower`), or one that is finished."""

    @property
    def ended(self) -> bool:
        """True when no record will come any more."""
        ...

    @property
    def unread_from(self) -> float:
        """When the first record ended that is there and was not read (CLOCK_MONOTONIC s); infinity: all was read."""
        ...

    def read(self, limit: int, /) -> list[Record]:
        """What is newly there, up to `limit` records."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class Release(Protocol):
    """Says which of the exchanges that were read may go on now, and in which order."""

    def __len__(self) -> int: ...

    @property
    def settling(self) -> int:
        """How many are held back until the next ones have been read."""
        ...

    def push(self, exchange: Exchange) -> None:
        """Take one more record."""
        ...

    def release(self, monotonic: float, unread_from: float) -> list[Exchange]:
        """What may go on; at `monotonic` the source was read up to the record that ended at `unread_from`."""
        ...


class Mirror:
    """The loop over one recording."""

    def __init__(
        self,
        config: Config,
        *,
        source: Source,
        release: Release,
        work: Work,
        overlaps: Overlaps,
        sender: Sender,
        judge: Judge,
        clients: Clients,
        owners: Owners,
        memory: Memory,
        tell: Callable[[Sequence[Judgement]], None] | None = None,
        clones: Clones | None = None,
    ) -> None:
        # Exchanges that have their outcome, written down or not; whether the end was asked for.
        self.done = 0
        self.stopped = False
        self._tell = tell
        self._clones = clones
        self._source = source
        self._release = release
        self._work = work
        self._overlaps = overlaps
        self._sender = sender
        self._judge = judge
        self._clients = clients
        self._owners = owners
        self._memory = memory
        self._order: Order[Copy] = Order(config.mirror.parallel, lanes=config.mirror.order == "client")
        self._unwritten = Unwritten()
        self._wake = asyncio.Event()
        self._committed = 0.0

    async def run(self) -> None:
        """Work until `stop`, or the end of a finished recording; finish what is under way and write it down."""
        while not self._finished:
            self._wake.clear()
            progress = False
            if not self.stopped and not await self._waits():
                progress = self._intake()
                await self._start_ready()
            if clock.monotonic() - self._committed > _COMMIT_EVERY:
                await self._commit()
            if not progress:
                await self._pause()
        await self._commit()
        if self._clones is not None:
            await self._clones.leave()
        await self._sender.close()
        self._source.close()

    @property
    def _finished(self) -> bool:
        at_end = self._source.ended and not len(self._release) and not len(self._order)
        return self._order.idle and (self.stopped or at_end)

    def stop(self) -> None:
        """End after the copies under way; what waits stays in the recording."""
        self.stopped = True
        self._sender.give_up()
        self._wake.set()

    async def _waits(self) -> bool:
        """True while a new clone of the live world is made."""
        if self._clones is None:
            return False
        idle = self._clones.wanted and self._order.idle
        if idle:
            # What was learned of the old world must be in the store before the new one begins, or it would be in that.
            await self._commit()
        return await self._clones.wait(idle=idle)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _POLL)
        except TimeoutError:
            return

    def _intake(self) -> bool:
        """Read on in the recording as far as memory allows; True when there was something."""
        # What is held back until more is read must not keep more from being read.
        room = _IN_MEMORY - self._unwritten.count + self._release.settling
        now = clock.monotonic()
        records = self._source.read(max(room, 0))
        for record in records:
            self._unwritten.read(record.writer, record.sequence)
            if isinstance(record, Shed):
                self._unwritten.judged(self._shed(record))
            elif self._memory.interrupted(record):
                self._work.lost(f"write {record.id} was under way when the mirror was killed")
                self._unwritten.judged([self._judge.left_out(record, Outcome.SKIPPED, policy.INTERRUPTED)])
            else:
                self._overlaps.saw(record)
                self._release.push(record)
        released = self._release.release(now, self._source.unread_from)
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
            self._unwritten.judged([await self._work.judged(copy)])
        except GivenUp:
            await self._memory.withdraw(copy.exchange)
        except Exception as error:
            _log.exception("mirror.failed", exchange=copy.exchange.id, route=copy.exchange.route)
            if not copy.exchange.request.safe:
                self._work.lost(f"write {copy.exchange.id} could not be copied ({type(error).__name__})")
            self._unwritten.judged([self._judge.left_out(copy.exchange, Outcome.FAILED, type(error).__name__)])
        self.done += 1
        self._order.done(copy)
        self._wake.set()

    def _shed(self, record: Shed) -> list[Judgement]:
        if not record.safe:
            self._work.lost(f"writes were shed ({record.reason})")
        return self._judge.shed(record)

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
            if self._tell is not None:
                self._tell(judgements)
