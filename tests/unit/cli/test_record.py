"""`shadow record` on the committed sample, which nobody has the key of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadow.cli.main import app
from shadow.errors import RecordingError, StartError
from shadow.recording.reader import scan

SAMPLE = Path(__file__).parents[3] / "recordings" / "sample"


def run(*arguments: object) -> Result:
    """One command; errors raised on purpose come through."""
    return CliRunner().invoke(app, ["record", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A copy of the sample."""
    return shutil.copytree(SAMPLE, tmp_path / "recording")


def test_the_sample_exports_to_har(recording: Path) -> None:
    log = json.loads(run("export", recording, "--limit", 5).stdout)["log"]
    assert len(log["entries"]) == 5


def test_one_exchange_exports_to_curl_with_its_secrets_sealed(recording: Path) -> None:
    wanted = next(one for one in scan(recording) if one.route == "api.request_version")
    done = run("export", recording, "--format", "curl", "--exchange", wanted.id)
    assert done.stdout.count("curl ") == 1
    assert "{{sealed:" in done.stdout


def test_a_pytest_export_compiles(recording: Path) -> None:
    text = run("export", recording, "--format", "pytest", "--limit", 20).stdout
    compile(text, "exported.py", "exec")


def test_the_index_tells_what_is_there(recording: Path) -> None:
    assert json.loads(run("index", recording, "--json").stdout) == [{"first": 1, "last": 120, "records": 120}]


def test_redaction_leaves_no_seal_and_never_overwrites(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("redact", recording, out).exit_code == 0
    assert "{{sealed:" not in str(list(scan(out)))
    with pytest.raises(StartError, match="name a folder that is not"):
        run("redact", recording, out)


def test_a_folder_without_a_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording there"):
        run("export", tmp_path)
