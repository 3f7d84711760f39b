"""Every row of the error tables of the worker protocol (spec worker-api §3 to §5), on every route that has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.parity.rows.row import ERIN, NO_SPSA, NO_STATS, OTHER_KEY, STATS, Row, asked, without, worker

ROUTES = (
    "request_version",
    "request_task",
    "update_task",
    "beat",
    "request_spsa",
    "failed_task",
    "stop_run",
    "upload_pgn",
    "worker_log",
)
FULL_SCHEMA = ROUTES[1:]
NO_RUN = "0123456789abcdef01234567"
FRESH = {"unique_key": "ab12cd34-1a2b-4c3d-9e8f-0123456789ab"}


def rows() -> Iterator[Row]:
    for route in ROUTES:
        yield from credentials(route)
    for route in FULL_SCHEMA:
        yield from references(route)
    yield from values()
    yield from results()
    yield from too_much()
    yield from updates()


def credentials(route: str) -> Iterator[Row]:
    """Checks 1 to 5, and that the first fault of several is the one that is told."""
    yield worker("no JSON", route, "{")
    yield worker("a list", route, "[]")
    yield worker("no password", route, without(asked(), "password"))
    yield worker("no worker", route, without(asked(), "worker_info"))
    yield worker("an odd name", route, asked({"username": "n"}))
    yield worker("of nobody", route, asked({"username": "nobody"}, surplus=1))
    yield worker("with another's password", route, asked(password="pw-erin", run_id="zz"))
    yield worker("of the blocked", route, asked({"username": "bob"}, "pw-bob", surplus=1))
    yield worker("of the pending", route, asked({"username": "paul"}, "pw-paul", surplus=1))


def references(route: str) -> Iterator[Row]:
    """Checks 6 to 9."""
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    yield worker("with a surplus key", route, asked(surplus=1, run_id=NO_RUN))
    yield worker("with a malformed run", route, asked(run_id="zz", task_id=0))
    yield worker("with a task of no run", route, asked(task_id=0))
    yield worker("with a run that is not there", route, asked(run_id=NO_RUN, task_id=0))
    yield worker("with a task that is not there", route, asked(run_id="$sprt", task_id=10**6))
    yield worker("with another's task", route, asked(OTHER_KEY, **mine))
    yield worker("with another's task under another name", route, asked(ERIN, "pw-erin", **mine))
    yield worker("with my task under another name", route, asked({"username": "erin"}, "pw-erin", **mine))


def values() -> Iterator[Row]:
    """The rules of §4, key by key; where a value passes, the answer is that of a task which has ended."""
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    for name, change in (
        ("a number as uname", {"uname": 1}),
        ("a text as architecture", {"architecture": "64bit"}),
        ("numbers as architecture", {"architecture": [1, 2]}),
        ("memory as a float", {"max_memory": 8000.0}),
        ("no least threads", {"min_threads": 0}),
        ("a negative version", {"version": -1}),
        ("a text as Python version", {"python_version": "3.12"}),
        ("negative compiler versions", {"gcc_version": [13, -2, 0]}),
        ("a key of three parts", {"unique_key": "c0ffee12-1a2b-4c3d"}),
        ("a key that begins with one letter", {"unique_key": "c-1a2b-4c3d-9e8f-0123456789ab"}),
        ("a key with an umlaut", {"unique_key": "cöffee12-1a2b-4c3d-9e8f-0123456789ab"}),
        ("null as modified", {"modified": None}),
        ("an unknown architecture", {"worker_arch": "unknown"}),
        ("a list as ARCH", {"ARCH": []}),
        ("a text as speed", {"nps": "1"}),
        ("a whole number as speed", {"nps": 1}),
        ("an infinite speed", {"nps": float("inf")}),
        ("a negative infinite speed", {"nps": float("-inf")}),
        ("a number for near the limit", {"near_github_api_limit": 0}),
        ("true as threads", {"concurrency": True}),
    ):
        yield worker(name, "beat", asked(change, **mine))
    for name, fields in (
        ("a number as password", {"password": 1}),
        ("null as run", {"run_id": None}),
        ("a float as task", {"task_id": 0.0}),
        ("false as task", {"task_id": False}),
        ("an object as message", {"message": {}}),
        ("a list as games", {"pgn": []}),
        ("a list as stats", {"stats": []}),
        ("null as spsa", {"spsa": None}),
    ):
        yield worker(name, "beat", {**asked(**mine), **fields})


def results() -> Iterator[Row]:
    mine: dict[str, Any] = {"run_id": "$sprt", "task_id": 0}
    for name, change in (
        ("games without pairs", {"pentanomial": [0, 0, 0, 0, 0]}),
        ("wins that no pair has", {"wins": 5, "losses": 3}),
        ("too few draws", {"wins": 6, "losses": 6, "draws": 2, "pentanomial": [0, 3, 1, 3, 0]}),
        ("six pentanomials", {"pentanomial": [0, 4, 7, 4, 0, 0]}),
        ("a text for wins", {"wins": "4"}),
        ("a surplus key", {"surplus": 1}),
    ):
        yield worker(f"stats with {name}", "update_task", asked(stats={**STATS, **change}, **mine))
    for key in STATS:
        yield worker(f"stats without {key}", "update_task", asked(stats=without(STATS, key), **mine))
    for name, change in (
        ("games that do not add up", {"wins": 1, "num_games": 2}),
        ("a negative signature", {"sig": -1}),
        ("a signature as text", {"sig": "1"}),
        ("a surplus key", {"surplus": 1}),
    ):
        yield worker(f"spsa with {name}", "update_task", asked(stats=STATS, spsa={**NO_SPSA, **change}, **mine))
    for key in NO_SPSA:
        yield worker(f"spsa without {key}", "update_task", asked(stats=STATS, spsa=without(NO_SPSA, key), **mine))


def too_much() -> Iterator[Row]:
    """What the database cannot hold."""
    for name, change in (
        ("a lone surrogate as uname", {"uname": "\ud800"}),
        ("a lone surrogate as ARCH", {"ARCH": "x\udfff"}),
        ("a very long ARCH", {"ARCH": "x" * 5000}),
        ("nine bytes of memory", {"max_memory": 2**64}),
        ("nine bytes of speed", {"nps": 2**64}),
        ("a version of 200 digits", {"python_version": [3, 12, 10**200]}),
    ):
        yield worker(name, "request_task", asked({**FRESH, **change}))
    yield worker("a lone surrogate as message", "worker_log", asked(message="\ud800"))
    yield worker("a NUL as message", "worker_log", asked(message="a\0b"))
    yield worker("a number that Python does not read", "beat", '{"task_id": ' + "9" * 5000 + "}")
    yield worker("a key twice", "request_version", '{"password": "x", ' + json.dumps(asked())[1:])


def updates() -> Iterator[Row]:
    """The rejections of §5.3 and the end of a task, by a worker whose tasks are the last of the run."""
    note = {"task": r'"task_id": (\d+)'}
    whole = {**NO_STATS, "draws": 36, "pentanomial": [0, 0, 18, 0, 0]}
    part = {**NO_STATS, "draws": 6, "pentanomial": [0, 0, 3, 0, 0]}
    uneven = {**NO_STATS, "draws": 8, "pentanomial": [0, 0, 4, 0, 0]}

    def mine(name: str, route: str, **fields: Any) -> Row:
        body = json.dumps(asked(FRESH, run_id="$sprt", task_id="$task", **fields)).replace('"$task"', "$task")
        return worker(name, route, body)

    yield worker("by a fresh machine", "request_task", asked(FRESH), note)
    yield mine("of whole batches", "update_task", stats=part)
    yield mine("of broken batches", "update_task", stats=uneven)
    yield mine("after a rejection", "update_task", stats=whole)
    yield worker("by a fresh machine again", "request_task", asked(FRESH), note)
    yield mine("of nothing yet", "update_task", stats=NO_STATS)
    yield mine("of all games", "update_task", stats=whole)
    yield mine("after the last game", "beat")
    yield mine("after the last game", "failed_task")
    yield mine("after the last game", "upload_pgn")
