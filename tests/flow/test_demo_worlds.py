"""The premise of the demo: copies in the order of the answers leave the shadow world equal to the live one.

The fleet plays against the primary; what it sent is sent again, one after the other, to the candidate in the clone.
Workers' calls overlap on the first way and not on the second, and timers tick at other moments: no answer may show it.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from demo import cast
from demo.pace import Pace, Tally
from demo.processes import DATABASES
from demo.workers import Fleet, Worker
from shadow.words import Side, World
from tests.support.demo import application, worlds

__all__ = ["worlds"]

CALLS = 350
Call = tuple[str, str, httpx.Response]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the fleet sends and gets, in the order of the answers."""
    made: list[Call] = []
    post = Worker._post

    async def note(self: Worker, client: httpx.AsyncClient, route: str, content: str) -> httpx.Response:
        answer = await post(self, client, route, content)
        made.append((route, content, answer))
        return answer

    monkeypatch.setattr(Worker, "_post", note)
    return made


async def play(url: str, made: list[Call]) -> Tally:
    tally, stop = Tally(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(Fleet(url, Pace(rate=150.0), tally).run(cast.machines(), stop))
        while len(made) < CALLS and not tally.failed:
            await asyncio.sleep(0.05)
        stop.set()
    return tally


def test_the_calls_of_a_fleet_give_the_same_answers_and_results_in_the_clone(
    worlds: str, tmp_path: Path, calls: list[Call]
):
    with application(worlds, tmp_path, Side.PRIMARY, World.LIVE) as primary:
        assert asyncio.run(play(primary.plan.url, calls)).texts == []
    checksums: dict[tuple[str, int], int] = {}
    with (
        application(worlds, tmp_path, Side.CANDIDATE, World.SHADOW) as candidate,
        httpx.Client(base_url=candidate.plan.url, timeout=30.0, trust_env=False) as client,
    ):
        for route, content, primary_answer in calls:
            answer = client.post(f"/api/{route}", content=translated(content, checksums))
            assert (answer.status_code, comparable(answer)) == (
                primary_answer.status_code,
                comparable(primary_answer),
            ), f"{route} {content[-300:]}"
            if route == "request_spsa" and "sig" in answer.json():
                checksums[worker_of(content), primary_answer.json()["sig"]] = answer.json()["sig"]
    with MongoClient[dict[str, Any]](worlds) as database:
        live, shadow = (results(database[DATABASES[world]]) for world in World)
    assert live == shadow


def worker_of(content: str) -> str:
    return str(json.loads(content)["worker_info"]["unique_key"])


def translated(content: str, checksums: dict[tuple[str, int], int]) -> str:
    """The request as the other world knows it: coins are thrown by each server for itself."""
    try:
        body = json.loads(content)
    except ValueError:
        return content
    if "spsa" in body:
        body["spsa"]["sig"] = checksums[worker_of(content), body["spsa"]["sig"]]
    return json.dumps(body)


def comparable(answer: httpx.Response) -> Any:
    """The reply without what depends on coins and clocks."""
    reply = answer.json()
    for key in ("duration", "sig"):
        reply.pop(key, None)
    for key in ("w_params", "b_params"):
        if key in reply:
            reply[key] = [parameter["name"] for parameter in reply[key]]
    args = reply.get("run", {}).get("args", {})
    args.pop("itp", None)
    if "spsa" in args:
        args["spsa"] = args["spsa"]["iter"]
    return reply


def results(database: Any) -> list[Any]:
    """What each run has come to, task by task."""
    keys = ("_id", "results", "finished", "failed", "workers", "cores", "committed_games", "total_games")
    return [
        {
            **{key: run[key] for key in keys},
            "sprt": run["args"].get("sprt"),
            "tasks": [(task["num_games"], task["active"], task["stats"]) for task in run["tasks"]],
        }
        for run in database.runs.find().sort("_id")
    ]
