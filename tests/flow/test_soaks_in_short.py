"""The soaks of the cutover (tests/soak) in short, on both real stacks: moves under load first, then kills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak import killing, moving
from tests.soak.load import PAGES
from tests.soak.site import SoakSite, a_site

MOVES, KILLS, RATE = 8, 7, 40.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoakSite]:
    with a_site(tmp_path_factory.mktemp("soak"), flush="behind", change=killing.change) as running:
        yield running


def test_moves_under_load_fail_no_request_and_lose_no_game(site: SoakSite) -> None:
    moves = moving.soak(site, MOVES, rate=RATE, pause=0.2)
    assert 0 < moves.longest_hold < 5.0  # the handover's own bound; how long it takes is for a quiet machine to tell


def test_whoever_is_killed_costs_only_what_was_in_flight(site: SoakSite) -> None:
    killing.soak(site, KILLS, every=0.3, rate=RATE, units=tuple(PAGES))
