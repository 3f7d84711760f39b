"""The form of a new test in the legacy application, with and without GitHub, as `spec/ui.md` §6.4 has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from bson.objectid import ObjectId
from selectolax.lexbor import LexborHTMLParser

from domain.github import OFFICIAL
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.github import GithubServer
from tests.support.mongo import mongo_client, mongo_url
from tests.support.new_tests import BASE, BENCH, BIG_NET, COMMITS, FORK, FORM, NEW, SPRT, SPSA, a_net, teach, without

__all__ = ["mongo_client", "mongo_url", "seeded"]

UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture(scope="module")
def github() -> Iterator[GithubServer]:
    with GithubServer() as server:
        teach(server)
        yield server


@pytest.fixture(scope="module")
def online(seeded: Seeded, github: GithubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    seeded.db["nns"].insert_one(a_net())
    folder = tmp_path_factory.mktemp("online")
    settings = {"FISHTEST_OFFLINE": "0", "FISHTEST_GITHUB_URL": github.url}
    with App("legacy_pyramid", folder, seeded.url, seeded.name, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def offline(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("offline"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture
def grace(online: App) -> Iterator[Browser]:
    """Logged in where GitHub can be asked."""
    with Browser(online) as browser:
        browser.log_in("grace")
        yield browser


@pytest.fixture
def heidi(offline: App) -> Iterator[Browser]:
    """Logged in where GitHub is never asked."""
    with Browser(offline) as browser:
        browser.log_in("heidi")
        yield browser


def page(answer: httpx.Response) -> LexborHTMLParser:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    return LexborHTMLParser(answer.text)


def flashes(answer: httpx.Response) -> list[tuple[str, str]]:
    """(kind, text) of what the page says on top."""
    found = page(answer).css(".flash")
    return [((node.attributes["class"] or "").removeprefix("flash "), node.text().strip()) for node in found]


def values(html: LexborHTMLParser) -> dict[str, str | None]:
    """What a browser would send if nothing was changed; the token is added by a script."""
    sent: dict[str, str | None] = {}
    for node in html.css("#new-test [name]"):
        attributes = node.attributes
        if attributes.get("type") in ("checkbox", "radio"):
            if "checked" in attributes:
                sent[attributes["name"] or ""] = attributes.get("value", "on")
        elif node.tag == "textarea":
            sent[attributes["name"] or ""] = node.text()
        elif node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            sent[attributes["name"] or ""] = chosen.attributes["value"] if chosen else None
        else:
            sent[attributes["name"] or ""] = attributes.get("value")
    return sent


def new_run(answer: httpx.Response, seeded: Seeded) -> dict[str, Any]:
    """The run that a successful submission leads to."""
    assert answer.status_code == 302, flashes(answer)
    address, _, query = answer.headers["location"].partition("?")
    assert query == "follow=1"
    assert "/tests/view/" in address
    run = seeded.db["runs"].find_one({"_id": ObjectId(address.rpartition("/")[2])})
    assert run is not None
    return run


# Who may come in


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_stranger_is_sent_to_the_login_and_back(offline: App, method: str) -> None:
    with Browser(offline) as stranger:
        answer = stranger.client.request(method, "/tests/run?id=1")
        assert answer.status_code == 302
        assert answer.headers["location"] == f"{offline.url}/login?next=%2Ftests%2Frun%3Fid%3D1"
        assert flashes(stranger.client.get("/login")) == [("success", "Please login")]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_form_without_its_token_is_refused_before_anything_else(offline: App, heidi: Browser, method: str) -> None:
    with Browser(offline) as stranger:
        for browser in (stranger, heidi):
            answer = browser.client.request(method, "/tests/run", data=FORM)
            assert (answer.status_code, answer.reason_phrase) == (400, "Bad Request")


def test_a_token_in_the_header_will_do(heidi: Browser, seeded: Seeded) -> None:
    headers = {"X-CSRF-Token": heidi.token()}
    new_run(heidi.client.post("/tests/run", data=FORM | COMMITS, headers=headers), seeded)


# The form


def test_the_form_shows_where_master_stands_and_what_can_be_chosen(grace: Browser) -> None:
    html = page(grace.client.get("/tests/run"))
    master = html.css_first("#master-info")
    assert master is not None
    assert master.text() == f"Master: Update the net, bench {BENCH}, Feb 01"
    assert [option.attributes["value"] for option in html.css("#books option")] == ["demo.epd", "other.pgn"]
    assert len(html.css("#arches option")) == 29
    assert [option.attributes["value"] for option in html.css("#compiler option")] == ["clang++", "g++"]
    assert values(html) == {
        "tests-repo": "https://github.com/grace/chess",
        "test-branch": "",
        "test-signature": "",
        "new-options": "Hash=16",
        "base-branch": "master",
        "base-signature": BENCH,
        "base-options": "Hash=16",
        "run-info": "",
        "tc": "10+0.1",
        "new_tc": "10+0.1",
        "threads": "1",
        "book": "UHO_Lichess_4852_v1.epd",
        "book-depth": "8",
        "auto-purge": "on",
        "stop_rule": "sprt",
        "sprt_elo0": "0.0",
        "sprt_elo1": "2.0",
        "elo_model": "normalized",
        "num-games": "60000",
        "spsa_A": "0.1",
        "spsa_alpha": "0.602",
        "spsa_gamma": "0.101",
        "spsa_raw_params": "",
        "priority": "0",
        "throughput": "100",
        "arch-filter": "",
        "compiler": "clang++",
    }


@pytest.mark.parametrize("run_id", ["zz", UNKNOWN])
def test_a_run_to_repeat_must_exist(heidi: Browser, run_id: str) -> None:
    assert heidi.client.get(f"/tests/run?id={run_id}").status_code == 404


def test_a_repeated_test_is_filled_in_with_its_commits(grace: Browser, seeded: Seeded) -> None:
    run = seeded.run("spsa")
    html = page(grace.client.get(f"/tests/run?id={seeded.runs['spsa']}"))
    sent = values(html)
    assert sent["test-branch"] == run["args"]["new_tag"]
    assert {name: sent[name] for name in COMMITS} == {name: run["args"][name] for name in COMMITS}
    assert sent["rescheduled_from"] == seeded.runs["spsa"]
    assert sent["stop_rule"] == "spsa"
    assert sent["spsa_A"] == str(round(run["args"]["spsa"]["A"] / run["args"]["spsa"]["num_iter"], 3))
    assert "auto-purge" not in sent
    assert sent["checkbox-arch-filter"] == "on"


def test_a_form_that_is_sent_back_unchanged_makes_the_same_test(heidi: Browser, seeded: Seeded) -> None:
    """What the page shows of a run is what it takes to make the run again; only its size is the form's own."""
    seeded.db["nns"].update_one({"name": BIG_NET}, {"$setOnInsert": a_net()}, upsert=True)
    for kind in ("fixed", "sprt", "spsa"):
        old = seeded.run(kind)["args"]
        fields = values(page(heidi.client.get(f"/tests/run?id={seeded.runs[kind]}")))
        run = new_run(heidi.post("/tests/run", **{name: value or "" for name, value in fields.items()}), seeded)
        new = run["args"]
        assert run["rescheduled_from"] == seeded.runs[kind]
        own = {"username", "itp", "sprt", "spsa", "num_games", "info", "master_repo"}
        assert {name: new[name] for name in new if name not in own} == {
            name: old[name] for name in old if name not in own
        }
        assert (new["username"], new["info"].removeprefix("LTC: ")) == ("heidi", old["info"])


# What comes of it


def test_a_test_is_submitted_and_its_page_says_so(grace: Browser, seeded: Seeded) -> None:
    answer = grace.post("/tests/run", **FORM)
    run = new_run(answer, seeded)
    assert (run["args"]["resolved_base"], run["args"]["resolved_new"]) == (BASE, NEW)
    assert (run["args"]["username"], run["approved"]) == ("grace", False)
    action = seeded.db["actions"].find_one({"action": "new_run", "run_id": str(run["_id"])})
    assert action is not None
    assert action["username"] == "grace"
    assert flashes(grace.client.get(answer.headers["location"])) == [
        ("success", "The test was submitted; it runs once an approver has agreed")
    ]
    user = seeded.db["users"].find_one({"username": "grace"})
    assert user is not None
    assert user["tests_repo"] == f"https://github.com/{FORK}"


def test_a_long_sequential_test_is_called_so(grace: Browser, seeded: Seeded) -> None:
    run = new_run(grace.post("/tests/run", **(FORM | SPRT | {"tc": "60+0.6"})), seeded)
    assert run["args"]["info"] == "LTC: Try less reduction"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (without(FORM, "tests-repo"), "'tests-repo'"),
        (without(FORM, "compiler"), "'compiler'"),
        (FORM | {"run-info": "", "test-branch": "", "test-signature": "1"}, "GitHub does not know"),
        (FORM | {"book": ""}, "Missing required option: book"),
        (FORM | {"threads": "<b>"}, "invalid literal for int() with base 10: '<b>'"),
        (FORM | {"base-signature": "1"}, f"The bench of master is {BENCH}, not 1: update your master"),
    ],
)
def test_whatever_is_wrong_a_fresh_form_says_it(grace: Browser, fields: dict[str, str], text: str) -> None:
    answer = grace.post("/tests/run", **fields)
    ((kind, message),) = flashes(answer)
    assert kind == "error"
    assert message.startswith(text)
    assert values(page(answer))["test-branch"] == "", "what was typed is lost"
    assert flashes(grace.client.get("/tests")) == []


def test_a_failed_repetition_shows_the_repeated_test_again(grace: Browser, seeded: Seeded) -> None:
    answer = grace.post(f"/tests/run?id={seeded.runs['fixed']}", **without(FORM, "tc"))
    assert flashes(answer) == [("error", "'tc'")]
    assert values(page(answer))["test-branch"] == "fixed_games"


def test_a_foreign_fork_is_a_warning_below_the_error(online: App, github: GithubServer, seeded: Seeded) -> None:
    long_ago = {"registration_time": datetime(2020, 1, 1, tzinfo=UTC)}
    seeded.db["users"].update_one({"username": "olivia"}, {"$set": long_ago})
    github.answers["/repos/olivia/own"] = {"full_name": "olivia/own"}
    with Browser(online) as olivia:
        olivia.log_in("olivia")
        answer = olivia.post("/tests/run", **(FORM | {"tests-repo": "https://github.com/olivia/own", "tc": "x"}))
    assert flashes(answer) == [
        ("error", "'x' is not a time control such as 10+0.1 or 40/60"),
        ("warning", f"olivia/own is no fork of {OFFICIAL}"),
    ]


def test_without_commits_of_master_the_form_fails(grace: Browser, github: GithubServer) -> None:
    commits = github.answers.pop(f"/repos/{OFFICIAL}/commits")
    try:
        answer = grace.client.get("/tests/run")
    finally:
        github.answers[f"/repos/{OFFICIAL}/commits"] = commits
    assert answer.status_code == 500
    assert answer.headers["connection"] == "close"
    assert "Internal Server Error" in answer.text
    assert "set-cookie" not in answer.headers


# Without a network


def test_offline_the_form_asks_for_the_commits(heidi: Browser) -> None:
    html = page(heidi.client.get("/tests/run"))
    assert html.css_first("#offline") is not None
    assert html.css_first("#master-info") is None
    sent = values(html)
    assert {name: sent[name] for name in (*COMMITS, "base-signature")} == dict.fromkeys(
        (*COMMITS, "base-signature"), ""
    )


def test_offline_a_test_is_made_of_what_the_form_says(heidi: Browser, seeded: Seeded) -> None:
    run = new_run(heidi.post("/tests/run", **(FORM | COMMITS | SPSA)), seeded)
    assert (run["args"]["resolved_new"], run["args"]["msg_new"], run["args"]["new_nets"]) == (NEW, "New", [])


def test_offline_branches_cannot_be_looked_up(heidi: Browser) -> None:
    answer = heidi.post("/tests/run", **FORM)
    assert flashes(answer) == [("error", "GitHub is not asked: this server works offline")]
