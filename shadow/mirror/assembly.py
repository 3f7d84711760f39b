"""The mirror put together from its parts, as the store and the configuration have them at the start.

Whoever owns the process gives the sealer and the way to the upstreams of the shadow world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from shadow.compare.comparer import Comparer
from shadow.config import Config
from shadow.http.pool import UpstreamPool
from shadow.judgement import Judgement
from shadow.mirror.clones import Clones, since
from shadow.mirror.copying import Copying, Keep
from shadow.mirror.counterparts import Counterparts
from shadow.mirror.judge import Judge
from shadow.mirror.lock import name_of
from shadow.mirror.loop import Mirror
from shadow.mirror.memory import Memory
from shadow.mirror.order import Merge, Overlaps
from shadow.mirror.owners import Owners
from shadow.mirror.sender import Sender
from shadow.recording.reader import Follower
from shadow.recording.seal import Sealer
from shadow.store.base import Store
from shadow.store.learned import known
from shadow.words import Side


def assemble(
    config: Config,
    store: Store,
    sealer: Sealer,
    upstreams: Mapping[Side, UpstreamPool],
    *,
    keep: Keep | None,
    tell: Callable[[Sequence[Judgement]], None] | None,
) -> Mirror:
    """A mirror that goes on where the store says that the last one ended."""
    memory = Memory(store, sealer, config.recording.path, enough=max(config.gate.min_per_shape, 1))
    judge = Judge(config, Comparer(config.rules, today=date.today(), learned=known(store)), memory.book, sealer)
    judge.world, judge.tainted, judge.lag = store.world().number, store.world().tainted, memory.lag
    if epoch := store.epoch():
        judge.builds = {Side.PRIMARY: epoch.primary_build, Side.CANDIDATE: epoch.candidate_build}
    sender = Sender(
        upstreams,
        timeout=config.mirror.timeout,
        limit=config.recording.capture,
        trusted_hops=config.proxy.trusted_hops,
        patient=config.two_worlds,
    )
    judge.since = since(store)
    owners, overlaps = Owners(config, store.owners()), Overlaps()
    clients = memory.clients(config.proxy.client_key)

    def begin(world: int, since: float) -> None:
        judge.new_world(world, since)
        for kept in (memory.book, clients, owners):
            kept.clear()

    return Mirror(
        config,
        source=Follower(config.recording.path, sealer, store.checkpoint()),
        release=Merge(),
        work=Copying(
            config,
            sender=sender,
            judge=judge,
            book=memory.book,
            overlaps=overlaps,
            owners=owners,
            keep=keep,
            counterparts=Counterparts(config, sender) if config.twins else None,
        ),
        overlaps=overlaps,
        sender=sender,
        judge=judge,
        clients=clients,
        owners=owners,
        memory=memory,
        tell=tell,
        clones=Clones(store, begin, judge.taint, name=name_of(config.recording.path)),
    )
