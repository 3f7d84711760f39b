"""The form of a new test where GitHub can be asked: both applications ask the same one and answer alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from demo.clone import clone
from domain.github import BOOKS, OFFICIAL
from tests.parity.conftest import Both
from tests.parity.rows.new_test import submits
from tests.parity.rows.people import enters
from tests.parity.rows.row import Row
from tests.parity.same import contents, names_of, renamed
from tests.parity.test_parity import ask, seen
from tests.parity.wire import Side
from tests.parity.world import user
from tests.support.apps import App
from tests.support.github import GithubServer
from tests.support.new_tests import FORK, FORM, SPRT, a_net, teach

NAMES = ("online_legacy", "online_port")
FORM_PAGE = Row("the form", "GET", "/tests/run", browser="nora")


@pytest.fixture(scope="module")
def github() -> Iterator[GithubServer]:
    with GithubServer() as server:
        yield server


@pytest.fixture(scope="module")
def online(
    github: GithubServer,
    mongo_client: MongoClient[dict[str, object]],
    mongo_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Both]:
    mongo_client[NAMES[0]]["users"].insert_one(user("nora"))
    mongo_client[NAMES[0]]["nns"].insert_one(a_net())
    clone(mongo_client, *NAMES)
    folder = tmp_path_factory.mktemp("online")
    settings = {"FISHTEST_OFFLINE": "0", "FISHTEST_GITHUB_URL": github.url}
    with (
        App("legacy_pyramid", folder, mongo_url, NAMES[0], **settings) as legacy,
        App("new_server", folder, mongo_url, NAMES[1], **settings) as port,
    ):
        both = Both(
            Side("legacy", legacy.url), Side("port", port.url), (mongo_client[NAMES[0]], mongo_client[NAMES[1]]), {}
        )
        teach(github)
        for row in enters("nora", "nora"):
            alike(both, row)
        yield both
    for name in NAMES:
        mongo_client.drop_database(name)


@pytest.fixture(autouse=True)
def _taught(github: GithubServer) -> None:
    """Each test begins with a GitHub that is well."""
    github.answers.clear()
    github.statuses.clear()
    teach(github)


def alike(both: Both, row: Row) -> int:
    """Ask both; the status of the answers, which must be the same to a client."""
    legacy, port = (ask(side, row, both.names) for side in (both.legacy, both.port))
    assert seen(port, both.port) == seen(legacy, both.legacy)
    return legacy.status


def test_the_form_shows_what_github_tells(online: Both) -> None:
    assert alike(online, FORM_PAGE) == 200


@pytest.mark.parametrize("commits", [None, []])
def test_without_commits_of_master_there_is_no_form(online: Both, github: GithubServer, commits: object) -> None:
    github.answers[f"/repos/{OFFICIAL}/commits"] = commits
    assert alike(online, FORM_PAGE) == 500
    assert alike(online, submits("without master", FORM)) == 500


def test_without_the_list_of_books_there_is_a_form(online: Both, github: GithubServer) -> None:
    github.statuses[f"/repos/{BOOKS}/contents/books.json"] = 503
    assert alike(online, FORM_PAGE) == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"tests-repo": "https://github.com/nobody/Chess"},
        {"test-branch": "lmr_twaek"},
        {"base-branch": "gone"},
        {"base-signature": "1111111"},
        {"threads": "x"},
    ],
)
def test_what_github_contradicts_is_refused(online: Both, fields: dict[str, str]) -> None:
    assert alike(online, submits("contradicted", FORM | fields)) == 200


def test_a_fork_of_something_else_is_refused(online: Both, github: GithubServer) -> None:
    """Nora has joined after the day from which forks of the official repository only are taken."""
    github.answers[f"/repos/{FORK}"] = {"full_name": FORK, "parent": {"full_name": "other/Chess"}}
    assert alike(online, submits("foreign", FORM)) == 200


def test_a_network_that_is_missing_is_named(online: Both, github: GithubServer) -> None:
    github.answers[f"/repos/{FORK}/commits/other"] = github.answers[f"/repos/{FORK}/commits/lmr_tweak"] | {
        "sha": "f" * 40
    }
    github.answers[f"/repos/{FORK}/contents/src/evaluate.h"] = "nn-ffffffffffff.nnue"
    assert alike(online, submits("missing network", FORM | {"test-branch": "other"})) == 200


def test_tests_are_made_of_what_github_tells(online: Both) -> None:
    blanks = FORM | {"test-signature": "", "run-info": ""}
    assert alike(online, submits("of fixed games", blanks, note="fixed")) == 302
    assert alike(online, submits("sequential", FORM | SPRT, note="sprt")) == 302
    for name in ("fixed", "sprt"):
        assert alike(online, Row(name, "GET", f"/tests/view/${name}", browser="nora")) == 200
        assert alike(online, Row(name, "GET", f"/tests/run?id=${name}", browser="nora")) == 200
    sides = zip((online.legacy, online.port), online.databases, strict=True)
    legacy, port = (renamed(contents(database), names_of(side.noted)) for side, database in sides)
    assert port == legacy
    assert [found["tests_repo"] for found in online.databases[0]["users"].find()] == [f"https://github.com/{FORK}"]
