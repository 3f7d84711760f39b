"""The parts of a replay: pace, the reference, addresses; times of another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email.utils import formatdate
from pathlib import Path

import pytest

from shadow import clock
from shadow.compare.comparer import Comparer
from shadow.exchange import Response
from shadow.mirror.aliases import AliasBook
from shadow.mirror.jars import Client
from shadow.mirror.judge import Judge, Mirrored
from shadow.mirror.replay import Paced, Sides, as_reference, rehearsed
from shadow.recording.seal import Sealer
from shadow.words import Outcome, Side, Stage
from tests.support.builders import a_request, an_answer
from tests.support.mirrors import ROUTES, a_config
from tests.support.recording import an_exchange

WEEK = 7 * 86400.0


def test_without_a_speed_all_go_at_once_in_their_order() -> None:
    paced = Paced()
    exchanges = [an_exchange(started_at=at) for at in (5.0, 900.0)]
    for one in exchanges:
        paced.push(one)
    assert (paced.release(3.0), len(paced)) == (exchanges, 0)


def test_with_a_speed_they_go_as_far_apart_as_they_were_recorded_divided_by_it() -> None:
    paced = Paced(2.0)
    first, second = (an_exchange(started_at=at, began=0.0, ended=0.0) for at in (1000.0, 1010.0))
    paced.push(first)
    paced.push(second)
    assert paced.release(50.0) == [first]
    assert paced.release(54.9) == []
    assert paced.release(55.0) == [second]


def test_the_recorded_answer_is_the_reference_whichever_side_gave_it() -> None:
    recorded = an_exchange(
        request=a_request("GET", "/page"),
        route="gone",
        serving=Side.CANDIDATE,
        stage=Stage.PROMOTED,
        fallback="connect",
    )
    found = as_reference(recorded, ROUTES)
    assert (found.answering, found.stage, found.route) == (Side.PRIMARY, Stage.SHADOW, "page")


def test_a_replay_has_two_worlds_no_handover_and_leaves_nothing_out_by_chance(tmp_path: Path) -> None:
    config = a_config(tmp_path)
    config = replace(config, mirror=replace(config.mirror, sample=0.1))
    found = rehearsed(config, Sides(candidate="http://127.0.0.1:7"))
    assert (found.two_worlds, dict(found.groups), found.mirror.sample) == (True, {}, 1.0)


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({"created_at": 0.0}, Outcome.NOISE),  # stamped by each side in its own week
        ({"created_at": 3600.0}, Outcome.MISMATCH),  # an hour beside it
    ],
)
def test_times_of_another_day_are_compared_by_how_far_apart_the_days_are(
    tmp_path: Path, shown: dict[str, float], outcome: Outcome
) -> None:
    then = clock.now() - WEEK
    sealer = Sealer.load(tmp_path / "key", (), create=True)
    judge = Judge(a_config(tmp_path), Comparer((), today=date(2026, 1, 1)), AliasBook(), sealer, belated=True)
    judge.came(clock.now() - then)
    exchange = an_exchange(started_at=then, answer=stamped(then - 600.0, then))
    now = then + WEEK
    fresh = stamped(now - 600.0 + shown["created_at"], now)
    assert judge.pair(exchange, Client("c"), Mirrored(fresh, 0.1, frozenset())).outcome is outcome


def stamped(created_at: float, at: float) -> Response:
    body = b'{"created_at": %.3f}' % created_at
    return an_answer(200, body, Content_Type="application/json", Date=formatdate(at, usegmt=True))
