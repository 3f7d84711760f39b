"""What is kept is judged again: the same result under the same rules, another under others; nothing is sent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shadow.app import create_mirror
from shadow.config_file import load
from shadow.errors import RecordingError, StartError
from shadow.mirror.kept import Kept
from shadow.recording.copies import MIRRORED, Copies
from shadow.recording.reader import scan
from shadow.recording.redact import redact
from shadow.recording.seal import Sealer
from shadow.store import open_store
from tests.flow.test_replay import folder, places, replayed, shadow
from tests.support.mirrors import outcomes
from tests.support.notebook import Notebook

__all__ = ["folder"]  # a fixture of the replays: one recording by a real proxy

RULE = '[[rules]]\nroute = "notes.one"\nplace = "status"\nrule = "ignore"\nreason = "gone is as good as not found"\n'


@pytest.fixture(scope="module")
def kept(folder: Path) -> Path:
    """The pairs of a replay against a candidate with a fault."""
    with Notebook() as primary, Notebook("status") as candidate:
        code, report = replayed(
            folder, "--primary", primary.url, "--candidate", candidate.url, "--keep", folder / "kept"
        )
    assert (code, len(report["findings"])) == (1, 1)
    return folder / "kept"


def judged(folder: Path, recording: Path) -> tuple[int, dict[str, Any]]:
    done = shadow(folder, "judge", recording, "--json")
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{\n") :])


def test_a_kept_replay_is_judged_as_it_was(folder: Path, kept: Path) -> None:
    code, report = judged(folder, kept)
    assert code == 1
    assert places(report) == [("notes.one", "status", "status")]
    assert (report["totals"]["match"], report["totals"]["mismatch"]) == (33, 3)
    assert report["replay"]["mirrored"] == 36


def test_a_new_rule_makes_it_clean_without_sending_anything(folder: Path, kept: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "f", ignore=shutil.ignore_patterns("rec"))
    with (tmp_path / "f" / "shadow.toml").open("a") as file:
        file.write(RULE)
    code, report = judged(tmp_path / "f", kept)
    assert (code, report["findings"]) == (0, [])
    assert report["totals"]["accepted"] == 3


def test_a_recording_without_mirrored_answers_tells_the_next_step(folder: Path) -> None:
    with pytest.raises(RecordingError, match=r"no mirrored answers are kept .* Next: shadow replay .* keep_mirrored"):
        shadow(folder, "judge", folder / "rec")


def test_pairs_are_kept_in_a_folder_of_their_own_only(folder: Path, kept: Path) -> None:
    with pytest.raises(StartError, match="is not empty"):
        shadow(folder, "replay", folder / "rec", "--candidate", "http://127.0.0.1:1", "--keep", kept)


def test_the_live_mirror_keeps_its_answers_when_told_and_they_are_sealed(folder: Path, tmp_path: Path) -> None:
    recording = shutil.copytree(folder / "rec", tmp_path / "rec")
    text = (
        (folder / "shadow.toml").read_text().replace('key = "key"', 'key = "key"\nkeep_mirrored = true\npath = "rec"')
    )
    with Notebook("one-user") as candidate:
        text = text.replace("[recording]", f'shadow = "{candidate.url}"\n[recording]', 1)
        text = text.replace("[candidate]", f'shadow = "{candidate.url}"\n[candidate]', 1)
        (tmp_path / "shadow.toml").write_text(text)
        shutil.copy(folder / "key", tmp_path / "key")
        config = load(tmp_path / "shadow.toml", {})
        sealer = Sealer.load(config.recording.key, (), create=False)
        live = mirror_all(config, Kept(config.recording.path, sealer, config.recording))
        secrets = list(candidate.users)
    written = b"".join(file.read_bytes() for file in (recording / MIRRORED).glob("*"))
    assert not any(secret.encode() in written + plain(recording) for secret in secrets)
    code, report = judged(tmp_path, recording)
    assert code == 1
    assert {key: number for key, number in live.items() if key[0] != "skipped"} == {
        (name, ""): report["totals"][name] for name in ("match", "mismatch") if report["totals"][name]
    }


def plain(recording: Path) -> bytes:
    """The text of the kept copies as it is on disk."""
    return str(list(scan(recording / MIRRORED))).encode()


def mirror_all(config: Any, kept: Kept) -> dict[tuple[str, str], int]:
    import asyncio

    async def run() -> None:
        mirror = create_mirror(config, store, keep=kept)
        running = asyncio.create_task(mirror.run())
        while mirror.done < 36:
            await asyncio.wait([running], timeout=0.01)
        mirror.stop()
        await running

    store = open_store(config.store.url)
    asyncio.run(run())
    kept.close()
    found = outcomes(store)
    store.close()
    return found


def test_redaction_takes_the_seals_out_of_the_mirrored_answers_too(kept: Path, tmp_path: Path) -> None:
    redact(kept, tmp_path / "out")
    copies = Copies(tmp_path / "out")
    assert len(copies) == 36
    assert "{{sealed:" not in str([copies.of(one.id) for one in scan(tmp_path / "out")])
    copies.close()
