"""Links in texts for workers: without `FISHTEST_URL` they begin with the address of the first request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]


@pytest.mark.parametrize("module", ["legacy_pyramid", "new_server"])
def test_a_blocked_worker_gets_links_that_work(module: str, seeded: Seeded, tmp_path: Path) -> None:
    name = "carol-4cores-00000001"
    block = {"worker_name": name, "blocked": True, "message": "Too hot."}
    seeded.db["workers"].replace_one({"worker_name": name}, block, upsert=True)
    with (
        App(module, tmp_path, seeded.url, seeded.name, FISHTEST_URL="") as app,
        Worker(app, FIXED_ARCH) as worker,
    ):
        answer = worker.send("request_task", worker.body(), Host="later.example")
    assert f"\n{app.url}/workers/{name}\n" in answer.json()["error"]
