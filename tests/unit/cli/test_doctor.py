"""`shadow doctor` looks and touches nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shadow.cli.main import app
from shadow.recording.seal import Sealer
from shadow.store import open_store
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
    assert examined()["store"] == (True, "the database is empty; shadow serve makes the store")
    assert mongo_client[db_name].list_collection_names() == []
    open_store(f"{mongo_url}/{db_name}").close()
    assert examined()["store"] == (True, "it answers")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert not examined()["store"][0]
    finally:
        folder.chmod(0o700)
