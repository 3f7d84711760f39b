"""Delivery: events to their receivers as CloudEvents, at least once, in order for each, with back-off.

A receiver that is down is logged once and tried again until it answers; the others do not wait for it, and neither
does the mirror, in whose process this lives.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx
import structlog

from shadow import __version__
from shadow.config import Config, Webhook
from shadow.cutover.handover import in_thread
from shadow.errors import ShadowError, StartError, StoreError
from shadow.store.base import Store
from shadow.tasks import spawn, stop
from shadow.webhooks.news import Known, look, news
from shadow.webhooks.outbox import Item, Outbox
from shadow.words import Event

SIGNATURE = "X-Shadow-Signature"
_EVERY = 2.0
_TIMEOUT = 10.0
# Seconds between two attempts at a receiver that is down.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_SHORTEST_SECRET = 16
_log = structlog.get_logger("shadow.webhooks")


class Webhooks:
    """The task beside the mirror: `round` looks for news, and each receiver has a task of its own that sends."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        pending: Callable[[], Mapping[str, int]],
        pause: float = _FIRST_PAUSE,
        timeout: float = _TIMEOUT,
    ) -> None:
        self._config = config
        self._store = store
        self._pending = pending
        self._pause = pause
        self._timeout = timeout
        self._outbox: Outbox | None = None
        self._grown = asyncio.Event()
        self._version = -1
        self._away = False

    async def run(self) -> None:
        """Tell what happens until cancelled; nothing to do where no receiver is configured."""
        if not self._config.webhooks:
            return
        tasks: list[asyncio.Task[None]] = []
        async with httpx.AsyncClient(follow_redirects=False) as client:
            try:
                while True:
                    await self._look()
                    if (outbox := self._outbox) is not None and not tasks:
                        hooks = self._config.webhooks
                        tasks = [spawn(self._send_all(hook, outbox, client), name="webhook") for hook in hooks]
                    await asyncio.sleep(_EVERY)
            finally:
                await stop(*tasks)

    async def _look(self) -> None:
        try:
            await in_thread(self.round)
        except ShadowError as error:
            if not self._away:
                _log.error("webhooks.not_looked", error=str(error))
            self._away = True
        else:
            self._away = False
        self._grown.set()
        self._grown = asyncio.Event()

    def round(self) -> None:
        """Put what is new into the outbox. In a store that never told anything, what has been is no news."""
        outbox = self._outbox = self._outbox or Outbox(self._store, self._config.webhooks)
        version = self._store.version()
        ready = any(Event.ROUTE_READY in hook.events for hook in self._config.webhooks)
        present = look(self._store, self._config, self._pending, ledger=version != self._version, ready=ready)
        known = outbox.known
        outbox.add(present.known(known or Known()), () if known is None else news(known, present))
        self._version = version

    async def _send_all(self, hook: Webhook, outbox: Outbox, client: httpx.AsyncClient) -> None:
        """Send a receiver what it lacks, one after another."""
        where, pause, down = origin(hook.url), self._pause, False
        while True:
            grown = self._grown
            item = outbox.after(hook)
            if item is None:
                await grown.wait()
                continue
            if trouble := await self._send(hook, item, client):
                if not down:
                    _log.error("webhook.down", hook=where, trouble=trouble)
                down = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            if down:
                _log.info("webhook.back", hook=where)
            pause, down = self._pause, False
            await _delivered(outbox, hook, item)

    async def _send(self, hook: Webhook, item: Item, client: httpx.AsyncClient) -> str:
        """What went wrong, in words without the address; empty when the receiver has the event."""
        body = envelope(item)
        try:
            headers = {"Content-Type": "application/cloudevents+json", "User-Agent": f"shadow/{__version__}"}
            if key := secret(hook):
                headers[SIGNATURE] = signature(key, body)
            # The time-outs of httpx begin anew with every byte; a receiver that drips must not hold the queue.
            async with (
                asyncio.timeout(self._timeout),
                client.stream("POST", hook.url, content=body, headers=headers) as answer,
            ):
                return "" if answer.is_success else f"status {answer.status_code}"
        except StartError as error:
            return str(error)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return type(error).__name__


async def _delivered(outbox: Outbox, hook: Webhook, item: Item) -> None:
    try:
        await in_thread(outbox.delivered, hook, item)
    except StoreError as error:
        # The cursor in memory has moved; after a restart the receiver gets this one once more.
        _log.error("webhook.cursor_not_kept", hook=origin(hook.url), error=str(error))


def envelope(item: Item) -> bytes:
    """The event as CloudEvents 1.0 in structured mode; `sequence` is the extension of that name."""
    value = {
        "specversion": "1.0",
        "id": item.id,
        "source": f"//{socket.gethostname()}/shadow",
        "type": f"shadow.{item.event}",
        "time": datetime.fromtimestamp(item.at, UTC).isoformat(),
        "subject": item.subject,
        "datacontenttype": "application/json",
        "sequence": f"{item.number:020}",
        "data": item.data,
    }
    return json.dumps(value).encode("ascii")


def signature(key: bytes, body: bytes) -> str:
    """What a receiver that has the key computes from the body's bytes."""
    return f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"


def secret(hook: Webhook) -> bytes:
    """The receiver's key, read anew for each event so that it can be changed; empty where none is configured.

    Raises StartError where the file does not hold one.
    """
    if hook.secret_file is None:
        return b""
    try:
        found = hook.secret_file.read_bytes().strip()
    except OSError as error:
        raise StartError(f"webhook secret {hook.secret_file}: {error.strerror}. Next: openssl rand -hex 32") from None
    if len(found) < _SHORTEST_SECRET:
        raise StartError(f"webhook secret {hook.secret_file}: shorter than 16 characters. Next: openssl rand -hex 32")
    return found


def origin(url: str) -> str:
    """What logs may say of an address: its path and query may be the receiver's secret."""
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}"
