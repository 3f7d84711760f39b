"""Make the database's indexes: ``python -m domain.indexes`` (address and name from the environment)."""

from __future__ import annotations

import os
import sys
from typing import Any

from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from domain.settings import Settings
from domain.statistics.time_control import LONG_TC_BASE

CANNOT_CREATE_INDEX = 67
UP, DOWN = ASCENDING, DESCENDING
FINISHED = {"finished": True}
NEWEST = ("last_updated", DOWN)
ACTION_TEXTS = ("action", "username", "worker", "message", "run", "user", "nn")


def _index(name: str, *keys: tuple[str, Any], **options: Any) -> IndexModel:
    return IndexModel(list(keys), name=name, **options)


INDEXES = {
    "runs": [
        _index("unfinished_runs", ("finished", UP), partialFilterExpression={"finished": False}),
        _index("finished_runs", ("finished", UP), NEWEST, partialFilterExpression=FINISHED),
        _index(
            "finished_green_runs",
            ("finished", UP),
            ("is_green", DOWN),
            NEWEST,
            partialFilterExpression=FINISHED | {"is_green": True},
        ),
        _index(
            "finished_yellow_runs",
            ("finished", UP),
            ("is_yellow", DOWN),
            NEWEST,
            partialFilterExpression=FINISHED | {"is_yellow": True},
        ),
        _index(
            "finished_ltc_runs",
            ("finished", UP),
            NEWEST,
            ("tc_base", DOWN),
            partialFilterExpression=FINISHED | {"tc_base": {"$gte": LONG_TC_BASE}},
        ),
        _index("user_runs", ("args.username", DOWN), NEWEST),
        _index(
            "finished_user_runs",
            ("args.username", DOWN),
            ("finished", UP),
            NEWEST,
            partialFilterExpression=FINISHED,
        ),
    ],
    "actions": [
        _index("actions_time_id", ("time", DOWN), ("_id", DOWN)),
        _index("actions_user_time_id", ("username", UP), ("time", DOWN), ("_id", DOWN)),
        _index("actions_action_time_id", ("action", UP), ("time", DOWN), ("_id", DOWN)),
        _index("actions_run_time_id", ("run_id", UP), ("time", DOWN), ("_id", DOWN)),
        _index("actions_user_id", ("username", UP), ("_id", DOWN)),
        _index("actions_action_id", ("action", UP), ("_id", DOWN)),
        _index("actions_run_id", ("run_id", UP), ("_id", DOWN)),
        _index(
            "actions_text",
            *((field, TEXT) for field in ACTION_TEXTS),
            ("_id", DOWN),
            default_language="none",
        ),
    ],
    "users": [_index("users_username", ("username", UP), unique=True)],
    "workers": [_index("workers_worker_name", ("worker_name", UP), unique=True)],
    "pgns": [_index("pgns_run_id", ("run_id", DOWN))],
    "nns": [_index("nns_name", ("name", DOWN))],
    "user_cache": [_index("user_cache_username", ("username", UP), unique=True)],
    "top_month": [_index("top_month_username", ("username", UP), unique=True)],
}


def make_indexes(db: Database[dict[str, Any]]) -> list[str]:
    """Create what is missing; the names of those that this server cannot make (no text search, for example)."""
    refused = []
    for collection, models in INDEXES.items():
        for model in models:
            try:
                db[collection].create_indexes([model])
            except OperationFailure as fault:
                if fault.code != CANNOT_CREATE_INDEX:
                    raise
                refused.append(f"{collection}.{model.document['name']}")
    return refused


def main() -> None:
    settings = Settings.from_environ(os.environ)
    with MongoClient[dict[str, Any]](settings.db_url) as client:
        refused = make_indexes(client[settings.db_name])
    total = sum(map(len, INDEXES.values()))
    print(f"{settings.db_name}: {total - len(refused)} of {total} indexes", file=sys.stderr)
    for name in refused:
        print(f"this database server cannot make {name}, so what searches by it will not work", file=sys.stderr)


if __name__ == "__main__":
    main()
