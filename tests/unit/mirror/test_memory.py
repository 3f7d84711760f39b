"""What survives a restart of the mirror, sealed where it is a secret; what a store that is away may cost: time."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from shadow.judgement import Alias
from shadow.mirror.jars import Client
from shadow.mirror.memory import Memory
from shadow.recording.budget import read_judged
from shadow.recording.seal import Sealer
from shadow.store import open_store
from shadow.words import Side
from tests.support.builders import a_request, an_exchange
from tests.support.judgements import a_judgement

KEYS = ("cookie:session",)
TOKEN, SHADOW_TOKEN = "live-token-abcdefgh", "shadow-token-ijklmnop"


class World:
    """A store and a recording folder, over restarts of the mirror."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "recording"
        self.folder.mkdir()
        self.database = folder / "shadow.db"
        self.sealer = Sealer.load(folder / "key", (), create=True)
        self.store = open_store(f"sqlite:///{self.database}")

    def memory(self) -> Memory:
        return Memory(self.store, self.sealer, self.folder, enough=1)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.store.close()


def save(memory: Memory, *judgements, clients=(), write=None, tainted="") -> None:
    checkpoint = {one.writer: one.sequence for one in judgements}
    owners = {"jobs": Side.PRIMARY}
    asyncio.run(memory.save(judgements, checkpoint, clients=clients, owners=owners, tainted=tainted, write=write))


def test_names_jars_owners_and_checkpoint_survive_a_restart(world):
    memory = world.memory()
    memory.book.learn(Alias("id", "live-thing", "shadow-thing"), Side.PRIMARY)
    memory.book.learn(Alias("token", TOKEN, SHADOW_TOKEN, scope="c1"), Side.PRIMARY)
    client = Client("c1", {"auth": TOKEN}, {"auth": SHADOW_TOKEN})
    save(memory, a_judgement(1), a_judgement(2), clients=[client], tainted="a write was lost")
    again = world.memory()
    assert again.book.shadow_of("live-thing", "") == "shadow-thing"
    assert again.book.shadow_of(TOKEN, "c1") == SHADOW_TOKEN
    request = a_request(cookie=f"auth={TOKEN}")
    clients = again.clients(KEYS)
    assert (
        clients.of(an_exchange(request, client_key="c1")).cookies_for(request).line == f"auth={SHADOW_TOKEN}".encode()
    )
    assert world.store.checkpoint() == read_judged(world.folder) == {"w1": 2}
    assert world.store.owners() == {"jobs": Side.PRIMARY}
    assert world.store.world().tainted == "a write was lost"


def test_what_the_mirror_of_another_machine_learns_is_taken_up_where_nothing_speaks_against_it(world):
    here, there = world.memory(), world.memory()
    there.book.learn(Alias("id", "known-there", "its-own-word"), Side.PRIMARY)
    for live, shadow in (("new-thing", "shadow-thing"), ("known-there", "another-word"), ("other", "its-own-word")):
        here.book.learn(Alias("id", live, shadow), Side.PRIMARY)
    save(here, a_judgement(1))
    save(there, a_judgement(1, writer="w2"))
    assert there.book.shadow_of("new-thing", "") == "shadow-thing"
    assert there.book.shadow_of("known-there", "") == "its-own-word"
    assert there.book.shadow_of("other", "") is None
    assert there.book.unsaved() == []


def test_names_under_the_key_of_another_machine_are_left_alone(world, tmp_path):
    stranger = world.memory()
    other = Memory(world.store, Sealer.load(tmp_path / "other.key", (), create=True), None, enough=1)
    other.book.learn(Alias("id", "live-thing", "shadow-thing"), Side.PRIMARY)
    save(other, a_judgement(1))
    save(stranger, a_judgement(1, writer="w2"))
    assert len(stranger.book) == 0


def test_cookies_and_names_are_sealed_in_the_store(world):
    """Names of the whole world too: a token in a form looks like any other identifier."""
    memory = world.memory()
    memory.book.learn(Alias("id", TOKEN, SHADOW_TOKEN), Side.PRIMARY)
    memory.book.learn(Alias("token", TOKEN, SHADOW_TOKEN, scope="c1"), Side.PRIMARY)
    save(memory, clients=[Client("c1", {"auth": TOKEN}, {"auth": SHADOW_TOKEN})], write=an_exchange())
    written = b"".join(path.read_bytes() for path in world.database.parent.glob("shadow.db*"))
    assert b"c1" in written
    assert TOKEN.encode() not in written
    assert SHADOW_TOKEN.encode() not in written


def test_a_write_that_was_announced_and_has_no_outcome_was_interrupted(world):
    write = an_exchange(a_request("POST"), sequence=3)
    save(world.memory(), a_judgement(1), a_judgement(2), write=write)
    assert world.memory().interrupted(write)
    assert not world.memory().interrupted(an_exchange(sequence=4))
    save(world.memory(), a_judgement(3))
    assert not world.memory().interrupted(write)


def test_a_write_that_was_withdrawn_was_not(world):
    write = an_exchange(a_request("POST"), sequence=3)
    memory = world.memory()
    save(memory, write=write)
    asyncio.run(memory.withdraw(write))
    assert not world.memory().interrupted(write)


def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost(world):
    """Another process holds the write lock for longer than a busy SQLite waits."""
    memory = world.memory()
    blocker = sqlite3.connect(world.database, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    async def run() -> None:
        saving = asyncio.create_task(
            memory.save([a_judgement(1)], {"w1": 1}, clients=[Client("c1")], owners={}, tainted="", write=None)
        )
        await asyncio.wait([saving], timeout=5.5)
        assert not saving.done()
        blocker.execute("COMMIT")
        await asyncio.wait_for(saving, 20)

    asyncio.run(run())
    blocker.close()
    assert world.store.checkpoint() == {"w1": 1}
    assert set(world.store.jars()) == {"c1"}
