"""Fill the live world through the domain layer and clone it: `python -m demo.seed --url mongodb://HOST:PORT`.

Everything that the domain can make is made by it, so the documents are those that the applications make themselves:
runs are created and approved, the finished one is played to its end. Users and statistics are written as they are.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import math
import sys
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient

from demo import cast
from demo.clone import clone
from demo.games import Games
from demo.processes import DATABASES
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.settings import Settings
from shadow.words import World

REPOSITORY = "https://github.com/grace/chess"
# One minute a game: short tasks (tens of games), so that a worker sees all of the protocol every few seconds.
TIME_CONTROL = "60+0.6"
# Name, start, least and greatest value. Three bytes of coins: with fewer, the checksums by which updates are matched to
# the coins thrown for them would often be equal between two workers.
SPSA_PARAMETERS = tuple((f"tune{number:02}", 40.0 + 5 * number, 0.0, 200.0) for number in range(24))
FINISHED_GAMES = 40


def seed(client: MongoClient[dict[str, Any]], name: str) -> bool:
    """Make the accounts, statistics and runs in an empty database; False (nothing done) when it holds runs already.

    The server must be one that asks for no credentials, as those of the demo and of docker-compose.yml do.
    """
    database = client[name]
    if database["runs"].find_one({}, {"_id": 1}):
        return False
    make_indexes(database)
    now = datetime.now(UTC)
    database["users"].insert_many([account(person, now) for person in cast.PEOPLE])
    database["user_cache"].insert_many([contribution(person, now) for person in cast.PEOPLE])
    database["nns"].insert_one({"name": cast.NET, "user": "grace", "downloads": 0})
    host, port = client.address or ("127.0.0.1", 27017)
    fishtest = Fishtest(Settings(db_url=f"mongodb://{host}:{port}", db_name=name, flush="through", offline=True))
    fishtest.start()
    try:
        finish_a_run(fishtest)
        for plan in cast.run_plans():
            create(fishtest, plan)
    finally:
        fishtest.stop()
    return True


def account(person: cast.Person, now: datetime) -> dict[str, Any]:
    """A user document. The fleet runs on one address, so the machine limit must not bind."""
    return {
        "username": person.name,
        "password": person.password,
        "registration_time": now,
        "pending": person.pending,
        "blocked": person.blocked,
        "email": f"{person.name}@example.org",
        "groups": list(person.groups),
        "tests_repo": REPOSITORY,
        "machine_limit": 1000,
    }


def contribution(person: cast.Person, now: datetime) -> dict[str, Any]:
    """What an external job has counted of a user's work so far."""
    return {
        "username": person.name,
        "cpu_hours": person.cpu_hours,
        "games": person.cpu_hours * 60,
        "games_per_hour": 0.0,
        "tests": 0,
        "tests_repo": REPOSITORY,
        "last_updated": now,
    }


def create(fishtest: Fishtest, plan: cast.RunPlan) -> str:
    """Store the run and approve it if it is to be worked on; its id."""
    run_id: str = fishtest.runs.create(run_args(plan))
    if plan.approved and (refusal := fishtest.runs.approve(run_id, cast.APPROVER)):
        raise RuntimeError(f"run {plan.name} could not be approved: {refusal}")
    return run_id


def run_args(plan: cast.RunPlan) -> dict[str, Any]:
    """The arguments as the new-test form stores them, in its order."""
    args: dict[str, Any] = {
        "base_tag": "master",
        "new_tag": plan.name,
        "base_nets": [cast.NET],
        "new_nets": [cast.NET],
        "num_games": plan.games,
        "tc": TIME_CONTROL,
        "new_tc": TIME_CONTROL,
        "book": "demo.epd",
        "book_depth": "8",
        "threads": plan.threads,
        "resolved_base": commit("master"),
        "resolved_new": commit(plan.name),
        "msg_base": "Update the main network",
        "msg_new": f"Try {plan.name}",
        "base_options": "Hash=16",
        "new_options": "Hash=16",
        "info": f'{plan.name}: <1% slower & "safer" than before',
        "base_signature": "1234567",
        "new_signature": "1234567" if plan.kind == "spsa" else "7654321",
        "username": plan.submitter,
        "tests_repo": REPOSITORY,
        "auto_purge": False,
        "throughput": 100,
        "itp": 100.0,
        "priority": plan.priority,
        "adjudication": True,
    }
    if plan.arch:
        args["arch_filter"] = f"^{plan.arch}$"
    if plan.compiler:
        args["compiler"] = plan.compiler
    if plan.kind == "sprt":
        args["sprt"] = sprt()
    elif plan.kind == "spsa":
        args["spsa"] = spsa(plan.games // 2)
    return args


def commit(text: str) -> str:
    """A commit id that stays the same from demo to demo."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def sprt() -> dict[str, Any]:
    """A fresh sequential test of 0 to 2 normalised Elo."""
    return {
        "alpha": 0.05,
        "beta": 0.05,
        "elo0": 0.0,
        "elo1": 2.0,
        "elo_model": "normalized",
        "state": "",
        "llr": 0.0,
        # Pairs: 16 at the short time control, fewer the longer a game takes (domain spec, section 12).
        "batch_size": 3,
        "lower_bound": -math.log(19),
        "upper_bound": math.log(19),
        "overshoot": {
            "last_update": 0,
            "skipped_updates": 0,
            "ref0": 0.0,
            "m0": 0.0,
            "sq0": 0.0,
            "ref1": 0.0,
            "m1": 0.0,
            "sq1": 0.0,
        },
    }


def spsa(iterations: int) -> dict[str, Any]:
    """A fresh tuning of three parameters, with the constants of the specification's section 6."""
    big_a, alpha, gamma = 0.1 * iterations, 0.602, 0.101
    c_end, r_end = 4.0, 0.002
    parameters = []
    for name, start, low, high in SPSA_PARAMETERS:
        a_end = r_end * c_end**2
        parameters.append(
            {
                "name": name,
                "start": start,
                "min": low,
                "max": high,
                "c_end": c_end,
                "r_end": r_end,
                "c": c_end * iterations**gamma,
                "a_end": a_end,
                "a": a_end * (big_a + iterations) ** alpha,
                "theta": start,
            }
        )
    return {
        "A": big_a,
        "alpha": alpha,
        "gamma": gamma,
        "raw_params": "\n".join(
            f"{name},{start},{low},{high},{c_end},{r_end}" for name, start, low, high in SPSA_PARAMETERS
        ),
        "iter": 0,
        "num_iter": iterations,
        "params": parameters,
    }


def finish_a_run(fishtest: Fishtest) -> str:
    """Play one short run to its end, task by task, before the others exist; its id."""
    run_id = create(fishtest, cast.RunPlan("old_idea", "fixed", priority=100, games=FINISHED_GAMES))
    games = Games("seed")
    machine = cast.Machine("carol", 4095, "x86-64")
    info = machine.worker_info() | {"remote_addr": "127.0.0.1", "country_code": "?"}
    while (run := fishtest.runs.get(run_id)) and not run["finished"]:
        task = fishtest.request_task(info)
        if "task_id" not in task:
            raise RuntimeError(f"no task of the run to be finished: {task}")
        stats = task["run"]["my_task"]["stats"]
        games.play(stats, pairs=task["run"]["my_task"]["num_games"] // 2)
        fishtest.update_task(info, run_id, task["task_id"], stats)
        fishtest.upload_pgn(run_id, task["task_id"], base64.b64decode(games.pgn(1)))
    return run_id


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.seed", description="Fill the live world and clone it.")
    parser.add_argument("--url", required=True, help="the MongoDB server, such as mongodb://127.0.0.1:27017")
    live, shadow = DATABASES[World.LIVE], DATABASES[World.SHADOW]
    with MongoClient[dict[str, Any]](parser.parse_args().url, tz_aware=True) as client:
        if not seed(client, live):
            print(f"{live} holds runs already: left alone, and {shadow} with it")
            return 0
        copied = clone(client, live, shadow)
    print(f"{live} seeded, {shadow} cloned: {', '.join(f'{count} {name}' for name, count in copied.items())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
