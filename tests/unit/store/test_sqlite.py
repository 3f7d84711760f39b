"""What only the SQLite store has: a file with a format, processes that die, and a ledger that SQL cannot change."""

from __future__ import annotations

import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shadow.errors import ConfigError, StoreError
from shadow.routes import Route
from shadow.store import open_store
from shadow.store.database import FORMAT
from shadow.store.values import Hold, Intent, KnownAlias, Move
from shadow.words import Stage

ROOT = Path(__file__).parents[3]

RECORDER = """
import sys
from shadow.store import open_store
from tests.support.judgements import a_judgement, a_mismatch
store = open_store(sys.argv[1])
done = store.checkpoint().get("w1", 0)
print("ready", flush=True)
while True:
    batch = [a_judgement(n) if n % 5 else a_mismatch(n) for n in range(done + 1, done + 8)]
    done += 7
    store.record(batch, checkpoint={"w1": done})
"""

OPENER = """
import sys
from shadow.store import open_store
store = open_store(sys.argv[1])
store.note(sys.argv[2], "here")
store.close()
"""


def url(path):
    return f"sqlite:///{path}"


def test_the_files_of_a_new_store_are_their_owners_only(tmp_path):
    """Samples hold bodies of requests and answers."""
    before = os.umask(0o022)
    try:
        store = open_store(url(tmp_path / "shadow.db"))
        store.note("key", "value")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("shadow.db", "shadow.db-wal", "shadow.db-shm"), 0o600)


def test_a_store_that_was_given_to_a_group_stays_so(tmp_path):
    open_store(url(tmp_path / "shadow.db")).close()
    (tmp_path / "shadow.db").chmod(0o640)
    open_store(url(tmp_path / "shadow.db")).close()
    assert (tmp_path / "shadow.db").stat().st_mode & 0o777 == 0o640


def test_folders_are_made_and_what_was_kept_is_there_again(tmp_path):
    path = tmp_path / "var" / "deep" / "shadow.db"
    store = open_store(url(path))
    store.note("key", "value")
    store.close()
    store = open_store(url(path))
    assert store.noted("key") == "value"
    store.close()


def test_a_newer_format_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "shadow.db"
    open_store(url(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(StoreError, match=f"format {FORMAT + 1}, this version reads up to {FORMAT}. Next: upgrade"):
        open_store(url(path))


FORMAT_1 = """
DROP TABLE meta; DROP TABLE units; DROP TABLE routes; DROP TABLE aliases;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE units (unit TEXT PRIMARY KEY, stage TEXT NOT NULL) STRICT;
CREATE TABLE routes (route TEXT PRIMARY KEY, unit TEXT NOT NULL, stage TEXT NOT NULL) STRICT;
CREATE TABLE aliases (id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, kind TEXT NOT NULL, live TEXT NOT NULL,
    shadow TEXT NOT NULL, UNIQUE (scope, live)) STRICT;
DROP TABLE intents;
CREATE TABLE intents (recording TEXT PRIMARY KEY, writer TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
INSERT INTO intents VALUES ('live', 'w1', 4);
INSERT INTO meta VALUES ('stages', '7');
INSERT INTO units VALUES ('a', 'promoted');
INSERT INTO routes VALUES ('a', 'a', 'promoted');
"""


def test_a_store_of_the_first_format_goes_on_where_it_stood(tmp_path):
    path = tmp_path / "shadow.db"
    open_store(url(path)).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA user_version = 1;" + FORMAT_1)
    connection.close()
    started = [start(OPENER, url(path), f"p{number}") for number in range(3)]
    assert [process.wait(30) for process in started] == [0] * 3, [process.stderr.read() for process in started]
    for process in started:
        process.stdout.close()
        process.stderr.close()
    store = open_store(url(path))
    store.register([Route("a", "/a"), Route("b", "/b")])
    assert store.stages().units == {"a": Stage.PROMOTED, "b": Stage.SHADOW}
    store.move("b", Stage.SHADOW, Stage.CANARY, Move("promote", "b", "ann", "shadow", "canary:5"), share=5)
    assert store.stages().canaries["b"].share == 5
    assert store.intents() == {Intent("w1", 4)}
    store.close()


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "shadow.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"damaged or no store.*Next: move it away"):
        open_store(url(path))


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(StoreError, match="another program's"):
        open_store(url(path))


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"folder cannot be made.*\[store\] url"):
        open_store(url(tmp_path / "file" / "shadow.db"))


def test_an_unknown_kind_of_store_is_refused():
    with pytest.raises(ConfigError, match="'oracle' is no store"):
        open_store("oracle://x")


def test_a_store_damaged_while_it_is_open_says_so(tmp_path):
    path = tmp_path / "shadow.db"
    store = open_store(url(path))
    store.register([Route("a", "/a")])
    store.close()
    store = open_store(url(path))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with pytest.raises(StoreError, match=str(path)):
        store.stages()
    store.close()


def test_nothing_can_change_or_remove_an_entry_of_the_ledger(tmp_path):
    path = tmp_path / "shadow.db"
    store = open_store(url(path))
    store.register([Route("a", "/a")])
    store.set_hold(Hold("a", "ann", 1.0, "odd"), Move("hold", "a", "ann"))
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("UPDATE ledger SET at = 0", "DELETE FROM ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()
    store.close()


def test_processes_that_start_together_make_one_store(tmp_path):
    path = tmp_path / "shadow.db"
    started = [start(OPENER, url(path), f"p{number}") for number in range(6)]
    assert [process.wait(30) for process in started] == [0] * 6, [process.stderr.read() for process in started]
    for process in started:
        process.stdout.close()
        process.stderr.close()
    store = open_store(url(path))
    assert [store.noted(f"p{number}") for number in range(6)] == ["here"] * 6
    store.close()


def test_counts_equal_the_checkpoint_whenever_the_recorder_is_killed(tmp_path):
    """Promise 3: every exchange below the checkpoint has exactly one outcome, also after kill -9."""
    path = tmp_path / "shadow.db"
    last = 0
    for pause in (0.01, 0.05, 0.12, 0.2):
        process = start(RECORDER, url(path))
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        store = open_store(url(path))
        done = store.checkpoint().get("w1", 0)
        assert sum(one.count for one in store.counts()) == done >= last
        assert sum(one.count for one in store.findings()) == done // 5
        assert sum(tally.compared for tally in store.tallies()) == done
        store.close()
        last = done
    assert last > 0


def start(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_is_kept_already_makes_a_batch_no_slower(tmp_path):
    """To look for the oldest and the newest of so many took 10 ms each time, and the store's lock as long."""
    store = open_store(url(tmp_path / "shadow.db"))

    def keep(*names: str) -> float:
        began = time.perf_counter()
        aliases = [KnownAlias("", "id", name, name) for name in names]
        store.record([], checkpoint={}, aliases=aliases, jars=dict.fromkeys(names, "jar"))
        return time.perf_counter() - began

    alone = statistics.median(keep(f"first {number}") for number in range(30))
    keep(*(f"one of many {number}" for number in range(40_000)))
    assert statistics.median(keep(f"last {number}") for number in range(30)) < 4 * alone
    store.close()
