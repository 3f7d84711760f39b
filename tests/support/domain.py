"""Builders for the domain's tests: a server on a fresh database, runs, workers, results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from domain.server import Fishtest
from domain.settings import Settings
from domain.statistics.sprt import new_sprt
from tests.support.clock import FrozenClock

MakeServer = Callable[..., Fishtest]

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
REPOSITORY = "https://github.com/official-stockfish/Stockfish"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
def make_server(mongo_url: str, db_name: str, clock: FrozenClock) -> Iterator[MakeServer]:
    """Make offline servers on the test's own database (options are those of Settings); all are stopped at the end."""
    servers = []

    def make(*, started: bool = True, **options: Any) -> Fishtest:
        server = Fishtest(Settings(db_url=mongo_url, db_name=db_name, **{"offline": True, **options}), clock)
        servers.append(server)
        if started:
            server.start()
        return server

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def fishtest(make_server: MakeServer) -> Fishtest:
    """An owner that writes behind, with the user carol."""
    server = make_server()
    add_user(server)
    return server


def add_user(server: Fishtest, username: str = "carol", **overrides: Any) -> dict[str, Any]:
    fields = {"pending": False, "machine_limit": 100} | overrides
    user = server.users.create(username, f"pw-{username}", f"{username}@example.org", **fields)
    assert user is not None
    return user


def a_worker(number: int = 0, **overrides: Any) -> dict[str, Any]:
    """A worker's description; each number is a machine of its own."""
    return {
        "uname": "Linux 6.8",
        "architecture": ["64bit", "ELF"],
        "concurrency": 4,
        "max_memory": 8000,
        "min_threads": 1,
        "username": "carol",
        "version": 311,
        "python_version": [3, 12, 4],
        "gcc_version": [13, 2, 0],
        "compiler": "g++",
        "unique_key": f"c0ffee{number:02d}-1a2b-4c3d-9e8f-0123456789ab",
        "modified": False,
        "worker_arch": "x86-64-avx2",
        "ARCH": "?",
        "nps": 628000.0,
        "near_github_api_limit": False,
        "remote_addr": "192.0.2.7",
        "country_code": "?",
    } | overrides


def run_args(**overrides: Any) -> dict[str, Any]:
    """Arguments of a fixed-games run at 10+0.1."""
    return {
        "base_tag": "master",
        "new_tag": "lmr_tweak",
        "base_nets": [],
        "new_nets": [],
        "num_games": 60000,
        "tc": "10+0.1",
        "new_tc": "10+0.1",
        "book": "demo.epd",
        "book_depth": "8",
        "threads": 1,
        "resolved_base": "a" * 40,
        "resolved_new": "b" * 40,
        "msg_base": "Base",
        "msg_new": "New",
        "base_options": "Hash=16",
        "new_options": "Hash=16",
        "info": "Try less reduction",
        "base_signature": "1234567",
        "new_signature": "7654321",
        "username": "dave",
        "tests_repo": REPOSITORY,
        "auto_purge": True,
        "throughput": 100,
        "itp": 100.0,
        "priority": 0,
        "adjudication": True,
    } | overrides


def an_sprt(batch_size: int = 16) -> dict[str, Any]:
    return new_sprt(0.0, 2.0, batch_size)


def an_spsa(num_iter: int = 1000, params: int = 3) -> dict[str, Any]:
    return {
        "A": 100.0,
        "alpha": 0.602,
        "gamma": 0.101,
        "raw_params": "p",
        "iter": 0,
        "num_iter": num_iter,
        "params": [
            {
                "name": f"p{i}",
                "start": 10.0,
                "min": 0.0,
                "max": 20.0,
                "c_end": 2.0,
                "r_end": 0.002,
                "c": 2.0 * num_iter**0.101,
                "a_end": 0.008,
                "a": 0.008 * (100.0 + num_iter) ** 0.602,
                "theta": 10.0,
            }
            for i in range(params)
        ],
    }


def new_run(server: Fishtest, **overrides: Any) -> str:
    """An approved run; its id."""
    return server.runs.create(run_args(**overrides), approved=True)


def results(
    pairs: int = 0, *, wins: int = 0, losses: int = 0, crashes: int = 0, time_losses: int = 0
) -> dict[str, Any]:
    """Totals of drawn pairs and of pairs that were won or lost twice."""
    return {
        "wins": 2 * wins,
        "losses": 2 * losses,
        "draws": 2 * pairs,
        "crashes": crashes,
        "time_losses": time_losses,
        "pentanomial": [losses, 0, pairs, 0, wins],
    }


def stored_run(db: Database[dict[str, Any]], server_run: dict[str, Any]) -> dict[str, Any]:
    """The run as the database holds it now."""
    run = db["runs"].find_one({"_id": server_run["_id"]})
    assert run is not None
    return run
