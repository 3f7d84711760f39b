"""The stage map of a proxy: never waits, keeps the last map, tells the store what has drained."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace

from shadow import clock
from shadow.cutover import switchboard as module
from shadow.cutover.switchboard import Switchboard
from shadow.direction import Direction
from shadow.errors import StoreError
from shadow.routes import REST
from shadow.store import open_store
from shadow.store.values import Handover, Move, Phase
from shadow.words import Side, Stage

PRIMARY = Direction(Stage.SHADOW, Side.PRIMARY)
PROMOTED = Direction(Stage.PROMOTED, Side.CANDIDATE)


class Cut:
    """A real store behind a wire that can be cut."""

    def __init__(self, store):
        self._store = store
        self.cut = False

    def __getattr__(self, name):
        if self.cut:
            raise StoreError("the wire is cut")
        return getattr(self._store, name)

    def close(self):
        self._store.close()


@asynccontextmanager
async def following(open_it, routes, proxy="p1"):
    board = Switchboard(open_it, routes, proxy=proxy)
    await board.start()
    try:
        yield board
    finally:
        await board.close()


async def until(condition, within=5.0):
    """Wait for what must come; how long it took (s)."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, "it never came"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def promote(store, unit="orders.list"):
    store.move(unit, Stage.SHADOW, Stage.PROMOTED, Move("promote", unit, "ann", "shadow", "promoted"))


def hold(store, seconds=30.0, key="H1"):
    deadline = clock.now() + seconds
    store.begin_handover(Handover(key, "worker", Stage.SHADOW, Stage.PROMOTED, Phase.HOLDING, deadline, "ann"))


def drained(store, proxy="p1"):
    return {one.proxy: one.drained for one in store.heartbeats()}.get(proxy)


def test_a_handover_that_is_past_its_deadline_is_looked_at_no_more_often_than_none(store, url, routes):
    """It may stand in the store for hours, when a side that should take its state back is gone."""

    class Counting(Cut):
        looks = 0

        def version(self):
            self.looks += 1
            return self._store.version()

    async def run():
        hold(store, seconds=-1.0)
        wire = Counting(open_store(url))
        async with following(lambda: wire, routes):
            before = wire.looks
            await asyncio.sleep(4 * module.POLL)
            assert wire.looks - before <= 5

    asyncio.run(run())


def test_a_move_reaches_the_hot_path_within_a_fraction_of_a_second(store, url, routes):
    async def run():
        async with following(lambda: open_store(url), routes) as board:
            route = routes.get("orders.list")
            assert board.direction(route) == PRIMARY
            promote(store)
            assert await until(lambda: board.direction(route) == PROMOTED) < 0.5
            assert board.direction(routes.get("api.beat")) == PRIMARY
            assert board.direction(REST) == PRIMARY

    asyncio.run(run())


def test_without_a_store_everything_is_served_by_the_primary_until_it_is_there(tmp_path, routes):
    (tmp_path / "var").write_text("a file where the folder should be")
    url = f"sqlite:///{tmp_path / 'var' / 'shadow.db'}"

    async def run():
        async with following(lambda: open_store(url), routes) as board:
            route = routes.get("orders.list")
            assert board.direction(route) == PRIMARY
            assert not board.connected
            (tmp_path / "var").unlink()
            store = open_store(url)
            store.register(routes)
            promote(store)
            store.close()
            await until(lambda: board.direction(route) == PROMOTED)
            assert board.connected

    asyncio.run(run())


def test_a_route_configured_off_is_not_mirrored_before_the_first_map(tmp_path, routes):
    board = Switchboard(lambda: open_store("sqlite:////nowhere"), routes, proxy="p1")
    off = replace(routes.get("orders.list"), stage=Stage.OFF)
    promoted = replace(routes.get("orders.list"), stage=Stage.PROMOTED)
    assert board.direction(off) == Direction(Stage.OFF, Side.PRIMARY)
    assert board.direction(promoted) == PRIMARY


def test_the_last_map_goes_on_while_the_store_is_away(store, url, routes):
    async def run():
        wire = Cut(open_store(url))
        promote(store)
        async with following(lambda: wire, routes) as board:
            route = routes.get("orders.list")
            await until(lambda: board.direction(route) == PROMOTED)
            wire.cut = True
            await until(lambda: not board.connected)
            assert board.direction(route) == PROMOTED
            store.move("orders.list", Stage.PROMOTED, Stage.SHADOW, Move("rollback", "orders.list", "ann"))
            wire.cut = False
            await until(lambda: board.direction(route) == PRIMARY)
            assert board.connected

    asyncio.run(run())


def test_a_store_that_hangs_does_not_delay_the_hot_path(store, url, routes):
    class Hanging(Cut):
        def version(self):
            time.sleep(1.0)
            return self._store.version()

    async def run():
        async with following(lambda: Hanging(open_store(url)), routes) as board:
            worst = 0.0
            for _ in range(100):
                began = time.monotonic()
                board.direction(routes.get("orders.list"))
                await asyncio.sleep(0)
                worst = max(worst, time.monotonic() - began)
            assert worst < 0.5

    asyncio.run(run())


def test_a_heartbeat_that_waits_for_other_writers_does_not_delay_the_flip(store, url, routes):
    gate = threading.Event()

    class Busy(Cut):
        def beat(self, heartbeat):
            if heartbeat.drained:
                gate.wait(10)
            self._store.beat(heartbeat)

    async def run():
        route = routes.get("api.beat")
        async with following(lambda: Busy(open_store(url)), routes) as board:
            hold(store)
            await until(lambda: board.direction(route).held)
            store.drop_handover("H1")
            await until(lambda: not board.direction(route).held, within=1.0)
            gate.set()
            await until(lambda: drained(store) == {"H1"})

    asyncio.run(run())


def test_held_requests_wait_and_go_where_the_handover_ends(store, url, routes):
    async def run():
        route = routes.get("api.beat")
        async with following(lambda: open_store(url), routes) as board:
            hold(store)
            await until(lambda: board.direction(route).held)
            assert not board.direction(routes.get("orders.list")).held
            waiting = [asyncio.create_task(board.released(route)) for _ in range(20)]
            await until(lambda: drained(store) == {"H1"})
            assert not any(task.done() for task in waiting)
            store.finish_handover("H1", Move("promote", "worker", "ann"), before=clock.now() + 10)
            assert await asyncio.gather(*waiting) == [PROMOTED] * 20

    asyncio.run(run())


def test_held_requests_go_on_as_before_when_the_handover_is_dropped(store, url, routes):
    async def run():
        route = routes.get("api.beat")
        async with following(lambda: open_store(url), routes) as board:
            hold(store)
            await until(lambda: board.direction(route).held)
            waiting = asyncio.create_task(board.released(route))
            store.drop_handover("H1")
            assert await waiting == PRIMARY

    asyncio.run(run())


def test_held_requests_go_on_at_the_deadline_even_when_the_store_is_gone(store, url, routes):
    async def run():
        route = routes.get("api.beat")
        wire = Cut(open_store(url))
        async with following(lambda: wire, routes) as board:
            hold(store, seconds=0.6)
            await until(lambda: board.direction(route).held)
            wire.cut = True
            began = time.monotonic()
            assert await board.released(route) == PRIMARY
            assert time.monotonic() - began < 1.5
            assert not board.direction(route).held

    asyncio.run(run())


def test_a_unit_has_drained_only_when_its_last_request_is_answered(store, url, routes):
    async def run():
        async with following(lambda: open_store(url), routes) as board:
            route = routes.get("api.beat")
            board.enter("worker")
            board.enter("worker")
            hold(store)
            await until(lambda: board.direction(route).held)
            board.leave("worker")
            await asyncio.sleep(3 * module.POLL)
            assert drained(store) == frozenset()
            board.leave("worker")
            assert await until(lambda: drained(store) == {"H1"}) < 0.5

    asyncio.run(run())


def test_a_proxy_that_ends_is_no_longer_waited_for(store, url, routes):
    async def run():
        async with following(lambda: open_store(url), routes):
            await until(lambda: drained(store) is not None)

    asyncio.run(run())
    assert store.heartbeats() == []


def test_a_rollback_reaches_every_proxy_within_a_second(store, url, routes):
    """Promise 9."""

    async def run():
        boards = [Switchboard(lambda: open_store(url), routes, proxy=f"p{number}") for number in range(4)]
        await asyncio.gather(*(board.start() for board in boards))
        route = routes.get("orders.list")
        promote(store)
        await until(lambda: all(board.direction(route) == PROMOTED for board in boards))
        store.move("orders.list", Stage.PROMOTED, Stage.SHADOW, Move("rollback", "orders.list", "ann"))
        took = await until(lambda: all(board.direction(route) == PRIMARY for board in boards))
        await asyncio.gather(*(board.close() for board in boards))
        return took

    assert asyncio.run(run()) < 1.0


def test_while_requests_are_held_the_store_is_asked_more_often(store, url, routes, monkeypatch):
    """Every client of the group waits for the end of the handover."""
    monkeypatch.setattr(module, "POLL", 60.0)

    async def run():
        hold(store)
        async with following(lambda: open_store(url), routes) as board:
            beat = routes.get("api.beat")
            assert board.direction(beat).held
            store.drop_handover("H1")
            await until(lambda: not board.direction(beat).held)

    asyncio.run(run())
