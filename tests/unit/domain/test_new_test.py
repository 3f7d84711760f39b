"""The form of a new test: what becomes of its fields, what is refused in which order, online and offline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from domain.github import BOOKS, OFFICIAL, GithubError
from domain.new_test import FAULTS
from domain.server import Fishtest
from tests.support.domain import MakeServer, a_worker, add_user, new_run, stored_run
from tests.support.github import GithubServer, a_commit, github_server
from tests.support.new_tests import (
    BASE,
    BENCH,
    BIG_NET,
    COMMITS,
    FORK,
    FORM,
    NEW,
    SPRT,
    SPSA,
    WRONG,
    a_net,
    teach,
    without,
)

__all__ = ["github_server"]

Db = Database[dict[str, Any]]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def offline(fishtest: Fishtest) -> Fishtest:
    add_user(fishtest, "dave")
    return fishtest


@pytest.fixture
def online(make_server: MakeServer, github_server: GithubServer, db: Db) -> Fishtest:
    teach(github_server)
    db["nns"].insert_one(a_net())
    server = make_server(started=False, offline=False, github_url=github_server.url)
    server.enter()
    add_user(server, "dave", registration_time=LONG_AGO)
    return server


def submit(server: Fishtest, fields: dict[str, str], warnings: list[str] | None = None) -> dict[str, Any]:
    """The run that the form makes."""
    run_id = server.new_test.submit("dave", fields, (warnings if warnings is not None else []).append)
    run = server.runs.get(run_id)
    assert run is not None
    return run


def refusal(server: Fishtest, fields: dict[str, str]) -> str:
    """The text of what is wrong; nothing may have been stored."""
    count = len(server.runs.cache.unfinished)
    with pytest.raises(FAULTS) as caught:
        server.new_test.submit("dave", fields, lambda text: None)
    assert len(server.runs.cache.unfinished) == count
    return str(caught.value)


GIVEN = FORM | COMMITS


# What becomes of the fields


def test_a_form_becomes_a_pending_run(offline: Fishtest, db: Db) -> None:
    run = submit(offline, GIVEN)
    assert list(run["args"].items()) == [
        ("base_tag", "master"),
        ("new_tag", "lmr_tweak"),
        ("base_nets", []),
        ("new_nets", []),
        ("num_games", 60000),
        ("tc", "10+0.1"),
        ("new_tc", "10+0.1"),
        ("book", "demo.epd"),
        ("book_depth", "8"),
        ("threads", 1),
        ("resolved_base", BASE),
        ("resolved_new", NEW),
        ("msg_base", "Base"),
        ("msg_new", "New"),
        ("base_options", "Hash=16"),
        ("new_options", "Hash=16"),
        ("info", "Try less reduction"),
        ("base_signature", BENCH),
        ("new_signature", "7654321"),
        ("username", "dave"),
        ("tests_repo", f"https://github.com/{FORK}"),
        ("auto_purge", True),
        ("throughput", 100),
        ("itp", 100.0),
        ("priority", 0),
        ("adjudication", True),
    ]
    assert (run["approved"], run["finished"], run["tc_base"]) == (False, False, 10)
    assert stored_run(db, run)["args"] == run["args"]
    assert [(found["action"], found["username"]) for found in db["actions"].find()] == [("new_run", "dave")]


def test_an_sprt_has_its_bounds_and_800000_games(offline: Fishtest) -> None:
    args = submit(offline, GIVEN | SPRT)["args"]
    assert args["num_games"] == 800_000
    assert {name: args["sprt"][name] for name in ("elo0", "elo1", "elo_model", "state", "llr", "batch_size")} == {
        "elo0": 0.0,
        "elo1": 2.0,
        "elo_model": "normalized",
        "state": "",
        "llr": 0,
        "batch_size": 16,
    }


def test_a_tuning_has_its_parameters_prepared(offline: Fishtest) -> None:
    spsa = submit(offline, GIVEN | SPSA)["args"]["spsa"]
    assert (spsa["A"], spsa["iter"], spsa["num_iter"]) == (1000, 0, 10_000)
    first, second = spsa["params"]
    assert first == {
        "name": "a",
        "start": 10.0,
        "min": 0.0,
        "max": 20.0,
        "c_end": 2.0,
        "r_end": 0.002,
        "c": pytest.approx(2 * 10_000**0.101),
        "a_end": 0.008,
        "a": pytest.approx(0.008 * 11_000**0.602),
        "theta": 10.0,
    }
    assert (second["name"], second["start"], second["theta"]) == ("b", -1.5, -1.5)


def test_a_tuning_from_the_form_can_be_played(offline: Fishtest) -> None:
    run_id = str(submit(offline, GIVEN | SPSA)["_id"])
    offline.runs.approve(run_id, "alice")
    task_id = offline.request_task(a_worker())["task_id"]
    assert [param["name"] for param in offline.request_spsa(run_id, task_id)["w_params"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"odds": "on", "new_tc": "20+0.2"}, {"tc": "10+0.1", "new_tc": "20+0.2"}),
        ({"new_tc": "20+0.2"}, {"tc": "10+0.1", "new_tc": "10+0.1"}),
        ({"adjudication": "on"}, {"adjudication": False}),
        ({"checkbox-arch-filter": "on", "arch-filter": "^armv8$"}, {"arch_filter": "^armv8$"}),
        ({"checkbox-compiler": "on"}, {"compiler": "clang++"}),
        ({"new-options": "  Hash=16   Threads=1 "}, {"new_options": "Hash=16 Threads=1"}),
        ({"threads": "8", "priority": "-3", "throughput": "50"}, {"threads": 8, "priority": -3, "throughput": 50}),
    ],
)
def test_choices_are_kept(offline: Fishtest, fields: dict[str, str], expected: dict[str, Any]) -> None:
    args = submit(offline, GIVEN | fields)["args"]
    assert {name: args[name] for name in expected} == expected


def test_what_is_not_ticked_is_left_out(offline: Fishtest) -> None:
    args = submit(offline, without(GIVEN | {"arch-filter": "^armv8$"}, "auto-purge"))["args"]
    assert args["auto_purge"] is False
    assert not {"arch_filter", "compiler", "master_repo", "sprt", "spsa"} & set(args)


@pytest.mark.parametrize(
    ("fields", "info"),
    [
        (SPRT | {"tc": "60+0.6"}, "LTC: Try less reduction"),
        (SPRT | {"tc": "60+0.6", "run-info": "LTC: again"}, "LTC: again"),
        (SPRT | {"tc": "10+0.1", "threads": "5"}, "LTC: Try less reduction"),
        (SPRT | {"tc": "10+0.1", "threads": "3"}, "Try less reduction"),
        ({"tc": "60+0.6"}, "Try less reduction"),
    ],
)
def test_a_long_sequential_test_is_marked(offline: Fishtest, fields: dict[str, str], info: str) -> None:
    assert submit(offline, GIVEN | fields)["args"]["info"] == info


def test_a_repeated_test_says_what_it_repeats(offline: Fishtest) -> None:
    first = new_run(offline)
    assert submit(offline, GIVEN | {"rescheduled_from": first})["rescheduled_from"] == first
    assert "rescheduled_from" not in submit(offline, GIVEN | {"rescheduled_from": ""})


# What is refused


@pytest.mark.parametrize("field", [name for name in FORM if name not in ("auto-purge",)])
def test_a_missing_field_is_named_in_quotation_marks(offline: Fishtest, field: str) -> None:
    assert refusal(offline, without(GIVEN, field)) == f"'{field}'"


@pytest.mark.parametrize("field", ["resolved_new", "msg_base", "msg_new"])
def test_a_repeated_test_names_all_of_its_commits(offline: Fishtest, field: str) -> None:
    assert refusal(offline, without(GIVEN, field)) == f"'{field}'"


@pytest.mark.parametrize(("fields", "text"), WRONG)
def test_a_wrong_value_is_refused_with_its_reason(offline: Fishtest, fields: dict[str, str], text: str) -> None:
    assert text in refusal(offline, GIVEN | fields)


@pytest.mark.parametrize("field", ["sprt_elo0", "sprt_elo1", "elo_model"])
def test_an_sprt_needs_its_fields(offline: Fishtest, field: str) -> None:
    assert refusal(offline, without(GIVEN | SPRT, field)) == f"'{field}'"


@pytest.mark.parametrize("field", ["spsa_A", "spsa_alpha", "spsa_gamma", "spsa_raw_params", "num-games"])
def test_a_tuning_needs_its_fields(offline: Fishtest, field: str) -> None:
    assert refusal(offline, without(GIVEN | SPSA, field)) == f"'{field}'"


def test_the_first_thing_that_is_wrong_is_told(online: Fishtest) -> None:
    """Each mend of a form that is wrong in everything uncovers the next fault (spec ui §6.4)."""
    fields = without(FORM, "compiler") | {
        "new-options": "Hash",
        "tests-repo": "https://github.com/nobody/Chess",
        "checkbox-arch-filter": "on",
        "arch-filter": "z80",
        "tc": "ten",
        "book-depth": "",
        "test-branch": "lmr_twaek",
        "base-signature": "1111111",
        "threads": "x",
        "stop_rule": "spsa",
        "num-games": "9999999",
        "book": "demo.txt",
    }
    for fault, mend in (
        ("'compiler'", {"compiler": "g++"}),
        ("new_options: 'Hash'", {"new-options": "Hash=16"}),
        ("GitHub does not know repos/nobody/Chess", {"tests-repo": FORM["tests-repo"]}),
        ("The architecture filter", {"arch-filter": "armv8"}),
        ("'ten' is not a time control", {"tc": "10+0.1"}),
        ("Missing required option: book_depth", {"book-depth": "8"}),
        (f"GitHub does not know repos/{FORK}/commits/lmr_twaek", {"test-branch": "lmr_tweak"}),
        (f"The bench of master is {BENCH}", {"base-signature": BENCH}),
        ("invalid literal for int() with base 10: 'x'", {"threads": "1"}),
        ("'spsa_A'", {"stop_rule": "games"}),
        ("The number of games", {"num-games": "1000"}),
    ):
        assert refusal(online, fields).startswith(fault)
        fields |= mend
    assert "book" in refusal(online, fields)


# Online


def test_branches_signature_info_and_networks_come_from_github(online: Fishtest) -> None:
    args = submit(online, FORM | {"test-signature": "", "run-info": ""})["args"]
    assert (args["resolved_base"], args["resolved_new"]) == (BASE, NEW)
    assert (args["new_signature"], args["info"]) == ("7654321", "Try less reduction\n\nAt long last.")
    assert (args["base_nets"], args["new_nets"]) == ([BIG_NET], [BIG_NET])
    assert args["msg_base"] == f"Update the net\n\nbench: {BENCH}"
    assert args["master_repo"] == f"https://github.com/{OFFICIAL}"
    assert online.users.get("dave")["tests_repo"] == f"https://github.com/{FORK}"


def test_a_commit_without_a_bench_leaves_the_signature_missing(online: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{FORK}/commits/lmr_tweak"] = a_commit(NEW, "wip")
    assert refusal(online, FORM | {"test-signature": ""}) == "Missing required option: new_signature"


def test_a_repeated_test_is_not_resolved_again(online: Fishtest, github_server: GithubServer) -> None:
    args = submit(online, GIVEN)["args"]
    assert (args["resolved_new"], args["msg_new"]) == (NEW, "New")
    assert not [path for path in github_server.paths() if path.startswith(f"/repos/{FORK}/commits")]
    assert online.users.get("dave")["tests_repo"] == ""


def test_a_renamed_repository_is_stored_under_its_name_of_today(online: Fishtest, github_server: GithubServer) -> None:
    github_server.answers["/repos/dave/Chess"] = github_server.answers[f"/repos/{FORK}"]
    fields = FORM | {"tests-repo": "https://www.github.com/dave/Chess/"}
    assert submit(online, fields)["args"]["tests_repo"] == f"https://github.com/{FORK}"


def test_an_old_member_is_warned_of_a_foreign_fork(online: Fishtest, github_server: GithubServer) -> None:
    github_server.answers[f"/repos/{FORK}"] = {"full_name": FORK, "parent": {"full_name": "other/Chess"}}
    warnings: list[str] = []
    args = submit(online, FORM, warnings)["args"]
    assert args["master_repo"] == "https://github.com/other/Chess"
    assert warnings == [f"{FORK} is no fork of {OFFICIAL}"]


@pytest.mark.parametrize(
    ("registered", "allowed"),
    [(datetime(2025, 6, 30, 23, 59, tzinfo=UTC), True), (datetime(2025, 7, 1, tzinfo=UTC), False)],
)
def test_members_since_july_2025_must_fork_the_official_repository(
    online: Fishtest, github_server: GithubServer, registered: datetime, allowed: bool
) -> None:
    github_server.answers[f"/repos/{FORK}"] = {"full_name": FORK}
    online.users.save(online.users.get("dave") | {"registration_time": registered})
    if allowed:
        assert submit(online, FORM)["args"]["master_repo"] == f"https://github.com/{FORK}"
    else:
        assert refusal(online, FORM) == f"{FORK} is no fork of {OFFICIAL}; fork that one and test from there"


def test_the_official_repository_needs_no_parent(online: Fishtest, github_server: GithubServer) -> None:
    for name in ("", "/commits/lmr_tweak", "/commits/master", "/contents/src/evaluate.h"):
        github_server.answers[f"/repos/{OFFICIAL}{name}"] = github_server.answers[f"/repos/{FORK}{name}"]
    github_server.answers[f"/repos/{OFFICIAL}"] = {"full_name": OFFICIAL}
    warnings: list[str] = []
    submit(online, FORM | {"tests-repo": f"https://github.com/{OFFICIAL}"}, warnings)
    assert warnings == []


def test_only_master_has_to_be_up_to_date(online: Fishtest, github_server: GithubServer) -> None:
    assert (
        refusal(online, FORM | {"base-signature": "1"}) == f"The bench of master is {BENCH}, not 1: update your master"
    )
    github_server.answers[f"/repos/{FORK}/commits/mine"] = a_commit(BASE)
    assert submit(online, FORM | {"base-branch": "mine", "base-signature": "1"})["args"]["base_signature"] == "1"


def test_a_network_that_nobody_uploaded_is_named(online: Fishtest, github_server: GithubServer) -> None:
    small = "nn-ffffffffffff.nnue"
    github_server.answers[f"/repos/{FORK}/contents/src/ucioption.cpp"] = f'"{small}"'
    assert refusal(online, FORM) == f"master needs {small}: upload what is missing first"


def test_networks_of_a_commit_are_read_once(online: Fishtest, github_server: GithubServer) -> None:
    submit(online, FORM)
    count = len([path for path in github_server.paths() if "/contents/src" in path])
    submit(online, FORM)
    assert count == len([path for path in github_server.paths() if "/contents/src" in path])


@pytest.mark.parametrize("path", [f"/repos/{FORK}", f"/repos/{FORK}/commits/master", f"/repos/{OFFICIAL}/commits"])
def test_a_failing_github_is_a_refusal(online: Fishtest, github_server: GithubServer, path: str) -> None:
    github_server.statuses[path] = 502
    assert refusal(online, FORM).startswith("GitHub answered 502 to ")


def test_a_form_is_taken_even_when_the_quota_is_short(online: Fishtest, github_server: GithubServer) -> None:
    """A person waits for the answer: these questions are urgent."""
    github_server.quota = (4999, 1)
    assert submit(online, FORM)["args"]["resolved_new"] == NEW


# Offline


def test_offline_the_commits_must_be_given(offline: Fishtest) -> None:
    assert refusal(offline, FORM) == "GitHub is not asked: this server works offline"


def test_offline_a_repeated_test_keeps_its_networks(offline: Fishtest) -> None:
    first = new_run(offline, resolved_base="c" * 40, base_nets=["nn-00000000000a.nnue"], new_nets=[BIG_NET])
    offline.db["nns"].insert_one(a_net())
    args = submit(offline, GIVEN | {"rescheduled_from": first})["args"]
    assert (args["base_nets"], args["new_nets"]) == ([], [BIG_NET])


# The page


def test_the_page_offers_what_there_is(online: Fishtest, db: Db) -> None:
    page = online.new_test.page("dave")
    assert page["master_info"] == {"bench": BENCH, "message": f"Update the net\n\nbench: {BENCH}", "date": "Feb 01"}
    assert page["valid_books"] == ["demo.epd", "other.pgn"]
    assert (page["args"], page["is_rerun"], page["rescheduled_from"], page["tests_repo"]) == ({}, False, "", "")
    assert page["pt_info"].keys() == {"pt_version", "pt_branch", "pt_bench"}
    assert len(page["supported_arches"]) == 29
    assert page["supported_compilers"] == ("clang++", "g++")
    assert online.scheduler.books["demo.epd"]["sri"] == "Qm9v"
    assert db["kvstore"].find_one({"_id": "official_master_sha"})["value"] == "d" * 40


def test_a_page_for_a_repetition_holds_the_arguments(offline: Fishtest) -> None:
    run = submit(offline, GIVEN | SPSA)
    page = offline.new_test.page("dave", str(run["_id"]))
    assert (page["is_rerun"], page["rescheduled_from"]) == (True, str(run["_id"]))
    assert page["args"]["spsa"]["A"] == 0.1
    assert run["args"]["spsa"]["A"] == 1000, "the stored run is left alone"


@pytest.mark.parametrize("run_id", ["zz", "0123456789abcdef01234567"])
def test_there_is_no_page_for_a_run_that_does_not_exist(offline: Fishtest, run_id: str) -> None:
    assert offline.new_test.page("dave", run_id) is None


@pytest.mark.parametrize("commits", [None, [], [a_commit(NEW, "no functional change")]])
def test_without_a_bench_of_master_there_is_no_page(
    online: Fishtest, github_server: GithubServer, commits: Any
) -> None:
    github_server.answers[f"/repos/{OFFICIAL}/commits"] = commits
    with pytest.raises(GithubError):
        online.new_test.page("dave")


@pytest.mark.parametrize("books", [None, "no JSON", [], {"demo.epd": 1}])
def test_without_new_books_the_old_ones_stay(online: Fishtest, github_server: GithubServer, books: Any) -> None:
    online.new_test.page("dave")
    github_server.answers[f"/repos/{BOOKS}/contents/books.json"] = books
    assert online.new_test.page("dave")["valid_books"] == ["demo.epd", "other.pgn"]


def test_offline_the_page_says_so_and_needs_no_master(offline: Fishtest) -> None:
    page = offline.new_test.page("dave")
    assert (page["offline"], page["master_info"], page["valid_books"]) == (True, None, [])
