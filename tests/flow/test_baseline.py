"""Two primaries that throw a coin each: what differs is learned, narrowly, and masks nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shadow.errors import ConfigError, StartError
from tests.flow.test_replay import folder, places, replayed, shadow
from tests.support.notebook import Notebook

__all__ = ["folder"]  # a fixture of the replays: one recording by a real proxy

MOODS = [("notes.create", "json:$.mood"), ("notes.list", "json:$.notes[*].mood"), ("notes.one", "json:$.mood")]


def baseline(folder: Path, *arguments: object, coin: bool = True) -> tuple[int, dict[str, Any]]:
    with Notebook(coin=coin) as primary, Notebook(coin=coin) as second:
        words = ("--primary", primary.url, "--second", second.url, "--json", *arguments)
        done = shadow(folder, "baseline", folder / "rec", *words)
    return done.exit_code, json.loads(done.stdout[done.stdout.index("{\n") :])


@pytest.fixture(scope="module")
def learned(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, dict[str, Any]]:
    """A copy of the folder in which a baseline was made, and what it told."""
    copy = shutil.copytree(folder, tmp_path_factory.mktemp("baseline") / "f")
    return copy, *baseline(copy)


def test_the_coin_is_learned_at_its_places_and_the_masked_share_is_told(
    learned: tuple[Path, int, dict[str, Any]],
) -> None:
    _, code, report = learned
    assert code == 0
    assert [(one["route"], one["place"]) for one in report["learned"]] == MOODS
    assert {one["kind"] for one in report["learned"]} == {"value"}
    assert report["findings"] == []
    assert 0 < report["replay"]["masked_share"] < 0.25
    assert report["totals"]["noise"] > 0


def test_a_replay_is_clean_then_and_its_report_lists_what_was_learned(
    learned: tuple[Path, int, dict[str, Any]], tmp_path: Path
) -> None:
    folder = learned[0]
    with Notebook(coin=True) as primary, Notebook(coin=True) as candidate:
        code, report = replayed(folder, "--primary", primary.url, "--candidate", candidate.url, "-o", tmp_path)
    assert (code, report["findings"]) == (0, [])
    assert "Learned noise" in (tmp_path / "report.md").read_text()
    assert "json:$.notes[*].mood" in (tmp_path / "report.html").read_text()


def test_another_type_and_a_missing_value_at_a_learned_place_are_differences_still(
    learned: tuple[Path, int, dict[str, Any]],
) -> None:
    for change, kind in (("type", "type"), ("missing", "missing")):
        with Notebook(coin=True) as primary, Notebook(f"mood-{change}", coin=True) as candidate:
            code, report = replayed(learned[0], "--primary", primary.url, "--candidate", candidate.url)
        assert code == 1
        assert places(report) == [(route, kind, place) for route, place in MOODS]


def test_what_could_hide_any_fault_is_not_learned(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "f")
    with Notebook() as primary, Notebook("status") as second:
        done = shadow(copy, "baseline", copy / "rec", "--primary", primary.url, "--second", second.url)
    assert done.exit_code == 1
    assert "0 places learned" in done.stdout
    assert "status" in done.stdout


def test_a_second_baseline_adds_and_afresh_forgets(learned: tuple[Path, int, dict[str, Any]]) -> None:
    copy = shutil.copytree(learned[0], learned[0].parent / "again")
    _, report = baseline(copy, coin=False)
    assert len(report["learned"]) == 3
    assert report["replay"]["learned"] == 0
    _, report = baseline(copy, "--afresh", coin=False)
    assert report["learned"] == []


def test_two_builds_and_one_address_are_refused(folder: Path) -> None:
    with Notebook() as primary, Notebook(build="2") as second:
        with pytest.raises(StartError, match="build '1', --second as '2'"):
            shadow(folder, "baseline", folder / "rec", "--primary", primary.url, "--second", second.url)
        with pytest.raises(ConfigError, match="is the first one again"):
            shadow(folder, "baseline", folder / "rec", "--primary", primary.url, "--second", primary.url)
    assert not (folder / "live.db").exists()
