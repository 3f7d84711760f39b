"""Sharing: each proxy process tells the others of its twins through the store, sealed; a task, never the hot path.

While the store is away each process goes on with the twins that it knows, and tells the others later.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from shadow import clock
from shadow.errors import SealError, StoreError
from shadow.recording.seal import Sealer
from shadow.store.base import Store
from shadow.tasks import spawn, stop
from shadow.twin.register import Register

_log = structlog.get_logger("shadow.twin")
POLL = 0.05
_SWEEP_EVERY = 10.0


class Sharing:
    """Keeps the register of one proxy process and the store alike."""

    def __init__(self, open_store: Callable[[], Store], sealer: Sealer, register: Register, *, idle: float) -> None:
        self._open_store = open_store
        self._sealer = sealer
        self._register = register
        self._idle = idle
        self._store: Store | None = None
        self._seen = 0
        self._away = False
        self._swept = float("-inf")
        # One thread, so one connection; a hanging store blocks this thread and nothing else.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="twins")
        self._first = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take what is known, if the store tells it within a moment, and go on from there."""
        self._task = spawn(self._run(), name="twins")
        try:
            await asyncio.wait_for(self._first.wait(), 2.0)
        except TimeoutError:
            _log.warning("twin.none_known")

    async def close(self) -> None:
        """Tell what is new, if the store takes it within a second."""
        if self._task is not None:
            await stop(self._task)
        goodbye = asyncio.get_running_loop().run_in_executor(self._thread, self._last, *self._register.untold())
        await asyncio.wait([goodbye], timeout=1.0)
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            texts, counts = self._register.untold()
            try:
                # Shielded: what is on its way to the store must get there when this task is stopped.
                told = await asyncio.shield(loop.run_in_executor(self._thread, self._exchange, texts, counts))
            except StoreError as error:
                self._register.retell(texts, counts)
                self._lost(error)
            else:
                self._away = False
                self._register.take(told)
                self._first.set()
            self._sweep()
            await asyncio.sleep(POLL)

    def _exchange(self, texts: dict[str, str], counts: Counter[str]) -> dict[str, str]:
        """In the thread: tell what is new here, get what is new elsewhere."""
        if self._store is None:
            self._store = self._open_store()
        if texts or counts:
            sealed = {twin: text and self._sealer.seal_text(text) for twin, text in texts.items()}
            self._store.keep_twins(sealed, counts, idle=self._idle)
        seen, found = self._store.twins(self._seen)
        told = {}
        for twin, text in found.items():
            try:
                told[twin] = text and self._sealer.open_text(text)
            except SealError:
                # Sealed under another key: of no use to anybody any more.
                _log.warning("twin.unreadable", twin=twin)
        self._seen = seen
        return told

    def _last(self, texts: dict[str, str], counts: Counter[str]) -> None:
        try:
            self._exchange(texts, counts)
        except StoreError as error:
            _log.error("twin.not_told", error=str(error))
        if self._store is not None:
            self._store.close()

    def _sweep(self) -> None:
        if clock.monotonic() - self._swept >= _SWEEP_EVERY:
            self._swept = clock.monotonic()
            self._register.sweep()

    def _lost(self, error: StoreError) -> None:
        if not self._away:
            _log.error("twin.store_away", error=str(error))
        self._away = True
