"""The primary against itself in two worlds, in short: the long form is in `tests/soak/`."""

from __future__ import annotations

from pathlib import Path

from demo.cast import machines
from tests.support.primary_twice import clean, report_of


def test_a_few_hundred_exchanges_of_the_primary_with_itself_show_nothing(tmp_path: Path) -> None:
    # Five machines, four of which tune. Whoever has begun something ends it, so about twice as many are made.
    report, tally = report_of(tmp_path, 150, pace=200.0, fleet=machines()[8:13], seconds=60.0)
    clean(report, tally)
    assert tally.total > 250
    assert tally.requests["request_spsa"] > 0
