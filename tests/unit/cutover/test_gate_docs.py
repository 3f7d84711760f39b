"""docs/gate.md tells the numbers that the gate computes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from shadow.config import Gate
from shadow.cutover.gate import needed
from shadow.findings.status import ENOUGH
from shadow.words import Verdict

TEXT = (Path(__file__).parents[3] / "docs" / "gate.md").read_text("utf-8")


def test_the_table_of_attempts_is_what_the_gate_asks_for():
    rows = {int(attempt): int(count) for attempt, count in re.findall(r"^\| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE)}
    assert len(rows) == 5
    assert rows == {attempt: needed(Gate(), attempt) for attempt in rows}


def test_every_verdict_and_every_setting_of_the_gate_is_told():
    for word in [*Verdict, *(field.name for field in dataclasses.fields(Gate))]:
        assert f"`{word}`" in TEXT


def test_the_number_of_exchanges_that_fix_a_finding_is_told():
    assert f"answered {ENOUGH} exchanges" in TEXT
