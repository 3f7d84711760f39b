"""`shadow doctor` looks and touches nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shadow.cli.main import app
from shadow.recording.seal import Sealer
from shadow.store import open_store
from shadow.store.database import FORMAT
from tests.support.mongo import db_name, mongo_client, mongo_url  # noqa: F401

TEXT = """[primary]
live = "http://127.0.0.1:1"
[candidate]
live = "http://127.0.0.1:2"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shadow.toml").write_text(TEXT)
    return tmp_path


def examined() -> dict[str, tuple[bool, str]]:
    done = CliRunner().invoke(app, ["doctor", "--json"], catch_exceptions=False)
    return {one["name"]: (one["fine"], one["told"]) for one in json.loads(done.stdout)}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stored(folder: Path) -> dict[str, bytes]:
    """The store's files; what is in `-shm` is SQLite's own, made anew by whoever reads."""
    return {name: b"" if name.endswith("-shm") else data for name, data in files(folder).items() if "shadow.db" in name}


def contents(database: Any) -> dict[str, Any]:
    return {name: list(database[name].find()) for name in database.list_collection_names()}


def test_what_is_not_there_yet_is_told_and_not_made(folder: Path) -> None:
    found = examined()
    assert list(folder.iterdir()) == [folder / "shadow.toml"]
    for name, path in (
        ("recording", "recordings/live"),
        ("key", "var/recording.key"),
        ("console token", "var/console.token"),
        ("store", "var/shadow.db"),
    ):
        fine, told = found[name]
        assert fine
        assert told.endswith(f"{path} is not there yet; shadow serve makes it")


def test_what_is_there_is_read_and_stays_as_it_is(folder: Path) -> None:
    (folder / "recordings" / "live").mkdir(parents=True)
    Sealer.load(Path("var/recording.key"), (), create=True)
    open_store("sqlite:///var/shadow.db").close()
    Path("var/console.token").write_text("long-enough-for-a-token")
    before = files(folder)
    found = examined()
    assert all(found[name][0] for name in ("recording", "key", "console token", "store"))
    assert files(folder) == before


@pytest.mark.parametrize("killed", [False, True])
def test_an_older_store_is_told_and_stays_as_it_is(folder: Path, killed: bool) -> None:
    open_store("sqlite:///var/other.db").close()
    with closing(sqlite3.connect("var/other.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 1")
        for end in ("", "-wal", "-shm") if killed else ():
            shutil.copy("var/other.db" + end, "var/shadow.db" + end)
    if not killed:
        shutil.copy("var/other.db", "var/shadow.db")
    before = stored(folder)
    assert examined()["store"] == (True, f"format 1; shadow serve brings it to {FORMAT}")
    assert stored(folder) == before


def test_an_empty_file_is_told_and_stays_empty(folder: Path) -> None:
    (folder / "var").mkdir()
    Path("var/shadow.db").touch()
    assert examined()["store"] == (True, f"{folder}/var/shadow.db is empty; shadow serve makes a store of it")
    assert stored(folder) == {"var/shadow.db": b""}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (f"PRAGMA user_version = {FORMAT + 1}", f"has format {FORMAT + 1}, this version reads up to {FORMAT}"),
        ("PRAGMA application_id = 7", "is another program's database"),
    ],
)
def test_a_store_of_another_kind_or_newer_is_told(folder: Path, change: str, told: str) -> None:
    open_store("sqlite:///var/shadow.db").close()
    with closing(sqlite3.connect("var/shadow.db", isolation_level=None)) as connection:
        connection.execute(change)
    before = stored(folder)
    fine, found = examined()["store"]
    assert not fine
    assert told in found
    assert stored(folder) == before


def test_what_is_wrong_is_told_with_what_to_do(folder: Path) -> None:
    (folder / "recordings").write_text("a file")
    (folder / "var").mkdir()
    Path("var/shadow.db").write_bytes(b"no database" * 99)
    Path("var/recording.key").write_text("no key")
    Path("var/console.token").write_text("short")
    found = examined()
    for name in ("recording", "key", "console token", "store"):
        fine, told = found[name]
        assert not fine
        assert told


def test_a_key_that_would_lie_inside_the_recording_is_told(folder: Path) -> None:
    (folder / "shadow.toml").write_text(TEXT + '[recording]\nkey = "recordings/live/key"\n')
    assert examined()["key"][0] is False


def test_an_empty_database_stays_empty(folder: Path, mongo_client: Any, mongo_url: str, db_name: str) -> None:  # noqa: F811
    (folder / "shadow.toml").write_text(f'{TEXT}[store]\nurl = "{mongo_url}/{db_name}"\n')
    assert examined()["store"] == (True, "the database is empty; shadow serve makes a store of it")
    assert mongo_client[db_name].list_collection_names() == []
    open_store(f"{mongo_url}/{db_name}").close()
    before = contents(mongo_client[db_name])
    assert examined()["store"] == (True, "it answers")
    assert contents(mongo_client[db_name]) == before


def test_another_programs_database_is_told_and_stays_as_it_is(
    folder: Path,
    mongo_client: Any,  # noqa: F811
    mongo_url: str,  # noqa: F811
    db_name: str,  # noqa: F811
) -> None:
    (folder / "shadow.toml").write_text(f'{TEXT}[store]\nurl = "{mongo_url}/{db_name}"\n')
    mongo_client[db_name]["theirs"].insert_one({"a": 1})
    fine, told = examined()["store"]
    assert not fine
    assert "is another program's database" in told
    assert mongo_client[db_name].list_collection_names() == ["theirs"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert not examined()["store"][0]
    finally:
        folder.chmod(0o700)
