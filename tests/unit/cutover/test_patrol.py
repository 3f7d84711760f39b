"""The guard at work on a real store and a real recording."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from shadow import clock
from shadow.config import Config, Recording, Upstream
from shadow.cutover.moves import Moves
from shadow.cutover.patrol import Patrol
from shadow.recording.reader import Follower
from shadow.routes import RouteTable
from shadow.store.base import Store
from shadow.store.values import Move
from shadow.words import Side, Stage
from tests.support.builders import an_exchange
from tests.support.recording import a_sealer, a_writer


def test_failures_right_after_the_promotion_count(tmp_path: Path, store: Store, routes: RouteTable) -> None:
    """The guard looks at the stage map now and then; what was promoted and failed in between is not overlooked."""
    sealer, folder = a_sealer(tmp_path), tmp_path / "recording"
    side = Upstream(live="http://127.0.0.1:1")
    config = Config(tmp_path / "shadow.toml", side, side, recording=Recording(path=folder), routes=routes)
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
