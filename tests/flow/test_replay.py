"""Record through a real proxy, replay against fresh copies of a stateful application: nothing, or exactly the fault."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from shadow.cli.main import app
from shadow.errors import ConfigError, StartError
from shadow.recording.seal import Sealer
from shadow.routes import Route
from tests.support.notebook import Notebook, visit
from tests.support.proxies import RunningProxy
from tests.support.recording import a_writer
from tests.support.upstreams import Upstream, answering

ROUTES = [
    Route("login", "/login"),
    Route("notes.create", "/notes", frozenset({"POST"})),
    Route("notes.list", "/notes", frozenset({"GET"})),
    Route("notes.one", "/notes/{id}"),
]
LIVE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and a recording that a real proxy made of three clients."""
    folder = tmp_path_factory.mktemp("replay")
    routes = "".join(
        f'[[routes]]\nname = "{one.name}"\npath = "{one.path}"\nmethods = {json.dumps(sorted(one.methods))}\n'
        for one in ROUTES
    )
    (folder / "shadow.toml").write_text(
        f'[primary]\nlive = "{LIVE}"\n[candidate]\nlive = "{LIVE}"\n[recording]\nkey = "key"\n'
        f'[store]\nurl = "sqlite:///live.db"\n{routes}'
    )
    with Notebook() as application, RunningProxy(application.url, routes=ROUTES) as proxy:
        for name in ("alice", "bob", "carol"):
            client = proxy.client()
            visit(client, name, [f"{name} {number}" for number in range(3)])
            client.sock.close()
        proxy.exchange(3 * 12 - 1)
        writer = a_writer(folder / "rec", Sealer.load(folder / "key", (), create=True))
        assert all(writer.append(exchange) for exchange in proxy.exchanges)
        writer.close()
    return folder


@pytest.fixture
def notebooks() -> Iterator[list[Notebook]]:
    """Two fresh copies."""
    with Notebook() as primary, Notebook() as candidate:
        yield [primary, candidate]


def shadow(folder: Path, *arguments: object) -> Result:
    """One command; errors raised on purpose come through."""
    words = [*map(str, arguments), "--config", str(folder / "shadow.toml")]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def replayed(folder: Path, *arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code and report of a replay."""
    done = shadow(folder, "replay", folder / "rec", *arguments, "--json")
    # Without `main` the log goes to stdout too.
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{\n") :])


def places(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((one["route"], one["kind"], one["place"]) for one in report["findings"])


def test_two_fresh_copies_agree_on_everything(folder: Path, notebooks: list[Notebook]) -> None:
    primary, candidate = notebooks
    code, report = replayed(folder, "--primary", primary.url, "--candidate", candidate.url)
    assert (code, report["findings"]) == (0, [])
    assert report["totals"]["match"] == 36
    assert len(primary.notes) == len(candidate.notes) == 9
    assert {note["author"] for note in candidate.notes.values()} == {"alice", "bob", "carol"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("status", [("notes.one", "status", "status")]),
        (
            "lost-update",
            [("notes.list", "value", "json:$.notes[*].text"), ("notes.one", "value", "json:$.text")],
        ),
    ],
)
def test_a_planted_fault_is_found_where_it_is_and_nowhere_else(
    folder: Path, fault: str, expected: list[tuple[str, str, str]]
) -> None:
    with Notebook() as primary, Notebook(fault) as candidate:
        code, report = replayed(folder, "--primary", primary.url, "--candidate", candidate.url)
    assert code == 1
    assert places(report) == expected


def test_one_side_is_compared_with_what_was_recorded(folder: Path) -> None:
    with Notebook() as candidate:
        assert replayed(folder, "--candidate", candidate.url)[0] == 0
    with Notebook() as primary:
        assert replayed(folder, "--primary", primary.url)[0] == 0
    with Notebook("one-user") as candidate:
        code, report = replayed(folder, "--candidate", candidate.url)
    assert code == 1
    assert {place for _, _, place in places(report)} == {"json:$.author", "json:$.notes[*].author"}
    sample = next(one for one in report["findings"] if one["route"] == "notes.one")["samples"][0]
    assert (sample["primary"], sample["candidate"]) == ('"bob"', '"nobody"')


def test_reports_are_written_and_the_junit_one_names_the_failing_routes(folder: Path, tmp_path: Path) -> None:
    with Notebook() as primary, Notebook("status") as candidate:
        replayed(folder, "--primary", primary.url, "--candidate", candidate.url, "-o", tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "report.html",
        "report.json",
        "report.md",
        "junit.xml",
    }
    junit = (tmp_path / "out" / "junit.xml").read_text()
    assert 'failures="1"' in junit
    assert "410" in junit


def test_results_are_kept_where_told_each_replay_counts_anew_and_the_live_store_stays_untouched(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.db"
    for _ in range(2):
        with Notebook() as primary, Notebook() as candidate:
            code, report = replayed(folder, "--primary", primary.url, "--candidate", candidate.url, "--store", kept)
            assert code == 0
    assert report["totals"]["match"] == 72
    assert report["epoch"]["world"] == 3
    assert not (folder / "live.db").exists()


def test_live_evidence_and_live_addresses_are_refused(folder: Path) -> None:
    with pytest.raises(StartError, match="serves the live world"):
        shadow(folder, "replay", folder / "rec", "--candidate", LIVE)
    with pytest.raises(ConfigError, match="holds live evidence"):
        shadow(
            folder,
            "replay",
            folder / "rec",
            "--candidate",
            "http://127.0.0.1:1",
            "--store",
            f"sqlite:///{folder}/live.db",
        )
    os.unlink(folder / "live.db")


def test_wrong_use_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least one side"):
        shadow(folder, "replay", folder / "rec")
    with pytest.raises(ConfigError, match="--candidate 'ftp://x' is not an address"):
        shadow(folder, "replay", folder / "rec", "--candidate", "ftp://x")
    with pytest.raises(StartError, match=r"--candidate http://127.0.0.1:1: does not answer \(connect\)"):
        shadow(folder, "replay", folder / "rec", "--candidate", "http://127.0.0.1:1")


def test_a_side_that_dies_in_between_is_a_finding_and_the_replay_ends(folder: Path) -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def dying(upstream: Upstream, wire: Any) -> None:
        upstream.seen.put(wire.message())
        if upstream.seen.qsize() == 1:
            wire.send(ok)  # to the probe

    with Notebook() as primary, Upstream(dying) as candidate:
        code, report = replayed(folder, "--primary", primary.url, "--candidate", candidate.url)
    assert code == 1
    assert report["tainted"]
    assert report["totals"]["captured"] == 36


def test_ctrl_c_ends_a_replay_in_order_and_it_is_not_clean(folder: Path, notebooks: list[Notebook]) -> None:
    """At this speed the second request would come after minutes."""
    primary, candidate = notebooks
    words = ["replay", str(folder / "rec"), "--primary", primary.url, "--candidate", candidate.url]
    words += ["--speed", "0.00001", "--json", "--config", str(folder / "shadow.toml")]
    process = subprocess.Popen([sys.executable, "-m", "shadow", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert primary.request().line.startswith(b"OPTIONS")  # the probe
    assert candidate.request().line.startswith(b"OPTIONS")
    assert candidate.request().target == b"/login"
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=30)
    assert process.returncode == 1, told
    assert json.loads(out)["replay"]["totals"]["match"] == 1
    assert b"stopped before its end" in told


def test_nothing_compared_is_not_clean(folder: Path, tmp_path: Path) -> None:
    """A recording without answers has nothing to hold one side against."""
    with Upstream(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as candidate:
        writer = a_writer(tmp_path / "rec", Sealer.load(folder / "key", (), create=True))
        writer.close()
        (tmp_path / "rec").mkdir(exist_ok=True)
        (tmp_path / "rec" / "w-1.jsonl").write_bytes(b"garbage\n")
        done = shadow(folder, "replay", tmp_path / "rec", "--candidate", candidate.url)
    assert done.exit_code == 1
    assert "nothing was compared" in done.stderr
    assert "w-1.jsonl line 1" in done.stderr


@pytest.mark.parametrize("form", ["har", "gor"])
def test_a_recording_that_went_through_another_format_replays_as_well(
    folder: Path, tmp_path: Path, form: str, notebooks: list[Notebook]
) -> None:
    """Sessions, form tokens and ids are found again in what came back."""
    exported = shadow(folder, "record", "export", folder / "rec", "--format", form, "--reveal")
    (tmp_path / f"x.{form}").write_bytes(exported.stdout_bytes)
    assert shadow(folder, "record", "import", tmp_path / f"x.{form}", tmp_path / "rec").exit_code == 0
    primary, candidate = notebooks
    words = ("--primary", primary.url, "--candidate", candidate.url)
    done = shadow(folder, "replay", tmp_path / "rec", *words, "--json")
    assert done.exit_code == 0
    assert len(primary.notes) == len(candidate.notes) == 9
