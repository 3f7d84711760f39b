"""What a soak must have left behind: every game counted once in both worlds, every exchange judged once."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

import httpx

from domain import figures
from shadow.exchange import Exchange
from shadow.recording.reader import scan
from shadow.words import World
from tests.soak.load import Load
from tests.soak.site import SoakSite

Runs = dict[str, dict[str, Any]]


def everything_judged(site: SoakSite, seconds: float) -> dict[str, Any]:
    """The report once no exchange waits for the mirror any more and no new one comes."""
    deadline = time.monotonic() + seconds
    before: dict[str, Any] = {}
    while time.monotonic() < deadline:
        try:
            report = site.report()
        except httpx.TimeoutException:
            continue  # it counts all that waits, on a machine that has its hands full
        if report["totals"]["pending"] == 0 and report["totals"] == before:
            return report
        before = report["totals"]
        # A report looks at all that waits; most of the time is left to the mirror.
        time.sleep(min(10.0, 0.5 + before["pending"] / 1000))
    raise AssertionError(f"not judged within {seconds:.0f} s: {before}")


def assert_balanced(site: SoakSite, report: dict[str, Any]) -> None:
    """Each exchange of the recording has exactly one outcome."""
    for route in [*report["routes"], {"name": "all", "counts": report["totals"]}]:
        counts = route["counts"]
        plain = [number for name, number in counts.items() if name not in ("captured", "skipped")]
        assert counts["captured"] == sum([*plain, *counts["skipped"].values()]), route["name"]
    ids = [record.id for record in scan(site.folder / "recording") if isinstance(record, Exchange)]
    assert len(ids) == len(set(ids))
    assert report["totals"]["captured"] == len(ids) + report["totals"]["shed"]


def assert_nothing_lost(load: Load, live: Runs, before: int) -> None:
    """Every task holds the last totals that its worker was told are taken, and every run what its tasks imply.

    `before` games had been counted when the load began.
    """
    assert load.games, "no game was played, so nothing is proved"
    for (run_id, task_id), stats in load.accepted.items():
        assert live[run_id]["tasks"][task_id]["stats"] == stats, (run_id, task_id)
    for run in live.values():
        assert {key: run[key] for key in figures.aggregates(run)} == figures.aggregates(run)
    assert games(live) == before + load.games


def assert_worlds_agree(site: SoakSite, live: Runs) -> None:
    """Task by task, the clone holds the same games."""
    shadow = site.runs(World.SHADOW)
    assert shadow.keys() == live.keys()
    for run_id, run in live.items():
        assert [task["stats"] for task in shadow[run_id]["tasks"]] == [task["stats"] for task in run["tasks"]], run_id
        assert shadow[run_id]["results"] == run["results"]


def games(runs: Runs) -> int:
    """All games of all runs."""
    return sum(run["results"][name] for run in runs.values() for name in ("wins", "losses", "draws"))


def percentile(seconds: Iterable[float], share: float) -> float:
    """The duration that so large a share does not exceed; 0 of none."""
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
