"""When the result of a replay is clean: something was compared in this run, and nothing speaks against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shadow.cli.results import reasons, result_store
from shadow.judgement import Epoch
from shadow.words import Outcome
from tests.support.judgements import a_judgement, a_mismatch
from tests.support.mirrors import a_config
from tests.support.reports import counts


@pytest.mark.parametrize(
    ("told", "tainted", "reason"),
    [
        ({}, "", ""),
        ({"totals": counts(skipped={"never": 3})}, "", "nothing was compared"),
        ({"findings": ["f1", "f2"]}, "", "2 findings are open"),
        ({"totals": counts(match=1, failed=2)}, "", "2 exchanges failed in the harness"),
        ({"complete": False}, "", "stopped before its end"),
        ({}, "write X got no answer", "the two worlds are apart: write X got no answer"),
    ],
)
def test_each_reason_against_a_result_is_told(told: dict[str, Any], tainted: str, reason: str) -> None:
    found = reasons({"totals": counts(match=1), "findings": [], **told}, tainted)
    assert [reason in one for one in found] == [True] * bool(reason)


def test_a_kept_store_is_asked_for_this_run_only(tmp_path: Path) -> None:
    """The findings of an earlier replay stay in the store and say nothing of this one."""
    config, kept = a_config(tmp_path), str(tmp_path / "kept.db")
    with result_store(config, kept) as results:
        results.store.record([a_mismatch(1, epoch=Epoch(world=1))], checkpoint={"w1": 1}, recording="replay 1")
        assert len(results.open_findings()) == 1
    with result_store(config, kept) as results:
        world = results.store.new_world().number
        clean = a_judgement(1, Outcome.MATCH, epoch=Epoch(world=world))
        results.store.record([clean], checkpoint={"w1": 1}, recording="replay 2")
        assert results.open_findings() == []
        assert (results.totals()["match"], results.totals()["mismatch"]) == (1, 0)
