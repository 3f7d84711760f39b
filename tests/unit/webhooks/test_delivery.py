"""Webhooks end to end: a real store, a real receiver that fails, stalls, goes away and comes back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shadow.config import Config, Upstream, Webhook
from shadow.errors import StoreError
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.base import Store
from shadow.store.values import Hold, Move
from shadow.tasks import spawn, stop
from shadow.webhooks import delivery
from shadow.webhooks.delivery import SIGNATURE, Webhooks
from shadow.words import Event, Stage
from tests.support.evidence import GATE
from tests.support.judgements import a_judgement, a_mismatch
from tests.support.receiver import Receiver

ROUTES = RouteTable([Route("orders.list", "/orders"), Route("orders.read", "/orders/{id}")])
DOCS = Path(__file__).parents[3] / "docs" / "webhooks.md"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_EVERY", 0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    opened.register(ROUTES)
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def a_config(*hooks: Webhook) -> Config:
    app = Upstream(live="http://127.0.0.1:9")
    return Config(Path("shadow.toml"), app, app, gate=GATE, routes=ROUTES, webhooks=hooks)


@asynccontextmanager
async def telling(store: Store, *hooks: Webhook, timeout: float = 5.0) -> AsyncIterator[None]:
    """The task beside a mirror, from the moment at which it has looked for the first time."""
    webhooks = Webhooks(a_config(*hooks), store, pending=dict, pause=0.02, timeout=timeout)
    webhooks.round()
    task = spawn(webhooks.run(), name="webhooks")
    try:
        yield
    finally:
        await stop(task)


async def promote(store: Store, unit: str = "orders.list", reason: str = "") -> None:
    entry = Move("promote", unit, "ann@cli", "shadow", "promoted", reason)
    await asyncio.to_thread(store.move, unit, Stage.SHADOW, Stage.PROMOTED, entry)


async def roll_back(store: Store, unit: str = "orders.list") -> None:
    entry = Move("rollback", unit, "guard", "promoted", "shadow", "it failed")
    await asyncio.to_thread(store.move, unit, Stage.PROMOTED, Stage.SHADOW, entry)


async def until(receiver: Receiver, *, got: int = 0, asked: int = 0) -> None:
    await asyncio.to_thread(receiver.until, got=got, asked=asked)


def test_each_event_is_told_in_order_as_a_cloud_event(store, receiver):
    async def main() -> None:
        async with telling(store, Webhook(receiver.url)):
            await promote(store, reason="release 5")
            await until(receiver, got=1)
            await roll_back(store)
            await until(receiver, got=2)
            await asyncio.to_thread(store.record, [a_mismatch(1, route="orders.read")], checkpoint={"w1": 1})
            await until(receiver, got=3)

    asyncio.run(main())
    assert receiver.told() == [
        ("shadow.promoted", "orders.list"),
        ("shadow.rolled_back", "orders.list"),
        ("shadow.finding.opened", "orders.read"),
    ]
    (fields, _), event = receiver.got[0], receiver.events[0]
    assert fields["Content-Type"] == "application/cloudevents+json"
    assert SIGNATURE not in fields
    assert event["specversion"] == "1.0"
    assert re.fullmatch(r"//[^/]+/shadow", event["source"])
    assert datetime.fromisoformat(event["time"]).tzinfo is not None
    entry = store.ledger()[0]
    assert event["data"] == {
        "number": 1,
        "who": "ann@cli",
        "from": "shadow",
        "to": "promoted",
        "reason": "release 5",
        "forced": False,
        "digest": entry.digest,
    }
    assert len({one["id"] for one in receiver.events}) == 3
    assert sorted(one["sequence"] for one in receiver.events) == [one["sequence"] for one in receiver.events]


def test_what_differs_is_traffic_and_is_not_told(store, receiver):
    async def main() -> None:
        async with telling(store, Webhook(receiver.url)):
            await asyncio.to_thread(store.record, [a_mismatch(1)], checkpoint={"w1": 1})
            await until(receiver, got=1)

    asyncio.run(main())
    data = receiver.events[0]["data"]
    assert data["id"] == store.findings()[0].id
    assert not {"primary", "candidate", "samples"} & set(data)


def test_a_unit_is_ready_once_for_its_evidence_and_not_while_it_is_on_hold(store, receiver):
    store.set_hold(Hold("orders.read", "ann", 1.0, "wait"), Move("hold", "orders.read", "ann"))
    for route in ("orders.list", "orders.read"):
        batch = [a_judgement(n, route=route, writer=route, at=1000.0 + n) for n in range(1, 401)]
        store.record(batch[:1], checkpoint={route: 1})

    async def main() -> None:
        async with telling(store, Webhook(receiver.url, events=(Event.ROUTE_READY,))):
            for route in ("orders.list", "orders.read"):
                batch = [a_judgement(n, route=route, writer=route, at=1000.0 + n) for n in range(2, 401)]
                await asyncio.to_thread(store.record, batch, checkpoint={route: 400})
            await until(receiver, got=1)
            await asyncio.to_thread(store.release, "orders.read", Move("release", "orders.read", "ann"))
            await until(receiver, got=2)
            more = [a_judgement(n, route="orders.list", writer="orders.list", at=1000.0 + n) for n in range(401, 420)]
            await asyncio.to_thread(store.record, more, checkpoint={"orders.list": 419})

    asyncio.run(main())
    assert receiver.told() == [("shadow.route.ready", "orders.list"), ("shadow.route.ready", "orders.read")]
    assert receiver.events[0]["data"]["routes"] == {"orders.list": {"clean": 400, "attempt": 1}}


def test_the_body_is_signed_as_the_document_says(store, receiver, tmp_path):
    """The receiver's side is run as it stands in docs/webhooks.md."""
    key = tmp_path / "secret"
    key.write_text("0123456789abcdef\n")
    found = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found
    names = {"hmac": hmac, "hashlib": hashlib}
    exec(found[1], names)

    async def main() -> None:
        async with telling(store, Webhook(receiver.url, secret_file=key)):
            await promote(store)
            await until(receiver, got=1)

    asyncio.run(main())
    fields, body = receiver.got[0]
    genuine = names["genuine"]
    assert genuine(b"0123456789abcdef", body, fields[SIGNATURE])
    assert not genuine(b"0123456789abcdef", body + b" ", fields[SIGNATURE])
    assert not genuine(b"0123456789abcdeX", body, fields[SIGNATURE])
    assert b"0123456789abcdef" not in body


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_receiver_that_fails_is_logged_once_and_gets_all_of_it_in_order_later(store, receiver, status):
    receiver.status = status

    async def main() -> None:
        async with telling(store, Webhook(receiver.url)):
            await promote(store)
            await roll_back(store)
            await until(receiver, asked=4)
            receiver.status = 200
            await until(receiver, got=2)

    with capture_logs() as logs:
        asyncio.run(main())
    assert [event for event, _ in receiver.told()] == ["shadow.promoted", "shadow.rolled_back"]
    downs = [one for one in logs if one["event"] in ("webhook.down", "webhook.back")]
    assert [one["event"] for one in downs] == ["webhook.down", "webhook.back"]
    assert downs[0]["trouble"] == f"status {status}"
    assert "receiver-secret" not in str(logs)


def test_a_receiver_that_stalls_delays_no_other(store, receiver):
    with Receiver() as stalled:
        stalled.stall = True

        async def main() -> None:
            async with telling(store, Webhook(stalled.url), Webhook(receiver.url), timeout=0.3):
                await promote(store)
                await until(receiver, got=1)
                await until(stalled, asked=2)
                stalled.stall = False
                await until(stalled, got=1)

        asyncio.run(main())
        assert stalled.told() == receiver.told() == [("shadow.promoted", "orders.list")]


def test_a_receiver_that_is_away_gets_the_rest_after_a_restart_of_both(store):
    """Nothing is lost that happened while it was away, nor while nobody looked; what comes twice has the same id."""

    async def before(receiver: Receiver) -> None:
        async with telling(store, Webhook(receiver.url)):
            await promote(store)
            await until(receiver, got=1)

    async def meanwhile(url: str) -> None:
        async with telling(store, Webhook(url)):
            await roll_back(store)

    async def after(receiver: Receiver) -> None:
        async with telling(store, Webhook(receiver.url)):
            while ("shadow.promoted", "orders.read") not in receiver.told():
                await asyncio.sleep(0.01)

    with Receiver() as first:
        asyncio.run(before(first))
    asyncio.run(meanwhile(first.url))
    asyncio.run(promote(store, "orders.read"))
    with Receiver(first.port) as second:
        asyncio.run(asyncio.wait_for(after(second), 20))
    once = {event["id"]: (event["type"], event["subject"]) for event in first.events + second.events}
    assert list(once.values()) == [
        ("shadow.promoted", "orders.list"),
        ("shadow.rolled_back", "orders.list"),
        ("shadow.promoted", "orders.read"),
    ]


def test_a_receiver_gets_what_it_asked_for_only_and_nothing_from_before_its_time(store, receiver):
    asyncio.run(promote(store))

    async def main() -> None:
        async with telling(store, Webhook(receiver.url, events=(Event.ROLLED_BACK,))):
            await promote(store, "orders.read")
            await roll_back(store)
            await until(receiver, got=1)

    asyncio.run(main())
    assert receiver.told() == [("shadow.rolled_back", "orders.list")]


def test_a_secret_that_goes_away_stops_the_delivery_and_not_the_mirror(store, receiver, tmp_path):
    key = tmp_path / "secret"

    async def main() -> None:
        async with telling(store, Webhook(receiver.url, secret_file=key)):
            await promote(store)
            while not any(one["event"] == "webhook.down" for one in logs):
                await asyncio.sleep(0.01)
            key.write_text("0123456789abcdef")
            await until(receiver, got=1)

    with capture_logs() as logs:
        asyncio.run(asyncio.wait_for(main(), 20))
    assert receiver.asked == 1
    assert "openssl rand" in next(one["trouble"] for one in logs if one["event"] == "webhook.down")


def test_a_store_that_is_away_is_waited_for(store, receiver, monkeypatch):
    version, refused = store.version, []

    def away_at_first() -> int:
        if len(refused) < 3:
            refused.append(1)
            raise StoreError("the store is away")
        return version()

    async def main() -> None:
        async with telling(store, Webhook(receiver.url)):
            monkeypatch.setattr(store, "version", away_at_first)
            await promote(store)
            await until(receiver, got=1)

    with capture_logs() as logs:
        asyncio.run(main())
    assert len(refused) == 3
    assert [one["event"] for one in logs] == ["webhooks.not_looked"]
    assert receiver.told() == [("shadow.promoted", "orders.list")]
