"""`shadow record` on the committed sample, which nobody has the key of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadow.cli.main import app
from shadow.errors import ConfigError, RecordingError, StartError
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


def test_a_pytest_export_has_a_test_for_each_exchange(recording: Path) -> None:
    text = run("export", recording, "--format", "pytest").stdout
    names: dict[str, object] = {}
    exec(compile(text, "exported.py", "exec"), names)
    assert len([name for name in names if name.startswith("test_")]) == 120


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


CONFIGURATION = """[primary]
live = "http://127.0.0.1:1"
[candidate]
live = "http://127.0.0.1:2"
[recording]
key = "key"
[[routes]]
name = "version"
path = "/api/request_version"
"""


@pytest.mark.parametrize(("form", "file"), [("har", "x.har"), ("gor", "x.gor")])
def test_an_export_comes_back_as_a_recording(recording: Path, tmp_path: Path, form: str, file: str) -> None:
    (tmp_path / "shadow.toml").write_text(CONFIGURATION)
    done = run("export", recording, "--format", form)
    (tmp_path / file).write_bytes(done.stdout_bytes)
    config = ("--config", tmp_path / "shadow.toml")
    done = run("import", tmp_path / file, tmp_path / "back", *config)
    assert "120 exchanges" in done.stderr
    back = {one.id: one for one in scan(tmp_path / "back")}
    for one in scan(recording):
        assert back[one.id].request.method == one.request.method
        assert back[one.id].started_at == one.started_at
    route = next(one for one in back.values() if one.request.path == b"/api/request_version").route
    # HAR holds the route it had, a .gor file does not.
    assert route == ("version" if form == "gor" else "api.request_version")


def test_a_file_of_an_unknown_kind_and_one_without_exchanges_are_told(tmp_path: Path) -> None:
    (tmp_path / "shadow.toml").write_text(CONFIGURATION)
    config = ("--config", tmp_path / "shadow.toml")
    (tmp_path / "x.pcap").write_bytes(b"?")
    with pytest.raises(ConfigError, match="Next: --format har or --format gor"):
        run("import", tmp_path / "x.pcap", tmp_path / "out", *config)
    with pytest.raises(RecordingError, match="no exchange is in it"):
        run("import", tmp_path / "x.pcap", tmp_path / "out", "--format", "gor", *config)
    with pytest.raises(RecordingError, match="cannot be read"):
        run("import", tmp_path / "none.har", tmp_path / "out", *config)
    assert not (tmp_path / "out").exists()


def test_an_export_tells_on_stderr_where_the_recording_is_damaged(recording: Path) -> None:
    (recording / "odd-1.jsonl").write_bytes(b"garbage\n")
    assert "odd-1.jsonl line 1 (byte 0)" in run("export", recording).stderr
