"""A run as it takes years to become: tasks of every kind, bad ones among them, and games by the task.

It is finished, so nobody is given a task of it, and its task that is still active stays as it is.
"""

from __future__ import annotations

import gzip
import math
from datetime import UTC, datetime
from typing import Any

from bson.objectid import ObjectId
from pymongo.database import Database

from tests.support.domain import a_worker, an_spsa, results, run_args

RELIC = "00000000000000000000000a"
NET = "nn-00000000000a.nnue"
LONG_AGO = datetime(2025, 12, 31, 23, 59, 59, 250000, tzinfo=UTC)
FLIPS = b"\xa5\x80"

# A task that was uploaded twice comes twice; ten comes after two.
GAMES = ((10, "ten\n"), (2, "two\n"), (0, "none\n"), (2, "two again\n"))


def seed_relic(db: Database[dict[str, Any]]) -> None:
    """The run, its games and a network."""
    db["runs"].insert_one(relic())
    for task_id, text in GAMES:
        packed = packed_games(text)
        db["pgns"].insert_one({"run_id": f"{RELIC}-{task_id}", "pgn_zip": packed, "size": len(packed)})
    db["nns"].insert_one({"name": NET, "user": "carol", "downloads": 0})


def packed_games(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def relic() -> dict[str, Any]:
    history = [[{"theta": 10.0, "R": 0.5, "c": 2.0}]]
    return {
        "_id": ObjectId(RELIC),
        "version": 23,
        "args": run_args(new_tag="relic", spsa=an_spsa(params=9) | {"param_history": history}),
        "start_time": LONG_AGO,
        "last_updated": LONG_AGO.replace(microsecond=0),
        "tc_base": 10.0,
        "tasks": [a_task(0), a_task(1) | {"active": True, "spsa_params": {"iter": 1, "packed_flips": FLIPS}}],
        "approved": True,
        "approver": "dave",
        "bad_tasks": [a_bad_task(0, 10.0, "red"), a_bad_task(1, math.inf, "red")],
        "results": results(4),
        "workers": 0,
        "cores": 0,
        "committed_games": 8,
        "total_games": 16,
        "nps": 0.0,
        "games_per_minute": 0.0,
        "finished": True,
        "deleted": False,
        "failed": False,
        "failures": 0,
        "is_green": False,
        "is_yellow": False,
    }


def a_task(number: int) -> dict[str, Any]:
    return {
        "num_games": 8,
        "active": False,
        "worker_info": a_worker(number),
        "last_updated": LONG_AGO,
        "start": 8 * number,
        "stats": results(2),
    }


def a_bad_task(number: int, residual: float, color: str) -> dict[str, Any]:
    return {**a_task(number), "task_id": number, "bad": True, "residual": residual, "residual_color": color}
