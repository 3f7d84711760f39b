"""How the commits of a test descend from one another, asked of a small GitHub on a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.ancestry import SILENCE, UNKNOWN, Ancestry, Descent
from domain.formatting import diff_url
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import NOON, new_run, run_args
from tests.support.github import GithubServer, a_commit, github_server

__all__ = ["github_server"]

MakeServer = Callable[..., Fishtest]
BASE, NEW, OTHER = "a" * 40, "b" * 40, "c" * 40
PATH = f"/repos/official-stockfish/Stockfish/compare/{BASE}...{NEW}"


@pytest.fixture
def server(make_server: MakeServer, github_server: GithubServer) -> Fishtest:
    return make_server(offline=False, github_url=github_server.url)


def common(sha: str) -> dict[str, object]:
    return {"merge_base_commit": a_commit(sha)}


class SlowClock(FrozenClock):
    """Each look at it takes two seconds."""

    def monotonic(self) -> float:
        self.advance(2)
        return super().monotonic()


def test_a_base_that_the_new_commit_grew_from(server: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[PATH] = common(BASE)
    page = server.queries.test_page(new_run(server))
    assert page is not None
    assert (page["use_3dot_diff"], page["allow_github_api_calls"], page["warnings"]) == (True, True, [])
    assert "..." in diff_url(page["run"], page["use_3dot_diff"])


def test_a_base_of_another_branch_is_warned_of(server: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[PATH] = common(OTHER)
    page = server.queries.test_page(new_run(server))
    assert page is not None
    assert (page["use_3dot_diff"], page["allow_github_api_calls"]) == (False, True)
    assert page["warnings"][-1].startswith("the base commit is no ancestor of the new one")
    assert f"{BASE[:10]}..{NEW[:10]}" in diff_url(page["run"], page["use_3dot_diff"])


def test_a_pair_of_commits_is_asked_about_once(server: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[PATH] = common(BASE)
    run_id = new_run(server)
    for _ in range(3):
        server.queries.test_page(run_id)
    assert github_server.paths().count(PATH) == 1


def test_what_github_does_not_know_is_asked_again(server: Fishtest, github_server: GithubServer) -> None:
    ancestry, run = Ancestry(server.github, server.clock), {"args": run_args()}
    assert ancestry.of(run) == UNKNOWN
    github_server.answers[PATH] = common(BASE)
    assert ancestry.of(run) == Descent(answered=True, is_ancestor=True)


def test_after_a_wait_in_vain_pages_do_without(server: Fishtest, github_server: GithubServer) -> None:
    clock = SlowClock(NOON)
    ancestry, run = Ancestry(server.github, clock), {"args": run_args()}
    assert ancestry.of(run) == UNKNOWN
    github_server.answers[PATH] = common(BASE)
    assert ancestry.of(run) == UNKNOWN
    assert github_server.paths().count(PATH) == 1
    clock.advance(SILENCE)
    assert ancestry.of(run) == Descent(answered=True, is_ancestor=True)


def test_offline_the_page_knows_nothing_and_warns_of_nothing(fishtest: Fishtest) -> None:
    page = fishtest.queries.test_page(new_run(fishtest))
    assert page is not None
    assert (page["use_3dot_diff"], page["allow_github_api_calls"], page["warnings"]) == (False, False, [])
