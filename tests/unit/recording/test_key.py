"""The sealing key: made once, private, outside the recording."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from shadow.errors import SealError
from shadow.recording import key
from tests.support.recording import a_sealer, a_writer


def test_a_missing_key_is_made_with_mode_0600_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "var" / "recording.key"
    with pytest.raises(SealError, match="no sealing key there"):
        key.load(file, create=False)
    made = key.load(file, create=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert key.load(file, create=False) == made
    assert [path.name for path in file.parent.iterdir()] == ["recording.key"]


def test_a_key_that_others_can_read_is_refused_with_the_next_step(tmp_path: Path) -> None:
    key.load(tmp_path / "k", create=True)
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(SealError, match=r"mode 0640.*run: chmod 600"):
        key.load(tmp_path / "k", create=True)


@pytest.mark.parametrize("text", ["", "shadow-recording-key-1:", "shadow-recording-key-1:AAAA", "A" * 88])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text)
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(SealError, match="no sealing key"):
        key.load(tmp_path / "k", create=False)


def test_a_key_inside_the_recording_is_refused(tmp_path: Path) -> None:
    sealer = a_sealer(tmp_path / "rec")
    with pytest.raises(SealError, match="inside the recording"):
        a_writer(tmp_path / "rec", sealer)


def test_the_key_does_not_show_in_its_repr(tmp_path: Path) -> None:
    made = key.load(tmp_path / "k", create=True)
    assert repr(made.sealing)[2:10] not in repr(made)


def test_processes_that_start_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        names = pool.map(_name_of, [tmp_path / "k"] * 8)
    assert len(set(names)) == 1


def _name_of(file: Path) -> str:
    return key.load(file, create=True).name
