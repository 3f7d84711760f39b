"""What only the MongoDB store has: a server that may be away, its clock, and writers on several machines."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from demo.database import EmbeddedDatabase, free_port
from shadow import clock
from shadow.errors import ConfigError, PromotionRefused, StoreError
from shadow.routes import Route
from shadow.store import mongo_database, mongo_findings, open_store
from shadow.store.mongo_database import FORMAT
from shadow.store.trail import broken_at
from shadow.store.values import Hold, Move
from shadow.words import Stage
from tests.support.judgements import SECOND_BUILD, a_judgement, a_mismatch
from tests.support.mongo import db_name  # noqa: F401


@pytest.fixture
def url(mongo_url, db_name):  # noqa: F811
    return f"{mongo_url}/{db_name}"


@pytest.fixture
def two(url):
    """The same store as two machines open it."""
    stores = open_store(url), open_store(url)
    yield stores
    for store in stores:
        store.close()


def test_what_one_has_written_the_other_reads(two):
    here, there = two
    here.register([Route("a", "/a")])
    version = there.version()
    there.move("a", Stage.SHADOW, Stage.PROMOTED, Move("promote", "a", "ann"))
    assert here.version() > version
    assert here.stages().units == {"a": Stage.PROMOTED}


def test_machines_that_start_together_make_one_store(url):
    with ThreadPoolExecutor(4) as threads:
        stores = [*threads.map(lambda _: open_store(url), range(4))]
    stores[0].note("key", "value")
    assert [store.noted("key") for store in stores] == ["value"] * 4
    for store in stores:
        store.close()


def test_of_two_that_take_one_step_at_once_the_second_is_refused(two):
    two[0].register([Route("a", "/a")])
    both, refused = threading.Barrier(2), []

    def promote(store):
        both.wait()
        try:
            store.move("a", Stage.SHADOW, Stage.PROMOTED, Move("promote", "a", "ann"))
        except PromotionRefused as error:
            refused.append(error)

    with ThreadPoolExecutor(2) as threads:
        [*threads.map(promote, two)]
    assert len(refused) == 1
    assert len(two[0].ledger()) == 1


def test_the_ledger_stays_one_chain_however_many_write_to_it(two):
    two[0].register([Route("a", "/a")])

    def hold(number):
        two[number % 2].set_hold(Hold("a", "ann", 1.0, "odd"), Move("hold", "a", f"ann {number}"))

    with ThreadPoolExecutor(4) as threads:
        [*threads.map(hold, range(12))]
    entries = two[1].ledger()
    assert broken_at(entries) is None
    assert {one.move.who for one in entries} == {f"ann {number}" for number in range(12)}


def test_mirrors_of_several_machines_lose_and_double_nothing(two):
    """Both judge the same routes at the same time: sums, findings and tallies add up."""

    def mirror(number):
        for start in range(1, 31, 5):
            batch = [
                a_mismatch(n, writer=f"w{number}") if n % 5 == 0 else a_judgement(n, writer=f"w{number}")
                for n in range(start, start + 5)
            ]
            two[number % 2].record(batch, checkpoint={f"w{number}": start + 4}, jars={f"c{number}": f"{start}"})

    with ThreadPoolExecutor(3) as threads:
        [*threads.map(mirror, range(3))]
    assert sum(one.count for one in two[0].counts()) == 90
    assert [one.count for one in two[0].findings()] == [18]
    assert [one.compared for one in two[1].tallies()] == [90]
    assert two[1].checkpoint() == {"w0": 30, "w1": 30, "w2": 30}
    assert two[0].jars() == {f"c{number}": "26" for number in range(3)}


def test_the_clock_is_that_of_the_server_whatever_the_machine_believes(two, monkeypatch):
    here, there = two
    monkeypatch.setattr(clock, "now", lambda: 5.0)
    assert here.now() > 1e9
    assert abs(here.now() - there.now()) < 1.0
    here.register([Route("a", "/a")])
    here.move("a", Stage.SHADOW, Stage.PROMOTED, Move("promote", "a", "ann"))
    assert abs(here.stages().moved["a"] - there.now()) < 5.0


def test_a_sample_too_large_for_a_document_is_left_out_and_its_finding_kept(two, monkeypatch):
    monkeypatch.setattr(mongo_findings, "_MAX_SAMPLE", 10)
    two[0].record([a_mismatch(1)], checkpoint={"w1": 1})
    (finding,) = two[0].findings()
    assert two[0].samples(finding.id) == []


def test_the_epoch_is_the_latest_one_seen_whoever_saw_it(two):
    two[0].record([a_judgement(1)], checkpoint={"w1": 1})
    two[1].record([a_judgement(1, writer="w2", epoch=SECOND_BUILD)], checkpoint={"w2": 1})
    assert two[0].epoch() == SECOND_BUILD


def test_a_newer_format_is_refused_with_what_to_do(url, mongo_client, db_name):  # noqa: F811
    open_store(url).close()
    mongo_client[db_name]["meta"].update_one({"_id": "format"}, {"$set": {"number": FORMAT + 1}})
    with pytest.raises(StoreError, match=f"format {FORMAT + 1}, this version reads up to {FORMAT}. Next: upgrade"):
        open_store(url)


def test_another_programs_database_is_left_alone(url, mongo_client, db_name):  # noqa: F811
    mongo_client[db_name]["theirs"].insert_one({})
    with pytest.raises(StoreError, match="another program's database"):
        open_store(url)
    assert mongo_client[db_name].list_collection_names() == ["theirs"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("mongodb://ann:s3cret@127.0.0.1:9", "mongodb://127.0.0.1:9 names no database"),
        ("mongodb://ann:s3c@ret@127.0.0.1:9/x", "percent-encode"),
        ("mongodb://ann:s3cret@127.0.0.1:99999/x", "percent-encode"),
        ("mongodb://ann:s3cret@127.0.0.1:9/x", r"mongodb://127\.0\.0\.1:9/x: the store is away"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(wrong, told, monkeypatch):
    monkeypatch.setattr(mongo_database, "_REACHED_WITHIN", 0.2)
    with pytest.raises((ConfigError, StoreError), match=told) as raised:
        open_store(wrong)
    assert "s3c" not in str(raised.value)
    assert "ann" not in str(raised.value)


def test_a_server_that_hangs_costs_a_moment_and_is_there_again_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(mongo_database, "_REACHED_WITHIN", 0.3)
    monkeypatch.setattr(mongo_database, "_DONE_WITHIN", 0.5)
    with EmbeddedDatabase() as server:
        store = open_store(f"{server.start(tmp_path)}/shadow")
        store.register([Route("a", "/a")])
        server.send(signal.SIGSTOP)
        began = clock.monotonic()
        # A busy machine takes a while to stop all threads of a process.
        first = until(lambda: failure(store.version), "the server has stopped")
        for ask in (store.stages, lambda: store.record([a_judgement(1)], checkpoint={"w1": 1})):
            assert "the store is away" in failure(ask)
        assert "the store is away" in first
        assert clock.monotonic() - began < 15.0
        server.send(signal.SIGCONT)
        record = partial(store.record, [a_judgement(1)], checkpoint={"w1": 1})
        until(lambda: not failure(record), "the server answers again")
        assert sum(one.count for one in store.counts()) == 1
        store.close()


def failure(ask) -> str:
    """What the store says when it fails; nothing when it does not."""
    try:
        ask()
    except StoreError as error:
        return str(error)
    return ""


def until(true, what):
    """Ask until the answer is true, and give it back."""
    deadline = clock.monotonic() + 45.0
    while not (found := true()):
        assert clock.monotonic() < deadline, what
    return found


@pytest.mark.soak
def test_a_batch_is_there_whole_or_not_at_all_when_the_server_is_killed(tmp_path):
    with EmbeddedDatabase() as server:
        port = free_port()
        store = open_store(f"{server.start(tmp_path, port)}/shadow")
        for number in range(1, 21):
            store.record([a_mismatch(number)], checkpoint={"w1": number})
        server.send(signal.SIGKILL)
        server.stop()
        server.start(tmp_path, port)
        # The embedded server may forget its last moment; MongoDB has each commit in its journal before it confirms it.
        done = store.checkpoint()["w1"]
        assert done > 1
        assert sum(one.count for one in store.counts()) == done
        assert store.findings()[0].count == done
        assert store.tallies()[0].compared == done
        store.close()
