"""The guard at work on a real store and a real recording."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shadow import clock
from shadow.config import Config, Group, Recording, Upstream
from shadow.cutover.moves import Moves
from shadow.cutover.patrol import Patrol
from shadow.recording.reader import Follower
from shadow.routes import RouteTable
from shadow.store.base import Store
from shadow.store.values import Move
from shadow.words import Outcome, Side, Stage
from tests.support.builders import an_exchange
from tests.support.judgements import a_judgement
from tests.support.recording import a_sealer, a_writer

REFUSED = "http://127.0.0.1:1"


def configured(folder: Path, routes: RouteTable, *, shadow: str | None = None) -> Config:
    """Both sides are down, so a rollback is by force; `shadow` makes two worlds."""
    side = Upstream(live=REFUSED, shadow=shadow)
    recording = Recording(path=folder / "recording")
    group = Group("worker", "in-process", "POST /leave", "POST /enter", timeout=2.0)
    return Config(folder / "shadow.toml", side, side, recording=recording, routes=routes, groups={group.name: group})


def test_failures_right_after_the_promotion_count(tmp_path: Path, store: Store, routes: RouteTable) -> None:
    """The guard looks at the stage map now and then; what was promoted and failed in between is not overlooked."""
    sealer, folder, config = a_sealer(tmp_path), tmp_path / "recording", configured(tmp_path, routes)
    writer = a_writer(folder, sealer)
    patrol = Patrol(config, store, Moves(config, store), Follower(folder, sealer))

    async def run() -> None:
        await patrol.round()
        store.move("orders.list", Stage.SHADOW, Stage.PROMOTED, Move("promote", "orders.list", "ann"))
        for _ in range(3):
            served = replace(an_exchange(route="orders.list"), serving=Side.CANDIDATE, started_at=clock.now())
            writer.append(replace(served, fallback="connect: refused"))
        writer.close()
        await patrol.round()

    asyncio.run(run())
    assert store.stages().units["orders.list"] is Stage.SHADOW
    assert store.stages().holds["orders.list"].reason == "the candidate failed 3 times within 60 s"


@pytest.mark.parametrize(
    ("shadow", "route", "breach"),
    [(None, "api.update", False), (REFUSED, "api.update", True), (None, "orders.list", True)],
)
def test_with_one_world_a_copy_that_finds_no_state_is_no_breach(
    tmp_path: Path, store: Store, routes: RouteTable, shadow: str | None, route: str, breach: bool
) -> None:
    """The primary has handed the group's state over, so what it answers to a copy says nothing of the candidate."""
    config, unit = configured(tmp_path, routes, shadow=shadow), "worker" if route == "api.update" else route
    a_writer(tmp_path / "recording", a_sealer(tmp_path)).close()
    patrol = Patrol(config, store, Moves(config, store), Follower(tmp_path / "recording", a_sealer(tmp_path)))

    async def run() -> None:
        store.move(unit, Stage.SHADOW, Stage.PROMOTED, Move("promote", unit, "ann"))
        await patrol.round()
        at = clock.now() + 1
        patrol.judged([a_judgement(number, Outcome.MISMATCH, route=route, at=at) for number in range(100)])
        await patrol.round()

    with capture_logs() as logs:
        asyncio.run(run())
    assert [one["unit"] for one in logs if one["event"] == "guard.breach"] == ([unit] if breach else [])
