"""The cutover soaked: a thousand moves of a group and as many of pages; a kill every five seconds for ten minutes.

`SOAK_MOVES` and `SOAK_KILLS` shorten them; docs/handover.md says what they prove.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.soak import guarding, killing, moving
from tests.soak.site import a_site

pytestmark = pytest.mark.soak

MOVES = int(os.environ.get("SOAK_MOVES", "1000"))
KILLS = int(os.environ.get("SOAK_KILLS", "120"))
BREACHES = int(os.environ.get("SOAK_BREACHES", "60"))
HOLD_SECONDS, P99_SECONDS, ROLLBACK_SECONDS = 0.5, 0.6, 1.0


def test_a_thousand_moves_fail_no_request_and_lose_no_game(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled(), a_site(tmp_path, flush="behind", change=moving.change) as site:
        moves = moving.soak(site, MOVES)
    assert moves.longest_hold < HOLD_SECONDS
    assert moves.p99 < P99_SECONDS


def test_whoever_is_killed_costs_only_what_was_in_flight(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled(), a_site(tmp_path, flush="through", change=killing.change, shared=True) as site:
        killing.soak(site, KILLS)


def test_the_guard_decides_by_three_failures_and_all_proxies_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled(), a_site(tmp_path, flush="through", change=moving.change) as site:
        assert guarding.soak(site, BREACHES) < ROLLBACK_SECONDS
