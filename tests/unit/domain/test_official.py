"""Books and the master branch: what is taken from GitHub, when the owner asks, and that nothing waits for it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from pymongo.database import Database

from domain.clock import Timers
from domain.github import BOOKS, OFFICIAL, GithubError
from domain.official import bench, without_bench
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import MakeServer, a_worker, add_user, new_run
from tests.support.github import GithubServer, a_commit, github_server
from tests.support.new_tests import BENCH, teach

__all__ = ["github_server"]

Db = Database[dict[str, Any]]

BOOKS_PATH = f"/repos/{BOOKS}/contents/books.json"
MASTER_PATH = f"/repos/{OFFICIAL}/commits"


@pytest.fixture
def server(make_server: MakeServer, github_server: GithubServer) -> Fishtest:
    """Not started: nothing asks by itself."""
    teach(github_server)
    return make_server(started=False, offline=False, github_url=github_server.url)


def github_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "github-timers"}


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Update\n\nbench: 1234567", "1234567"),
        ("Bench: 7654321", "7654321"),
        ("Bench 1234567 was\n\nBench: 2345678", "2345678"),
        ("bench: 123", ""),
        ("workbench: 1234567", ""),
        ("bench: 0123456", ""),
        ("No functional change", ""),
        ("", ""),
    ],
)
def test_a_bench_is_found_in_a_message(message: str, found: str) -> None:
    assert bench(message) == found


def test_a_message_in_words_has_no_bench() -> None:
    assert without_bench("Reduce less\n\nBy one.\n\nBench: 1234567\n") == "Reduce less\n\nBy one."


def test_the_owner_asks_at_once_and_every_quarter_of_an_hour(
    server: Fishtest, github_server: GithubServer, clock: FrozenClock
) -> None:
    timers = Timers(clock)
    server.official.schedule(timers)
    clock.advance(46)
    timers.run_due()
    assert github_server.paths() == [BOOKS_PATH, MASTER_PATH]
    clock.advance(899)
    timers.run_due()
    assert len(github_server.requests) == 2
    clock.advance(1)
    timers.run_due()
    assert github_server.paths() == 2 * [BOOKS_PATH, MASTER_PATH]


def test_a_failing_github_is_asked_again_and_nothing_is_printed(
    server: Fishtest, github_server: GithubServer, clock: FrozenClock, capsys: pytest.CaptureFixture[str]
) -> None:
    timers = Timers(clock)
    server.official.schedule(timers)
    github_server.statuses |= {BOOKS_PATH: 500, MASTER_PATH: 500}
    clock.advance(46)
    timers.run_due()
    assert server.official.books() == {}
    github_server.statuses.clear()
    clock.advance(900)
    timers.run_due()
    assert set(server.official.books()) == {"demo.epd", "other.pgn"}
    assert capsys.readouterr().err == ""


def test_a_new_book_reaches_the_next_worker(make_server: MakeServer, github_server: GithubServer) -> None:
    teach(github_server)
    server = make_server(offline=False, github_url=github_server.url)
    add_user(server)
    new_run(server)
    server.official.refresh_books()
    assert server.request_task(a_worker())["run"]["args"]["book_sri"] == "Qm9v"


def test_books_outlive_the_process(server: Fishtest, make_server: MakeServer) -> None:
    server.official.refresh_books()
    assert make_server().scheduler.books["other.pgn"] == {"total": 7}


def test_master_is_its_newest_commit_with_a_bench(server: Fishtest, db: Db) -> None:
    assert server.official.refresh_master()["bench"] == BENCH
    assert db["kvstore"].find_one({"_id": "official_master_sha"})["value"] == "d" * 40


def test_background_questions_leave_the_rest_of_a_quota_to_people(
    server: Fishtest, github_server: GithubServer
) -> None:
    github_server.quota = (4000, 1000)
    server.official.refresh_books()
    with pytest.raises(GithubError, match="quota"):
        server.official.refresh_books()
    server.official.refresh_books(urgent=True)


def test_only_an_owner_with_a_network_asks_by_itself(server: Fishtest, make_server: MakeServer) -> None:
    before = github_threads()
    make_server()
    make_server(role="standby", offline=False)
    assert github_threads() == before
    server.enter()
    (thread,) = github_threads() - before
    server.leave()
    thread.join(5)
    assert not thread.is_alive()


def test_a_handover_does_not_wait_for_a_github_that_hangs(
    server: Fishtest, github_server: GithubServer, clock: FrozenClock
) -> None:
    github_server.stalling |= {BOOKS_PATH, MASTER_PATH}
    server.enter()
    clock.advance(46)
    assert github_server.arrived.acquire(timeout=10)
    began = time.monotonic()
    server.leave()
    assert time.monotonic() - began < 1.5


def test_a_commit_without_a_date_is_no_commit(server: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[MASTER_PATH] = [a_commit("d" * 40, f"bench: {BENCH}", date="")]
    with pytest.raises(GithubError):
        server.official.refresh_master()
