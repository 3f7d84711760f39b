"""What the mirror must not forget over a restart: the AliasBook, the jars, the owners, the checkpoint.

Everything goes to the store in one transaction with the outcomes. Names and cookies may be secrets, so they are
sealed first. While the store is away the mirror waits; what it has judged stays in memory, the rest in the
recording.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from shadow import clock
from shadow.errors import SealError, StoreError
from shadow.exchange import Exchange
from shadow.judgement import Judgement
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client, Clients
from shadow.recording.budget import write_judged
from shadow.recording.seal import Sealer
from shadow.store.base import Store
from shadow.store.values import Intent, KnownAlias
from shadow.words import Side

_log = structlog.get_logger("shadow.mirror")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# How often the recording's writers are told what is judged, so that they may make room, and the store is asked for what
# other mirrors have learned; seconds.
_TELL_EVERY = 1.0
_LAG, _LAG_STEP = "mirror.lag", 0.5


class Memory:
    """The mirror's side of the store; `enough` exchanges without a finding in a newer build mean that it is fixed.

    `name` is the recording's name in the store; `recording` the folder whose writers want to know what is judged, None
    for a finished one.
    """

    def __init__(
        self, store: Store, sealer: Sealer, recording: Path | None, *, enough: int, name: str = "live"
    ) -> None:
        self._enough = enough
        self._store = store
        self._sealer = sealer
        self._recording = recording
        self._name = name
        self._intents = store.intents(name)
        self._told = 0.0
        self.lag = float(store.noted(_LAG) or 0)
        self.book = AliasBook()
        self._seen, kept = store.newer_aliases(0)
        self.book.load(map(self._opened, kept))

    def clients(self, client_key: tuple[str, ...]) -> Clients:
        """The clients known so far."""
        clients = Clients(client_key)
        clients.load((name, self._sealer.open_text(text)) for name, text in self._store.jars().items())
        return clients

    def interrupted(self, exchange: Exchange) -> bool:
        """True for the write that was being sent when the mirror was killed: nobody knows whether it landed."""
        return Intent(exchange.writer, exchange.sequence) in self._intents

    async def save(
        self,
        judgements: Sequence[Judgement],
        checkpoint: Mapping[str, int],
        *,
        clients: Iterable[Client],
        owners: Mapping[str, Side],
        tainted: str,
        lag: float = 0.0,
        write: Exchange | None,
    ) -> None:
        """Write it all down; returns when the store has it, however long that takes."""
        aliases = [self._sealed(alias) for alias in self.book.unsaved()]
        jars = {client.id: self._sealer.seal_text(client.as_json()) for client in clients}
        intent = None if write is None else Intent(write.writer, write.sequence)

        def once() -> list[KnownAlias]:
            self._store.record(
                judgements,
                checkpoint=checkpoint,
                recording=self._name,
                aliases=aliases,
                jars=jars,
                owners=owners,
                tainted=tainted,
                intent=intent,
                enough=self._enough,
            )
            if lag > self.lag + _LAG_STEP:
                self.lag = lag
                self._store.note(_LAG, f"{lag:.1f}")
            if clock.monotonic() - self._told <= _TELL_EVERY:
                return []
            if self._recording:
                write_judged(self._recording, self._store.checkpoint(self._name))
            self._told = clock.monotonic()
            return self._learned_elsewhere()

        pause = _FIRST_PAUSE
        while True:
            try:
                self.book.adopt(await asyncio.to_thread(once))
                return
            except StoreError as error:
                _log.error("mirror.store_away", error=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _learned_elsewhere(self) -> list[KnownAlias]:
        """What was written to the store since the last look, by the mirrors of other machines too."""
        self._seen, found = self._store.newer_aliases(self._seen)
        try:
            return [self._opened(alias) for alias in found]
        except SealError as error:
            _log.error("mirror.aliases_of_another_key", error=str(error))
            return []

    async def withdraw(self, exchange: Exchange) -> None:
        """An announced write was not sent after all; with the store away it will count as interrupted."""
        if not exchange.request.safe:
            with contextlib.suppress(StoreError):
                # No exchange has the number 0, so this announces none.
                intent = Intent(exchange.writer, 0)
                await asyncio.to_thread(self._store.record, [], checkpoint={}, recording=self._name, intent=intent)

    def _sealed(self, alias: KnownAlias) -> KnownAlias:
        # Also what belongs to no client: a token may look like any other identifier.
        seal = self._sealer.seal_text
        return replace(alias, live=seal(alias.live), shadow=alias.shadow and seal(alias.shadow))

    def _opened(self, alias: KnownAlias) -> KnownAlias:
        unseal = self._sealer.open_text
        return replace(alias, live=unseal(alias.live), shadow=unseal(alias.shadow))
