"""20,000 exchanges between the primary and itself, by the whole harness: no finding, without a rule.

The reference application runs twice, each on a database of its own that began as a clone; workers, browsers, stewards
and programs talk to one of them through `shadow serve`. `SOAK_EXCHANGES` is another number.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.primary_twice import clean, report_of

pytestmark = pytest.mark.soak

EXCHANGES = int(os.environ.get("SOAK_EXCHANGES", "20000"))


def test_the_primary_against_itself_shows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, tally = report_of(tmp_path, EXCHANGES, pace=100.0)
    with capsys.disabled():
        totals, routes = report["totals"], [one for one in report["routes"] if one["counts"]["captured"]]
        print(
            f"\n{totals['captured']} exchanges on {len(routes)} routes: {totals['match']} equal up to renaming, "
            f"{totals['noise']} with clocks or ids of requests, skipped {totals['skipped'] or 'none'}, "
            f"{len(report['findings'])} findings"
        )
    clean(report, tally)
    assert tally.total >= EXCHANGES
