"""Replay: the mirror's loop over a finished recording, to one fresh side or to two.

With one side its answers are compared with the recorded ones, with two theirs are compared with one another. In a
replay `primary` is the reference (the recorded answers, or the first side's) and `candidate` what is held against it.
Results go to a store of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from math import inf

from shadow.clock import new_id
from shadow.compare.comparer import Comparer
from shadow.config import Config, Upstream
from shadow.errors import StartError
from shadow.exchange import Exchange, Unanswered
from shadow.http.pool import UpstreamPool
from shadow.mirror.copying import Copying, Keep, Work
from shadow.mirror.judge import Judge
from shadow.mirror.loop import Mirror
from shadow.mirror.memory import Memory
from shadow.mirror.order import Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.rehearsal import Rehearsal
from shadow.mirror.sender import PROBE, Sender
from shadow.recording.format import Record
from shadow.recording.reader import Scan
from shadow.recording.seal import Sealer
from shadow.routes import RouteTable
from shadow.store.base import Store
from shadow.store.learned import known
from shadow.words import Side, Stage


@dataclass(frozen=True, slots=True)
class Sides:
    """Where a replay sends to: an address for each side, one of them may be empty."""

    primary: str = ""
    candidate: str = ""

    @property
    def both(self) -> bool:
        """True when the recorded answers are not the reference."""
        return bool(self.primary and self.candidate)


class Finished:
    """A finished recording as the mirror reads it: once, to its end, under the present routes."""

    def __init__(self, scanned: Scan, routes: RouteTable) -> None:
        self.ended = False
        self.unread_from = inf
        self._records: Iterator[Record] = iter(scanned)
        self._routes = routes

    def read(self, limit: int, /) -> list[Record]:
        """The next records."""
        found = list(islice(self._records, limit))
        self.ended = len(found) < limit
        return [as_reference(one, self._routes) if isinstance(one, Exchange) else one for one in found]

    def close(self) -> None:
        """The scan lets go of its files by itself."""


class Paced:
    """Lets exchanges go on at `speed` times the pace at which they ended; 0: as fast as their order allows."""

    def __init__(self, speed: float = 0.0) -> None:
        self._speed = speed
        self._waiting: deque[Exchange] = deque()
        self._origin: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def settling(self) -> int:
        """None: all records are there, in their order."""
        return 0

    def push(self, exchange: Exchange) -> None:
        """Take the next one."""
        self._waiting.append(exchange)

    def release(self, monotonic: float, _unread_from: float = inf) -> list[Exchange]:
        """Those whose time has come; what comes later ended later."""
        found = []
        while self._waiting and self._due(self._waiting[0], monotonic) <= monotonic:
            found.append(self._waiting.popleft())
        return found

    def _due(self, exchange: Exchange, monotonic: float) -> float:
        if not self._speed:
            return monotonic
        ended_at = exchange.started_at + exchange.duration
        self._origin = self._origin or (ended_at, monotonic)
        return self._origin[1] + (ended_at - self._origin[0]) / self._speed


def as_reference(exchange: Exchange, routes: RouteTable) -> Exchange:
    """The exchange with its answer as the reference, whichever side gave it, under the route it has now."""
    route = routes.match(exchange.request.method, exchange.request.path)
    return replace(exchange, route=route.name, group=route.unit, serving=Side.PRIMARY, stage=Stage.SHADOW, fallback="")


def rehearsed(config: Config, sides: Sides) -> Config:
    """The configuration of a replay: two worlds, the given addresses, no handover, nothing left out by chance."""
    second = config.candidate if sides.candidate else config.primary
    primary = Upstream(live=sides.primary, shadow=sides.primary, build=config.primary.build)
    candidate = Upstream(live=sides.candidate, shadow=sides.candidate or sides.primary, build=second.build)
    mirror = replace(config.mirror, sample=1.0)
    return replace(config, primary=primary, candidate=candidate, mirror=mirror, groups={})


@dataclass
class Replay:
    """One replay: `mirror.run()` does it, `mirror.done` says how far it is."""

    mirror: Mirror
    sender: Sender
    sides: Sides

    async def reach(self) -> None:
        """Raise StartError for a side that does not answer at all."""
        for side, url in ((Side.PRIMARY, self.sides.primary), (Side.CANDIDATE, self.sides.candidate)):
            if not url:
                continue
            # With one address it plays the part of the candidate.
            sent = await self.sender.send(side if self.sides.both else Side.CANDIDATE, PROBE)
            if isinstance(sent.answer, Unanswered):
                await self.sender.close()
                raise StartError(f"--{side} {url}: does not answer ({sent.answer.phase}). Next: start it")


def create_replay(
    config: Config,
    store: Store,
    scanned: Scan,
    sides: Sides,
    *,
    sealer: Sealer,
    speed: float = 0.0,
    keep: Keep | None = None,
) -> Replay:
    """A replay of this recording whose results go to `store`, as a world of its own there."""
    config = rehearsed(config, sides)
    world = store.new_world()
    memory = Memory(store, sealer, None, enough=max(config.gate.min_per_shape, 1), name=f"replay {new_id()}")
    comparer = Comparer(config.rules, today=date.today(), learned=known(store))
    judge = Judge(config, comparer, memory.book, sealer, belated=not sides.both)
    judge.world = world.number
    sender = _sender(config)
    overlaps, owners = Overlaps(), Owners(config, {})
    work: Work
    if sides.both:
        work = Rehearsal(config, sender=sender, judge=judge, book=memory.book, comparer=comparer, keep=keep)
    else:
        work = Copying(
            config, sender=sender, judge=judge, book=memory.book, overlaps=overlaps, owners=owners, keep=keep
        )
    mirror = Mirror(
        config,
        source=Finished(scanned, config.routes),
        release=Paced(speed),
        work=work,
        overlaps=overlaps,
        sender=sender,
        judge=judge,
        clients=memory.clients(config.proxy.client_key),
        owners=owners,
        memory=memory,
    )
    return Replay(mirror, sender, sides)


def _sender(config: Config) -> Sender:
    """Impatient: a side that is away is a difference, and the replay goes on to its end."""
    pools = {
        side: UpstreamPool(
            address,
            connect_timeout=config.proxy.connect_timeout,
            timeout=config.mirror.timeout,
            connections=config.proxy.connections,
        )
        for side in Side
        if (address := config.upstream(side).shadow)
    }
    return Sender(
        pools,
        timeout=config.mirror.timeout,
        limit=config.recording.capture,
        trusted_hops=config.proxy.trusted_hops,
        patient=False,
    )
