"""What both applications start from: some users, a run of each kind, and the cookies of a few visitors."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from demo import cast
from demo.seed import create, finish_a_run
from domain.indexes import make_indexes
from domain.server import Fishtest
from domain.settings import Settings
from new_server.http.session import sign
from new_server.http.ticket import write_ticket
from tests.support.apps import SECRET
from tests.support.log_and_nets import seed_log, seed_nets
from tests.support.old_runs import create_odd_run, seed_old_runs
from tests.support.relic import NET, RELIC, seed_relic

# The compiler says whose machines get the run: carol's the sequential test, erin's the tuning.
PLANS = {
    "sprt": cast.RunPlan("search_<b>", "sprt", 10, compiler="g++", submitter="carol"),
    "spsa": cast.RunPlan("tune_it", "spsa", 9, compiler="clang++", submitter="erin"),
    "fixed": cast.RunPlan("try_it", "fixed", 8, arch="e2k", submitter="erin"),
    "pending": cast.RunPlan("wait_for_it", "sprt", 120, approved=False, submitter="carol", threads=2),
}


def seed(client: MongoClient[dict[str, Any]], url: str, name: str) -> dict[str, str]:
    """Fill an empty database; the names that the table may use with what they stand for."""
    make_indexes(client[name])
    client[name]["users"].insert_many([user(who) for who in ("carol", "erin", "grace", "alice")])
    client[name]["users"].insert_one(user("dave", groups=["group:approvers"]))
    client[name]["users"].insert_one(user("bob", blocked=True))
    client[name]["users"].insert_one(user("paul", pending=True))
    client[name]["users"].insert_many([user("nora"), user("xaver"), user("rita", groups=["group:approvers"])])
    # Carol's task and the first of erin's: one more from the same address is too many.
    client[name]["users"].update_one({"username": "erin"}, {"$set": {"machine_limit": 2}})
    seed_people(client[name])
    client[name]["workers"].insert_one(blocked_worker("dave-4cores-c0ffee12"))
    seed_log(client[name])
    seed_nets(client[name])
    seed_relic(client[name])
    fishtest = Fishtest(Settings(db_url=url, db_name=name, flush="through", offline=True))
    fishtest.start()
    try:
        runs = {"finished": finish_a_run(fishtest)} | {kind: create(fishtest, plan) for kind, plan in PLANS.items()}
        runs["odd"] = create_odd_run(fishtest, runs["finished"])
    finally:
        fishtest.stop()
    relic = {"relic": RELIC, "RELIC": RELIC.upper(), "net": NET, "NET": NET.upper()}
    runs |= seed_old_runs(client[name], runs["finished"])
    return {**runs, "SPRT": runs["sprt"].upper(), **relic, **files(), **cookies()}


def seed_people(db: Database[dict[str, Any]]) -> None:
    """Those whom the rows about people are about, and what the statistics know of them."""
    repository = "https://github.com/felix/Stockfish"
    db["users"].insert_many([user(name) for name in ("ella", "gus", "trudy", "jürgen")])
    db["users"].insert_one(user("felix", tests_repo=repository, machine_limit=4))
    db["users"].insert_one(user("<b> & \"x'", tests_repo="https://github.com/<b>/\"x'", email="<i>&@example.org"))
    db["users"].insert_one(user("ivy", groups=["group:approvers"]))
    db["users"].insert_many([user(name, pending=True) for name in ("nina", "otto", "pia", "quin", "ghost")])
    # Erin may stop other people's runs.
    hours = {"erin": 1000, "ella": 1234.5, "felix": 0.9, "ghost": 5, "<b> & \"x'": 0.9}
    db["user_cache"].insert_many([contribution(name, hours[name]) for name in hours])
    db["user_cache"].insert_one(contribution("gus", 0, last_updated=datetime.min.replace(tzinfo=UTC)))
    db["top_month"].insert_many([contribution("felix", 20.25, tests_repo=repository), contribution("erin", 3)])


def contribution(name: str, cpu_hours: float, **changes: Any) -> dict[str, Any]:
    return {
        "username": name,
        "cpu_hours": cpu_hours,
        "games": int(cpu_hours * 1000),
        "games_per_hour": cpu_hours / 3,
        "tests": int(cpu_hours) % 7,
        "tests_repo": "",
        "last_updated": datetime(2026, 1, 1, tzinfo=UTC),
        **changes,
    }


def user(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "username": name,
        "password": f"pw-{name}",
        "registration_time": datetime.now(UTC),
        "pending": False,
        "blocked": False,
        "email": f"{name}@example.org",
        "groups": [],
        "tests_repo": "",
        "machine_limit": 16,
        **changes,
    }


def blocked_worker(name: str) -> dict[str, Any]:
    reason = "This machine loses on time in every second game.\nPlease <look> at it & write to us."
    return {"worker_name": name, "blocked": True, "message": reason, "last_updated": datetime.now(UTC)}


def files() -> dict[str, str]:
    return {"css": "site.css", "js": "site.js", "img": "favicon.svg"}


def cookies() -> dict[str, str]:
    """Session cookies last written a while ago, so that they are due again at the first look."""
    a_while_ago = int(time.time()) - 100
    return {
        "session_of_strangers": sign([a_while_ago, a_while_ago, {"_csrft_": "ab" * 20, "_f_error": ["<i>note</i>"]}]),
        "old_session": sign([a_while_ago - 1200, a_while_ago, {"_csrft_": "ab" * 20}]),
        "forged_session": "A" * 86 + sign([a_while_ago, a_while_ago, {"_csrft_": "ab" * 20}])[86:],
        "forged_ticket": "0" * 128 + write_ticket(SECRET, "carol")[128:],
        "ticket_of_nobody": write_ticket(SECRET, "nobody"),
        "ticket_of_carol": write_ticket(SECRET, "carol"),
        "ticket_of_bob": write_ticket(SECRET, "bob"),
        "ticket_of_trudy": write_ticket(SECRET, "trudy"),
    }
