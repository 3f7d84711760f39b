"""A resync by itself: what it holds, clones and begins, and what a failure leaves."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from shadow import clock
from shadow.cli.config import effective
from shadow.config import Clone
from shadow.cutover.ledger import verified
from shadow.cutover.resync import Resync, ResyncFailed
from shadow.errors import ConfigError, StoreError
from shadow.mirror.clones import RESYNC, Clones, unpaused
from shadow.mirror.lock import alone, name_of
from shadow.store import open_store
from shadow.store.values import Heartbeat, KnownAlias, Phase
from tests.support.mirrors import a_config
from tests.support.mongo import db_name, mongo_client, mongo_url
from tests.support.recording import until
from tests.support.upstreams import Upstream, Wire, answering

__all__ = ["db_name", "mongo_client", "mongo_url"]
HOOK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


@pytest.fixture
def hooks():
    """The four applications as one: it only takes its hooks."""
    with Upstream(answering(HOOK)) as upstream:
        yield upstream


@pytest.fixture
def config(tmp_path, hooks):
    config = a_config(tmp_path, candidate=hooks.url, primary=hooks.url)
    config = replace(config, primary=replace(config.primary, live=hooks.url))
    config.recording.path.mkdir()
    return replace(config, world=Clone(clone="true", hold=5.0))


@pytest.fixture
def store(config):
    store = open_store(config.store.url)
    store.register(config.routes)
    yield store
    store.close()


def resync(config, store):
    return asyncio.run(Resync(config, store, who="ann@cli").run())


def asked(hooks) -> list[bytes]:
    return [hooks.request().target for _ in range(hooks.seen.qsize())]


def test_a_mongo_database_is_cloned_and_a_new_world_begins(config, store, hooks, mongo_client, mongo_url, db_name):
    mongo_client[db_name].runs.insert_many([{"n": n} for n in range(3)])
    mongo_client[f"{db_name}s"].runs.insert_one({"n": "old"})
    store.record([], checkpoint={}, tainted="a write was lost", aliases=[KnownAlias("", "hex", "a", "b")])
    world = Clone(live=f"{mongo_url}/{db_name}", shadow=f"{mongo_url}/{db_name}s", hold=5.0)
    try:
        done = resync(replace(config, world=world), store)
        assert [one["n"] for one in mongo_client[f"{db_name}s"].runs.find()] == [0, 1, 2]
    finally:
        mongo_client.drop_database(f"{db_name}s")
    assert (done.copied, done.world.number, done.world.tainted) == ({"runs": 3}, 2, "")
    (entry,) = verified(store)
    told = entry.move
    assert (told.action, told.name, told.who, told.reason) == ("resync", "world 2", "ann@cli", "a write was lost")
    assert json.loads(told.evidence)["copied"] == {"runs": 3}
    assert store.aliases() == []
    assert store.stages().handovers == {}
    assert asked(hooks) == [b"/leave", b"/leave", b"/enter", b"/enter"]


def test_every_unit_is_held_even_what_no_route_matches_and_even_one_on_hold(config, store):
    """The command sees the store as a proxy would while the clone is made."""
    look = f"python3 -c \"import sqlite3; print([row[0] for row in sqlite3.connect('{config.source.parent}/shadow.db')"
    look += ".execute('SELECT unit FROM handovers ORDER BY unit')], file=open('held', 'w'))\""
    resync(replace(config, world=replace(config.world, clone=look)), store)
    assert (config.source.parent / "held").read_text().strip() == "['*', 'jobs', 'notes', 'page']"


def test_a_proxy_with_requests_in_flight_is_waited_for_and_then_nothing_has_changed(config, store, hooks):
    store.beat(Heartbeat("p1", clock.now() + 60))
    with pytest.raises(ResyncFailed, match=r"in flight; nothing has changed \(\[world\] hold is 0.3 s\)"):
        resync(replace(config, world=replace(config.world, hold=0.3)), store)
    assert (store.world().number, store.world().tainted, store.stages().handovers) == (1, "", {})
    assert asked(hooks) == []


def test_a_clone_that_takes_too_long_is_ended_and_taints(config, store, hooks):
    """No entry in the ledger either: no world has begun."""
    with pytest.raises(ResyncFailed, match="took longer than 1 s"):
        resync(replace(config, world=Clone(clone="sleep 30", hold=1.0)), store)
    assert store.world().tainted == "a clone was begun and not finished"
    assert (store.stages().handovers, store.ledger()) == ({}, [])
    assert asked(hooks)[-1] == b"/enter"


def test_a_side_that_does_not_take_its_state_back_is_asked_again_and_holds_no_other_unit(config, store):
    def leaves_only(upstream: Upstream, wire: Wire) -> None:
        refused = wire.message().target == b"/enter"
        wire.send(HOOK.replace(b"true", b"null") if refused else HOOK)

    with Upstream(leaves_only) as side:
        config = replace(config, primary=replace(config.primary, live=side.url))
        with pytest.raises(ResyncFailed, match=r"the shadow world is cloned, but .*; it is asked again"):
            resync(config, store)
    assert store.world().number == 2
    assert {unit: one.phase for unit, one in store.stages().handovers.items()} == {"jobs": Phase.RETURNING}


def test_a_database_that_is_away_is_named_without_its_password(config, store):
    world = Clone(live="mongodb://u:secret@127.0.0.1:9/a?serverSelectionTimeoutMS=50", shadow="mongodb://127.0.0.1:9/b")
    config = replace(config, world=replace(world, hold=20.0))
    with pytest.raises((ResyncFailed, StoreError)) as failure:
        resync(config, store)
    assert "secret" not in str(failure.value)
    assert "secret" not in json.dumps(effective(config)["world"])


@pytest.mark.parametrize(
    ("world", "what"),
    [
        (Clone(), "'live' and 'shadow'"),
        (Clone(live="mongodb://a/b"), "'live' and 'shadow'"),
        (Clone(live="x", shadow="y"), "mongodb"),
    ],
)
def test_without_urls_or_a_command_it_does_not_begin(config, store, world, what):
    with pytest.raises(ConfigError, match=what):
        Resync(replace(config, world=world), store, who="ann")


def test_a_mirror_that_lives_must_pause_first_and_begins_the_new_world_by_itself(config, store):
    begun: list[object] = []

    async def run() -> int:
        name = name_of(config.recording.path)
        clones = Clones(store, lambda number, _since: begun.append(number), begun.append, name=name)
        working = asyncio.create_task(Resync(config, store, who="ann").run())
        while not await clones.wait(idle=False):
            await asyncio.sleep(0.01)
        assert store.world().number == 1
        while await clones.wait(idle=True):
            await asyncio.sleep(0.01)
        return (await working).world.number

    with alone(config.recording.path):
        assert asyncio.run(run()) == 2
    assert begun == [2]


def test_the_mirrors_of_all_machines_must_pause_first_but_for_those_that_ended(config, store):
    begun: list[object] = []

    def mirror(name: str) -> Clones:
        return Clones(store, lambda number, _since: begun.append((name, number)), begun.append, name=name)

    async def run() -> int:
        here, there, ended = (mirror(name) for name in ("here", "there", "ended"))
        for clones in (here, there, ended):
            assert not await clones.wait(idle=False)
        await ended.leave()
        working = asyncio.create_task(Resync(config, store, who="ann").run())
        while not await here.wait(idle=True):
            await asyncio.sleep(0.01)
        while not await there.wait(idle=False):
            await asyncio.sleep(0.01)
        assert unpaused(store, json.loads(store.noted(RESYNC))["id"], config.recording.path) == ["there"]
        assert store.world().number == 1
        for clones in (here, there):
            while await clones.wait(idle=True):
                await asyncio.sleep(0.01)
        return (await working).world.number

    assert asyncio.run(run()) == 2
    assert sorted(begun) == [("here", 2), ("there", 2)]


def test_a_resync_whose_process_died_stops_no_mirror_for_good(store):
    async def run() -> bool:
        return await Clones(store, lambda number, since: None, lambda why: None, name="a").wait(idle=True)

    store.note(RESYNC, json.dumps({"id": "x", "until": clock.now() + 60}))
    assert asyncio.run(run())
    store.note(RESYNC, json.dumps({"id": "x", "until": clock.now() - 1}))
    assert not asyncio.run(run())


def test_a_mirror_learns_that_another_process_has_spoilt_its_world(config, store):
    """From then on, what differs is a consequence."""
    told: list[str] = []
    clones = Clones(store, lambda number, since: None, told.append, name="a")
    assert not asyncio.run(clones.wait(idle=True))
    assert told == []
    store.record([], checkpoint={}, tainted="a clone was begun and not finished")
    until(lambda: not asyncio.run(clones.wait(idle=True)) and told)
    assert told[0] == "a clone was begun and not finished"
