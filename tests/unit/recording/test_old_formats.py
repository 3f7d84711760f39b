"""One recording of every format version ever released is kept in tests/data and must stay readable."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shadow.exchange import Unanswered
from shadow.recording import migrate as migrate_module
from shadow.recording.format import FORMAT, Shed
from shadow.recording.migrate import STEPS, migrate
from shadow.recording.reader import scan
from shadow.recording.seal import Sealer
from shadow.words import Side

DATA = Path(__file__).parents[2] / "data"


def test_a_recording_of_format_1_reads_as_it_was_written(tmp_path: Path) -> None:
    key = tmp_path / "key"
    # Made for this sample and used for nothing else; git does not keep the mode.
    shutil.copy(DATA / "recording-format-1.sealing-key.txt", key)
    key.chmod(0o600)
    found = scan(DATA / "recording-format-1", Sealer.load(key, create=False))
    update, login, view, upload, shed = found
    assert found.torn == 0
    assert [record.sequence for record in (update, login, view, upload, shed)] == [1, 2, 3, 4, 5]
    assert update.request.body.data == (
        '{"password": "pw-carol", "worker_info": {"username": "carol", "note": "ä"}, "token": 12}'.encode()
    )
    assert login.request.headers.get(b"cookie") == b"session=sample-session-1; theme=dark"
    assert len(login.answer.headers.get_all(b"set-cookie")) == 2
    assert view.request.target == b"/tests/view/\xff?x"
    assert view.answer.body.data.endswith(b'content="0123456789abcdef">\xff')
    assert (view.serving, view.fallback, view.overlaps) == (Side.CANDIDATE, "connect", True)
    assert (upload.request.body.size, upload.request.body.truncated) == (2_000_000, True)
    assert upload.answer == Unanswered("timeout", "no answer after 10 s", True)
    assert isinstance(shed, Shed)
    assert shed.counts == {("*", "GET"): 1}


def test_the_same_recording_reads_sealed_without_its_key() -> None:
    update, login, *_ = scan(DATA / "recording-format-1")
    assert b"pw-carol" not in update.request.body.data
    assert b"{{sealed:" in (login.request.headers.get(b"cookie") or b"")


def test_every_format_has_a_sample_and_every_older_one_a_step() -> None:
    for version in range(1, FORMAT + 1):
        assert (DATA / f"recording-format-{version}").is_dir(), f"keep a recording of format {version}"
    assert sorted(STEPS) == list(range(1, FORMAT))


def test_steps_are_applied_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate_module, "FORMAT", 3)
    monkeypatch.setitem(STEPS, 1, lambda values: {**values, "order": [1]})
    monkeypatch.setitem(STEPS, 2, lambda values: {**values, "order": [*values.get("order", []), 2]})
    assert migrate({"a": 0}, 1) == {"a": 0, "order": [1, 2]}
    assert migrate({"a": 0}, 2) == {"a": 0, "order": [2]}
    assert migrate({"a": 0}, 3) == {"a": 0}
