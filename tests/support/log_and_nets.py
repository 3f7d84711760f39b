"""Events and networks as a server that has run for a while holds them, the same at every call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson.objectid import ObjectId
from pymongo.database import Database

LONG_AGO = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
RUN = "65f0a1b2c3d4e5f601234567"
WORKER = "carol-4cores-c0ffee12-1a2b"
OTHER_WORKER = "erin-8cores-deadbeef-1a2b*"

_OF_RUN = {"run_id": RUN, "run": "lmr_tweak-1a2b3c4"}
_OF_TASK = {"worker": WORKER, **_OF_RUN, "task_id": 3}
# In the order of time, a minute apart; one of each kind.
EVENTS: tuple[dict[str, Any], ...] = (
    {"action": "new_run", "username": "erin", **_OF_RUN, "message": "Try less reduction"},
    {"action": "approve_run", "username": "dave", **_OF_RUN, "message": "approved"},
    {"action": "modify_run", "username": "erin", **_OF_RUN, "message": "modified: priority changed from 0 to 1"},
    {"action": "failed_task", "username": "carol", **_OF_TASK, "message": "Engine would not build: <b>no g++</b>"},
    {"action": "crash_or_time", "username": "carol", **_OF_TASK, "message": "Crashes: 4, time losses: 0"},
    {"action": "dead_task", "username": "carol", **_OF_TASK},
    {"action": "stop_run", "username": "erin", **_OF_RUN, "message": "User stop"},
    {
        "action": "stop_run",
        "username": "erin",
        **_OF_TASK,
        "worker": OTHER_WORKER,
        "message": "Wrong bench, got 1 not 2",
    },
    {"action": "purge_run", "username": "erin", **_OF_RUN, "message": "Auto purge (not performed): No bad workers"},
    {"action": "finished_run", "username": "erin", **_OF_RUN, "message": "LLR: 2.95"},
    {"action": "delete_run", "username": "dave", **_OF_RUN},
    {"action": "upload_nn", "username": "grace", "nn": "nn-0123456789ab.nnue"},
    {"action": "block_user", "username": "dave", "user": "bob", "message": "blocked"},
    {"action": "accept_user", "username": "dave", "user": "erin", "message": "accepted"},
    {"action": "block_worker", "username": "dave", "worker": "dave-4cores-c0ffee12", "message": "blocked"},
    {"action": "log_message", "username": "carol", "worker": WORKER, "message": "Book checksum differs ☃"},
    {"action": "system_event", "username": "fishtest.system", "message": "start fishtest@6543"},
    # What a server from before the schemas may have kept.
    {
        "action": "log_message",
        "username": "<i>x</i>",
        "worker": "<script>alert(1)</script>-1cores-a",
        "message": "'\"&",
    },
)
CROWD = 60
"""So many messages lie before them, for several pages."""


def seed_log(db: Database[dict[str, Any]]) -> None:
    """Fill the event log, the oldest first."""
    crowd = ({"action": "log_message", "username": "grace", "message": f"message {number}"} for number in range(CROWD))
    start = LONG_AGO.timestamp()
    events = [{**event, "time": start + 60.0 * number} for number, event in enumerate((*crowd, *EVENTS))]
    db["actions"].insert_many(events)


def seed_nets(db: Database[dict[str, Any]], nets: int = 30) -> None:
    """Networks of several people, a day apart; every third one is of master, every second one was tested."""
    tested = {"date": LONG_AGO, "id": RUN}
    for number in range(nets):
        made = LONG_AGO + timedelta(days=number)
        net: dict[str, Any] = {
            "_id": ObjectId.from_datetime(made),
            "name": net_name(number),
            "user": ("carol", "Erin", "grace")[number % 3],
            "downloads": number,
        }
        if number % 3 == 0:
            net["is_master"] = True
        if number % 2 == 0:
            net |= {"first_test": tested, "last_test": {**tested, "date": made}}
        db["nns"].insert_one(net)


def net_name(number: int) -> str:
    return f"nn-{number:010d}ab.nnue"
