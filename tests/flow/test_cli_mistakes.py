"""Bad input on the command line: each mistake is one clear line, exit code 2, and nothing was started."""

from __future__ import annotations

import socket
import sqlite3

import pytest

from shadow.recording.seal import Sealer
from tests.support.harness import Harness


@pytest.fixture
def harness(tmp_path) -> Harness:
    """A good configuration; nothing runs."""
    return Harness(tmp_path)


def refused(harness: Harness, *expected: str, command: str = "serve") -> str:
    """What a command says that cannot start: one line, exit code 2, no process left behind."""
    done = harness.shadow(command)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for text in expected:
        assert text in done.stderr
    for part in ("proxy", "mirror", "console"):
        assert harness.pids(part) == []
    return done.stderr


def test_every_mistake_of_a_configuration_is_told_at_once_with_its_place_and_the_nearest_name(harness):
    text = harness.config.read_text()
    text = (
        text.replace("[mirror]", "[mirrow]").replace("min_span", "min_spam").replace('live = "http', 'live = "ftp', 1)
    )
    text += '\n[[routes]]\nname = "odd"\npath = "/odd"\nstage = "live"\n'
    harness.config.write_text(text)
    done = harness.shadow("serve")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 4, done.stderr
    for word in ("'mirror'", "'min_span'", "[primary]", "'live' is unknown"):
        assert any(word in line for line in lines), done.stderr
    assert not (harness.folder / "recording").exists()
    assert not (harness.folder / "store").exists()
    assert not (harness.folder / "recording.key").exists()


def test_a_file_that_is_no_toml_or_not_there_is_told(harness):
    harness.config.write_text("[listen\nproxy = ")
    refused(harness, "shadow.toml")
    harness.config.unlink()
    refused(harness, "shadow.toml")


@pytest.mark.parametrize("name", ["proxy", "console"])
def test_a_port_in_use_is_told(harness, name):
    host, port = {"proxy": harness.proxy, "console": harness.console}[name][7:].split(":")
    with socket.create_server((host, int(port))):
        refused(harness, f"[listen] {name}: cannot listen on {host}:{port} (Address already in use)", "Next: stop")
        refused(harness, f"[listen] {name}: cannot listen on", command=name)


def test_a_recording_folder_that_cannot_be_written_is_told(harness):
    """A file where the folder should be: also root cannot write into that."""
    (harness.folder / "recording").write_text("")
    refused(harness, "recording folder", "cannot be written", "Next: make it writable")


def test_a_key_that_others_can_read_is_told(harness):
    key = harness.folder / "recording.key"
    Sealer.load(key, (), create=True)
    key.chmod(0o644)
    line = refused(harness, "recording.key: the sealing key has mode 0644", "chmod 600")
    assert key.read_text().strip() not in line


def test_a_key_that_cannot_be_read_or_is_none_is_told(harness):
    (harness.folder / "recording.key").mkdir(0o700)
    refused(harness, "recording.key", "cannot be read")
    (harness.folder / "recording.key").rmdir()
    (harness.folder / "recording.key").write_text("not a key")
    (harness.folder / "recording.key").chmod(0o600)
    refused(harness, "recording.key: this is no sealing key")


def test_a_key_inside_the_recording_is_told(harness):
    harness.config.write_text(harness.config.read_text().replace('"recording.key"', '"recording/key"'))
    refused(harness, "lies inside the recording", "move it out")


def test_a_store_of_a_newer_format_is_told_by_every_command(harness):
    folder = harness.folder / "store"
    folder.mkdir()
    database = sqlite3.connect(folder / "shadow.db")
    database.execute(f"PRAGMA application_id = {0x73686477}")
    database.execute("PRAGMA user_version = 99")
    database.execute("CREATE TABLE of_the_future (a)")
    database.commit()
    database.close()
    for command in ("mirror", "status", "ledger"):
        refused(harness, "has format 99, this version reads up to", "Next: upgrade", command=command)


def test_another_programs_database_is_left_alone(harness):
    folder = harness.folder / "store"
    folder.mkdir()
    (folder / "shadow.db").write_bytes(b"not a database at all, but somebody's file")
    refused(harness, "shadow.db", command="mirror")
    assert (folder / "shadow.db").read_bytes() == b"not a database at all, but somebody's file"


def test_a_store_of_no_known_kind_is_a_mistake_in_the_configuration(harness):
    harness.config.write_text(harness.config.read_text().replace('"sqlite:///', '"postgres:///'))
    refused(harness, "[store] url: 'postgres' is no store of this version", "Next: sqlite:///")


def test_wrong_words_on_the_command_line_are_wrong_use(harness):
    for words in (("report", "--format", "pdf"), ("report", "--format", "md,json"), ("nonsense",)):
        done = harness.shadow(*words)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
