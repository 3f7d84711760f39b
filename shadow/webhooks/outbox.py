"""Outbox: the events that some receiver still lacks, in order. Lives in the store, so a restart loses none.

What was told and what waits are one note, so nothing is put in twice. Each receiver has a cursor of its own, written
after the delivery, so an event may come twice and is never left out, unless it waits behind more than `LIMIT` others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog

from shadow import clock
from shadow.config import Webhook
from shadow.store.base import Store
from shadow.webhooks.news import Known, News
from shadow.words import Event

LIMIT = 1000
_NOTE = "webhooks"
_log = structlog.get_logger("shadow.webhooks")


@dataclass(frozen=True, slots=True)
class Item:
    """One event under its number in the outbox, from 1; `id` and `at` are the same whenever it is sent."""

    number: int
    id: str
    event: Event
    subject: str
    at: float
    data: dict[str, Any]


class Outbox:
    """The outbox of one store, and the cursors of the receivers. Calls block, but for `after`."""

    def __init__(self, store: Store, hooks: Iterable[Webhook]) -> None:
        self._store = store
        self._hooks = tuple(hooks)
        self.known: Known | None = None
        self._items: tuple[Item, ...] = ()
        self._last = 0
        self._read()
        self.cursors = {hook.url: self._cursor(hook.url) for hook in self._hooks}

    def add(self, known: Known, found: Iterable[News]) -> None:
        """Put news behind what waits, and keep what is known by now; both or neither."""
        if known == self.known:
            return
        items = (*self._waiting(), *self._numbered(found))
        if len(items) > LIMIT:
            _log.error("webhooks.dropped", events=len(items) - LIMIT)
        items = items[-LIMIT:]
        last = max((item.number for item in items), default=self._last)
        value = {
            "known": {"ledger": known.ledger, "blocking": sorted(known.blocking), "ready": dict(known.ready)},
            "items": [asdict(item) for item in items],
            "last": last,
        }
        self._store.note(_NOTE, json.dumps(value))
        self.known, self._items, self._last = known, items, last

    def after(self, hook: Webhook) -> Item | None:
        """The next event that this receiver wants and has not got."""
        return next((item for item in self._items if self._lacks(hook, item)), None)

    def delivered(self, hook: Webhook, item: Item) -> None:
        """The receiver has it: it gets the next one, also after a restart if the store keeps the cursor."""
        self.cursors[hook.url] = item.number
        self._store.note(_cursor_note(hook.url), str(item.number))

    def _read(self) -> None:
        text = self._store.noted(_NOTE)
        if text is None:
            return
        value = json.loads(text)
        known = value["known"]
        self.known = Known(known["ledger"], frozenset(known["blocking"]), known["ready"])
        self._items = tuple(replace(Item(**item), event=Event(item["event"])) for item in value["items"])
        self._last = value["last"]

    def _cursor(self, url: str) -> int:
        """Where a receiver stands; one that is new gets what happens from now on."""
        noted = self._store.noted(_cursor_note(url))
        if noted is None:
            self._store.note(_cursor_note(url), str(self._last))
            return self._last
        return int(noted)

    def _waiting(self) -> tuple[Item, ...]:
        return tuple(item for item in self._items if any(self._lacks(hook, item) for hook in self._hooks))

    def _lacks(self, hook: Webhook, item: Item) -> bool:
        return item.event in hook.events and item.number > self.cursors[hook.url]

    def _numbered(self, found: Iterable[News]) -> Iterable[Item]:
        for number, one in enumerate(found, self._last + 1):
            at = clock.now() if one.at is None else one.at
            yield Item(number, clock.new_id(), one.event, one.subject, at, dict(one.data))


def _cursor_note(url: str) -> str:
    """By digest: an address may hold a secret of the receiver's."""
    return f"webhook:{hashlib.sha256(url.encode()).hexdigest()[:16]}"
