"""Runs that fill the lists: many finished ones of every colour, and some with all that a page can remark on."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

from bson.objectid import ObjectId
from pymongo.database import Database

from demo import cast
from demo.seed import run_args
from domain import purge
from domain.server import Fishtest

Run = dict[str, Any]

MANY = 60
SHORT = {"tc": "10+0.1", "new_tc": "10+0.1"}


def seed_old_runs(db: Database[dict[str, Any]], run_id: str) -> dict[str, str]:
    """Store variants of this finished run, an hour apart; the ids of the telling ones by name."""
    model = db["runs"].find_one({"_id": ObjectId(run_id)})
    assert model is not None
    runs = [variant(model, number) for number in range(MANY)]
    runs[1].update(deleted=True)
    runs[2].update(failed=True, failures=2)
    purge.take_out(runs[4], [purge.BadTask(0, 10.0, "red")])
    db["runs"].insert_many(runs)
    return {name: str(runs[number]["_id"]) for name, number in (("deleted", 1), ("failed", 2), ("purged", 4))}


def variant(model: Run, number: int) -> Run:
    """Every third run is green and every fourth yellow, half of them are short, and two users share them."""
    run = copy.deepcopy(model)
    when = run["last_updated"] - timedelta(hours=number + 1)
    run.update(_id=ObjectId(), start_time=when, last_updated=when)
    run.update(is_green=number % 3 == 0, is_yellow=number % 4 == 1)
    run["args"].update(new_tag=f"old_{number:02}", username=("grace", "alice")[number % 2])
    if number % 2:
        run["args"].update(SHORT)
        run["tc_base"] = 10
    return run


def create_odd_run(fishtest: Fishtest, origin: str) -> str:
    """A run with a cause for nearly every warning, that waits for approval; its id."""
    args = run_args(cast.RunPlan("odd_one", "fixed", 5, approved=False, arch="armv8", submitter="erin"))
    odd = {
        "throughput": 150,
        "new_tc": "30+0.3",
        "new_options": "Hash=128 Ponder=true",
        "master_repo": "https://github.com/somebody/else",
        "info": 'two lines:\n<i>the "second"</i>',
    }
    run_id: str = fishtest.runs.create(args | odd, rescheduled_from=origin)
    return run_id
