"""A shop whose orders are numbered by a sequence, mirrored to one whose sequence has run further."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field, replace

from shadow.exchange import Exchange, Response
from shadow.mirror.replay import Sides, create_replay
from shadow.recording.reader import scan
from shadow.recording.seal import Sealer
from shadow.store import open_store
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config, mirrored, outcomes, record
from tests.support.upstreams import Upstream, Wire


@dataclass
class Shop:
    """One world's shop: what was ordered before the clone has the same numbers in both."""

    next: int
    orders: dict[int, dict[str, object]] = field(default_factory=lambda: {n: {"item": f"old {n}"} for n in range(1, 6)})
    wrong: int = 0

    def answer(self, method: str, target: str, body: bytes) -> Response:
        """POST /orders, GET /orders, GET and PUT /orders/N; other orders are named by `order_id`."""
        if (method, target) == ("POST", "/orders"):
            number, self.next = self.next, self.next + 1
            self.orders[number] = json.loads(body)
            return self._told(201, self._shown(number), Location=f"/orders/{number}")
        if target == "/orders":
            return self._told(
                200, {"orders": [self._shown(n) for n in self.orders], "count": len(self.orders) + self.wrong}
            )
        number = int(target.rpartition("/")[2])
        if number not in self.orders:
            return self._told(404, {"error": "no such order"})
        if method == "PUT":
            self.orders[number] = json.loads(body)
        return self._told(200, self._shown(number))

    def serve(self, upstream: Upstream, wire: Wire) -> None:
        while True:
            seen = wire.message()
            answer = self.answer(seen.line.split(b" ")[0].decode(), seen.target.decode(), seen.body)
            head = [b"HTTP/1.1 %d X" % answer.status, *(b"%b: %b" % pair for pair in answer.headers)]
            wire.send(b"\r\n".join([*head, b"Content-Length: %d" % answer.body.size, b"", answer.body.data]))

    def _shown(self, number: int) -> dict[str, object]:
        return {"id": number, **self.orders[number], "self": f"/orders/{number}"}

    def _told(self, status: int, value: object, **fields: str) -> Response:
        return an_answer(status, json.dumps(value).encode(), Content_Type="application/json", **fields)


def visited(live: Shop, steps: int = 150) -> list[Exchange]:
    """So many requests of a client."""
    numbers, exchanges = random.Random(3), []
    for step in range(1, steps + 1):
        act = numbers.randrange(4)
        known = list(live.orders)
        method, target = [("POST", "/orders"), ("GET", "/orders"), ("GET", ""), ("PUT", "")][act]
        target = target or f"/orders/{numbers.choice(known)}"
        body = (
            json.dumps({"item": f"item {step}", "order_id": numbers.choice(known)}).encode()
            if method[0] == "P"
            else b""
        )
        request = a_request(method, target, body, **({"Content_Type": "application/json"} if body else {}))
        answer = live.answer(method, target, body)
        exchanges.append(an_exchange(request, answer, began=float(step), ended=step + 0.5, route="notes"))
    return exchanges


def shopping(folder, live: Shop, shadow: Shop):
    """The visit, mirrored; the store."""
    config, exchanges = a_config(folder), visited(live)
    record(config, *exchanges)
    with Upstream(shadow.serve) as upstream:
        config = replace(config, candidate=replace(config.candidate, shadow=upstream.url))
        return mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(exchanges), seconds=30)


def test_a_sequence_that_has_run_further_leaves_no_finding_and_the_worlds_stay_equal(tmp_path):
    live, shadow = Shop(6), Shop(9)
    store = shopping(tmp_path, live, shadow)
    assert store.findings() == []
    counted = outcomes(store)
    assert set(counted) == {("match", ""), ("skipped", "number")}
    assert counted["skipped", "number"] < 15
    renamed = {n: n if n < 6 else n + 3 for n in live.orders}
    for number, order in live.orders.items():
        there = {**order, **({"order_id": renamed[order["order_id"]]} if "order_id" in order else {})}
        assert shadow.orders[renamed[number]] == there
    store.close()


def test_a_count_that_is_one_off_is_found_all_the_same(tmp_path):
    store = shopping(tmp_path, Shop(6), Shop(9, wrong=1))
    assert [(one.kind, one.place) for one in store.findings()] == [("value", "json:$.count")]
    store.close()


def test_a_replay_to_two_sides_learns_the_numbers_of_either(tmp_path):
    """Three sequences: as it was recorded, and as each fresh side counts."""
    config, live, first, second = a_config(tmp_path), Shop(6), Shop(9), Shop(14)
    record(config, *visited(live))
    store = open_store(config.store.url)
    sealer = Sealer.load(config.recording.key, (), create=False)

    async def replayed() -> None:
        with Upstream(first.serve) as one, Upstream(second.serve) as other:
            scanned = scan(config.recording.path, sealer)
            await create_replay(config, store, scanned, Sides(one.url, other.url), sealer=sealer).mirror.run()

    asyncio.run(replayed())
    assert store.findings() == []
    counted = outcomes(store)
    assert set(counted) == {("match", ""), ("skipped", "number")}
    assert counted["skipped", "number"] < 15
    for shop, distance in ((first, 3), (second, 8)):
        renamed = {n: n if n < 6 else n + distance for n in live.orders}
        for number, order in live.orders.items():
            there = {**order, **({"order_id": renamed[order["order_id"]]} if "order_id" in order else {})}
            assert shop.orders[renamed[number]] == there
    store.close()
