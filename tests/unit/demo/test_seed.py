"""The seeded world is one that the applications could have made, and holds every kind of run."""

import subprocess
import sys
from typing import Any

from pymongo import MongoClient

from demo import cast
from demo.processes import DATABASES
from demo.seed import seed
from domain.documents import run_schema, user_schema
from domain.schemas import validate
from shadow.words import World
from tests.support.demo import worlds

__all__ = ["worlds"]


def test_the_world_is_valid_whole_and_cloned(worlds: str):
    with MongoClient[dict[str, Any]](worlds, tz_aware=True) as client:
        live, shadow = (client[DATABASES[world]] for world in World)
        runs = list(live.runs.find())
        for run in runs:
            validate(run_schema, run, "run")
        for user in live.users.find():
            validate(user_schema, user, "user")
        assert {run["args"]["new_tag"] for run in runs} == {"old_idea", *(plan.name for plan in cast.run_plans())}
        assert [run["args"]["new_tag"] for run in runs if run["finished"]] == ["old_idea"]
        assert [run["args"]["new_tag"] for run in runs if not run["approved"]] == ["simplify_endgame"]
        assert {"sprt" if "sprt" in run["args"] else "spsa" if "spsa" in run["args"] else "fixed" for run in runs} == {
            "sprt",
            "fixed",
            "spsa",
        }
        assert list(live.actions.find({"action": "log_message"})) == []
        for name in ("runs", "users", "actions", "user_cache"):
            assert list(shadow[name].find()) == list(live[name].find())
            assert shadow[name].index_information() == live[name].index_information()


def test_a_database_with_runs_is_left_alone(worlds: str):
    with MongoClient[dict[str, Any]](worlds, tz_aware=True) as client:
        before = list(client[DATABASES[World.LIVE]].runs.find())
        assert not seed(client, DATABASES[World.LIVE])
        assert list(client[DATABASES[World.LIVE]].runs.find()) == before


def test_the_seeding_command_can_be_run_again(worlds: str):
    """As the one-shot service of docker-compose.yml is, at every `up`."""
    command = [sys.executable, "-m", "demo.seed", "--url", worlds]
    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "left alone" in again.stdout
