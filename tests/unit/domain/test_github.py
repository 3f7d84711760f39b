"""The GitHub client against a real server that stalls, fails and counts a quota."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from domain import github as client
from domain.clock import SystemClock
from domain.github import UNKNOWN_QUOTA, Github, GithubError
from domain.kvstore import KeyValueStore
from domain.server import Fishtest
from domain.settings import Settings
from tests.support.clock import FrozenClock
from tests.support.domain import NOON
from tests.support.github import RESET, GithubServer, a_commit, github_server

__all__ = ["github_server"]

Db = Database[dict[str, Any]]
MakeGithub = Callable[..., Github]

REPOSITORY = "carol/Stockfish"
BRANCH = f"/repos/{REPOSITORY}/commits/lmr"
NEW, OLD = "b" * 40, "a" * 40


@pytest.fixture
def make_github(github_server: GithubServer, db: Db) -> Iterator[MakeGithub]:
    """Make clients (options are those of Settings) that ask the test's own GitHub."""
    made = []

    def make(**options: Any) -> Github:
        settings = Settings(**({"github_url": github_server.url} | options))
        made.append(Github(settings, KeyValueStore(db), SystemClock()))
        return made[-1]

    yield make
    for github in made:
        github.close()


@pytest.fixture
def github(make_github: MakeGithub) -> Github:
    return make_github()


def test_a_branch_is_resolved_to_its_commit(github: Github, github_server: GithubServer) -> None:
    github_server.answers[BRANCH] = a_commit(NEW, "Reduce less\n\nBench: 1234567")
    assert github.commit(REPOSITORY, "lmr") == {
        "sha": NEW,
        "message": "Reduce less\n\nBench: 1234567",
        "date": datetime(2026, 2, 1, 12, tzinfo=UTC),
    }


def test_a_branch_name_can_hold_anything(github: Github, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{REPOSITORY}/commits/a/b?c#d é"] = a_commit(NEW)
    assert github.commit(REPOSITORY, "a/b?c#d é")["sha"] == NEW


def test_the_newest_commits_come_as_github_orders_them(github: Github, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{REPOSITORY}/commits"] = [a_commit(NEW), a_commit(OLD)]
    assert [commit["sha"] for commit in github.commits(REPOSITORY, "master")] == [NEW, OLD]
    assert github_server.requests == [(f"/repos/{REPOSITORY}/commits", {"sha": "master", "per_page": "100"})]


def test_a_fork_names_its_parent_and_a_rename_is_followed(github: Github, github_server: GithubServer) -> None:
    github_server.answers["/repos/old/Name"] = {"Location": "/repositories/7"}
    github_server.statuses["/repos/old/Name"] = 301
    github_server.answers["/repositories/7"] = {"full_name": "new/Name", "parent": {"full_name": client.OFFICIAL}}
    assert github.repository("old/Name") == {"name": "new/Name", "parent": client.OFFICIAL}


def test_a_repository_that_is_no_fork_has_no_parent(github: Github, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{client.OFFICIAL}"] = {"full_name": client.OFFICIAL}
    assert github.repository(client.OFFICIAL) == {"name": client.OFFICIAL, "parent": ""}


def test_a_file_is_read_at_a_commit(github: Github, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{REPOSITORY}/contents/src/evaluate.h"] = "#define é"
    assert github.file(REPOSITORY, NEW, "src/evaluate.h") == "#define é"
    assert github_server.requests[0][1] == {"ref": NEW}


def test_ancestry_is_asked_once_for_a_pair_of_commits(github: Github, github_server: GithubServer) -> None:
    path = f"/repos/{REPOSITORY}/compare/{OLD}...{NEW}"
    github_server.answers[path] = {"merge_base_commit": a_commit("c" * 40)}
    assert {github.merge_base(REPOSITORY, OLD, NEW) for _ in range(3)} == {"c" * 40}
    assert github_server.paths() == [path]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(404, None), (500, "oops"), (200, "no JSON"), (200, []), (200, {"sha": NEW}), (200, {"commit": None, "sha": NEW})],
)
def test_an_answer_that_helps_nobody_is_one_kind_of_error(
    github: Github, github_server: GithubServer, status: int, answer: Any
) -> None:
    github_server.answers[BRANCH], github_server.statuses[BRANCH] = answer, status
    with pytest.raises(GithubError):
        github.commit(REPOSITORY, "lmr")


def test_nobody_listening_is_the_same_kind_of_error(make_github: MakeGithub) -> None:
    github = make_github(github_url="http://127.0.0.1:1")
    with pytest.raises(GithubError, match="cannot be reached"):
        github.commit(REPOSITORY, "lmr")


@pytest.mark.parametrize("misbehaviour", ["stalling", "dripping"])
def test_a_github_that_hangs_costs_only_the_time_out(
    github: Github, github_server: GithubServer, monkeypatch: pytest.MonkeyPatch, misbehaviour: str
) -> None:
    """A body that comes byte by byte never lets a read time out: the whole answer has a deadline."""
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    getattr(github_server, misbehaviour).add(BRANCH)
    github_server.answers[BRANCH] = a_commit(NEW)
    began = time.monotonic()
    with pytest.raises(GithubError, match="cannot be reached"):
        github.commit(REPOSITORY, "lmr")
    assert 0.2 < time.monotonic() - began < 3


def test_an_endless_answer_is_cut_off(
    github: Github, github_server: GithubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER", 10)
    github_server.answers[BRANCH] = a_commit(NEW)
    with pytest.raises(GithubError):
        github.commit(REPOSITORY, "lmr")


def test_past_half_of_the_quota_only_urgent_questions_are_asked(github: Github, github_server: GithubServer) -> None:
    github_server.answers[BRANCH] = a_commit(NEW)
    github_server.quota = (2501, 2499)
    github.commit(REPOSITORY, "lmr")
    with pytest.raises(GithubError, match="quota"):
        github.commit(REPOSITORY, "lmr")
    assert github.commit(REPOSITORY, "lmr", urgent=True)["sha"] == NEW
    assert len(github_server.requests) == 2


def test_a_quota_used_by_half_still_allows_questions(github: Github, github_server: GithubServer) -> None:
    github_server.answers[BRANCH] = a_commit(NEW)
    github_server.quota = (2500, 2500)
    assert [github.commit(REPOSITORY, "lmr")["sha"] for _ in range(2)] == [NEW, NEW]


def test_a_quota_counts_until_its_window_ends(github_server: GithubServer, db: Db) -> None:
    clock = FrozenClock(NOON)
    github = Github(Settings(github_url=github_server.url), KeyValueStore(db), clock)
    github_server.answers[BRANCH] = a_commit(NEW)
    github_server.quota = (4000, 1000)
    github.commit(REPOSITORY, "lmr")
    clock.advance(RESET - NOON.timestamp() + 1)
    assert github.commit(REPOSITORY, "lmr")["sha"] == NEW
    github.close()


def test_the_rate_limit_is_what_github_told_last(github: Github, github_server: GithubServer) -> None:
    github_server.answers[BRANCH] = a_commit(NEW)
    github_server.quota = (129, 4871)
    github.commit(REPOSITORY, "lmr")
    assert github.rate_limit() == {"limit": 5000, "remaining": 4871, "reset": RESET, "used": 129, "resource": "core"}
    assert github_server.paths() == [BRANCH]


def test_an_unknown_rate_limit_is_asked_for(github: Github, github_server: GithubServer) -> None:
    core = {"limit": 60, "remaining": 58, "reset": RESET, "used": 2, "resource": "core"}
    github_server.answers["/rate_limit"] = {"resources": {"core": core}}
    assert github.rate_limit() == core


@pytest.mark.parametrize("answer", [None, "no JSON", [], {"resources": {}}, {"resources": {"core": {"limit": "x"}}}])
def test_a_rate_limit_that_nobody_tells_is_uninitialized(
    github: Github, github_server: GithubServer, answer: Any
) -> None:
    """A page that asks again and again must not wait for a dead GitHub each time."""
    github_server.answers["/rate_limit"] = answer
    for _ in range(3):
        assert github.rate_limit() == UNKNOWN_QUOTA | {"_uninitialized": True}
    assert github_server.paths() == ["/rate_limit"]


def test_offline_nothing_is_asked(make_github: MakeGithub, github_server: GithubServer) -> None:
    github = make_github(offline=True)
    github_server.answers[BRANCH] = a_commit(NEW)
    with pytest.raises(GithubError, match="offline"):
        github.commit(REPOSITORY, "lmr", urgent=True)
    assert github.rate_limit()["_uninitialized"]
    assert github_server.requests == []


def test_the_token_goes_to_github_and_nowhere_else(make_github: MakeGithub, github_server: GithubServer) -> None:
    settings = Settings.from_environ({"GH_TOKEN": "hush", "FISHTEST_GITHUB_URL": github_server.url + "/"})
    assert "hush" not in repr(settings)
    github_server.answers[BRANCH] = a_commit(NEW)
    make_github(github_token="hush").commit(REPOSITORY, "lmr")
    make_github().commit(REPOSITORY, "lmr")
    assert github_server.tokens == ["Bearer hush", None]
    assert (settings.github_token, settings.github_url) == ("hush", github_server.url)


def test_the_least_recently_used_answer_is_forgotten(github: Github, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CACHE_SIZE", 2)
    asked = []

    def ask(name: str) -> str:
        return github.remembered(name, lambda: asked.append(name) or name.upper())

    assert [ask(name) for name in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert asked == ["a", "b", "c", "b"]


def test_answers_outlive_the_process(make_server: Callable[..., Fishtest], db: Db) -> None:
    first = make_server(offline=True)
    first.github.remembered("a.b$c", lambda: ["x"])
    first.stop()
    second = make_server(offline=True)
    assert second.github.remembered("a.b$c", lambda: ["asked again"]) == ["x"]
    assert db["kvstore"].find_one({"_id": "github_api_cache"})["value"] == [["a.b$c", ["x"]]]


@pytest.mark.parametrize("value", [{"https://api.github.com/x": {}}, ["x", ["y"], ["a", "b", "c"]], "x", None])
def test_a_cache_in_another_form_is_ignored(make_server: Callable[..., Fishtest], db: Db, value: Any) -> None:
    """The database of the original holds its own under the same name."""
    db["kvstore"].insert_one({"_id": "github_api_cache", "value": value})
    server = make_server(offline=True)
    assert server.github.remembered("x", lambda: "asked") == "asked"
