"""The outbox: nothing twice, nothing left out, bounded, and the same after a restart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from shadow.config import Webhook
from shadow.store import open_store
from shadow.store.base import Store
from shadow.webhooks import outbox as module
from shadow.webhooks.news import Known, News
from shadow.webhooks.outbox import Outbox
from shadow.words import Event

ALL = Webhook("http://127.0.0.1:9/all")
BACK = Webhook("http://127.0.0.1:9/back", events=(Event.ROLLED_BACK,))


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield opened
    opened.close()


def add(outbox: Outbox, number: int, event: Event = Event.PROMOTED) -> None:
    outbox.add(Known(number), [News(event, f"route.{number}", {}, float(number))])


def drain(outbox: Outbox, hook: Webhook) -> list[str]:
    found = []
    while item := outbox.after(hook):
        found.append(item.subject)
        outbox.delivered(hook, item)
    return found


def test_each_receiver_gets_what_it_wants_once_and_in_order(store):
    outbox = Outbox(store, [ALL, BACK])
    for number, event in enumerate([Event.PROMOTED, Event.ROLLED_BACK, Event.PROMOTED], 1):
        add(outbox, number, event)
    assert drain(outbox, BACK) == ["route.2"]
    assert drain(outbox, ALL) == ["route.1", "route.2", "route.3"]
    assert drain(Outbox(store, [ALL, BACK]), ALL) == []


def test_a_restart_goes_on_with_what_was_not_delivered_under_the_same_id(store):
    outbox = Outbox(store, [ALL])
    add(outbox, 1)
    add(outbox, 2)
    first = outbox.after(ALL)
    assert first is not None
    outbox.delivered(ALL, first)
    waiting = outbox.after(ALL)
    again = Outbox(store, [ALL])
    assert again.known == Known(2)
    assert again.after(ALL) == waiting
    assert drain(again, ALL) == ["route.2"]


def test_the_oldest_go_when_too_many_wait_and_the_log_says_how_many(store, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 3)
    outbox = Outbox(store, [ALL, BACK])
    with capture_logs() as logs:
        for number in range(1, 6):
            add(outbox, number)
    assert [one["events"] for one in logs if one["event"] == "webhooks.dropped"] == [1, 1]
    assert drain(outbox, ALL) == ["route.3", "route.4", "route.5"]


def test_what_every_receiver_has_makes_room(store, monkeypatch):
    """A receiver that does not want an event does not keep it waiting either."""
    monkeypatch.setattr(module, "LIMIT", 2)
    outbox = Outbox(store, [ALL, BACK])
    with capture_logs() as logs:
        for number in range(1, 6):
            add(outbox, number)
            assert drain(outbox, ALL) == [f"route.{number}"]
    assert logs == []


def test_a_new_receiver_begins_with_what_comes_next(store):
    outbox = Outbox(store, [ALL])
    add(outbox, 1)
    outbox = Outbox(store, [ALL, BACK])
    add(outbox, 2, Event.ROLLED_BACK)
    assert drain(outbox, BACK) == ["route.2"]
    assert drain(outbox, ALL) == ["route.1", "route.2"]
