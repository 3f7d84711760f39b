"""Change, stop, approve, purge and delete in the legacy application, as `spec/ui.md` §6.5 and §6.6 have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from bson.objectid import ObjectId
from selectolax.lexbor import LexborHTMLParser

from demo import cast
from domain.documents import RUN_VERSION
from domain.figures import empty_stats
from tests.support.apps import App
from tests.support.domain import an_spsa, run_args
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

UNKNOWN = "0123456789abcdef01234567"
ALL = ("modify", "stop", "approve", "purge", "delete")
# The submitter, another user, an approver.
GRACE, CAROL, ALICE = "grace", "carol", cast.APPROVER
UNCHANGED = {"num-games": "60000", "priority": "0", "throughput": "100", "auto_purge": "on"}


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App("legacy_pyramid", tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        yield running


@pytest.fixture(scope="module")
def browsers(app: App) -> Iterator[dict[str, Browser]]:
    """Everybody logged in, and a stranger under an empty name."""
    everybody = {name: Browser(app) for name in (GRACE, CAROL, ALICE, "")}
    for name, browser in everybody.items():
        if name:
            assert browser.log_in(name).status_code == 302
    yield everybody
    for browser in everybody.values():
        browser.client.close()


class Desk:
    """Lets people act on runs and reads what they are told."""

    def __init__(self, app: App, browsers: dict[str, Browser], seeded: Seeded) -> None:
        self.app = app
        self.browsers = browsers
        self.db = seeded.db

    def act(self, name: str, move: str, **fields: str) -> httpx.Response:
        return self.browsers[name].post(f"/tests/{move}", **fields)

    def told(self, name: str, move: str, where: str = "/tests", **fields: str) -> list[tuple[str, str]]:
        """(kind, message) of what the next page says, once the answer leads to where it must."""
        answer = self.act(name, move, **fields)
        assert (answer.status_code, answer.headers["location"]) == (302, self.app.url + where)
        page = LexborHTMLParser(self.browsers[name].client.get("/login" if not name else "/tests").text)
        return [((node.attributes["class"] or "").removeprefix("flash "), node.text()) for node in page.css(".flash")]

    def new_run(self, **changes: Any) -> str:
        """A pending run of grace's that the application has not seen yet."""
        fields = {
            name: changes.pop(name) for name in ("start_time", "finished", "failed", "approved") if name in changes
        }
        now = datetime.now(UTC)
        run = {
            "_id": ObjectId(),
            "version": RUN_VERSION,
            "args": run_args(**({"username": GRACE} | changes)),
            "start_time": now,
            "last_updated": now,
            "tc_base": 10,
            "tasks": [],
            "approved": False,
            "approver": "",
            "bad_tasks": [],
            "results": empty_stats(),
            **dict.fromkeys(("workers", "cores", "committed_games", "total_games"), 0),
            **dict.fromkeys(("nps", "games_per_minute"), 0.0),
            **dict.fromkeys(("finished", "deleted", "failed"), False),
            "failures": 0,
            "is_green": False,
            "is_yellow": False,
        } | fields
        return str(self.db["runs"].insert_one(run).inserted_id)

    def run(self, run_id: str) -> dict[str, Any]:
        found = self.db["runs"].find_one({"_id": ObjectId(run_id)})
        assert found is not None
        return found

    def actions(self, run_id: str) -> list[tuple[str, str, str]]:
        found = self.db["actions"].find({"run_id": run_id})
        return [(action["action"], action["username"], action.get("message", "")) for action in found]


@pytest.fixture
def desk(app: App, browsers: dict[str, Browser], seeded: Seeded) -> Desk:
    return Desk(app, browsers, seeded)


# Addresses and protection


@pytest.mark.parametrize("move", ALL)
def test_only_post_is_taken(desk: Desk, move: str) -> None:
    client = desk.browsers[ALICE].client
    token = {"X-CSRF-Token": desk.browsers[ALICE].token()}
    statuses = [
        client.request(method, f"/tests/{move}", headers=token).status_code for method in ("GET", "PUT", "DELETE")
    ]
    assert statuses == [404, 404, 404]


@pytest.mark.parametrize("move", ALL)
@pytest.mark.parametrize("name", [ALICE, ""])
def test_the_token_comes_first(desk: Desk, move: str, name: str) -> None:
    answer = desk.browsers[name].client.post(f"/tests/{move}", data={"csrf_token": "0" * 40, "run-id": UNKNOWN})
    assert (answer.status_code, answer.reason_phrase) == (400, "Bad Request")


# Change


def test_a_stranger_who_wants_to_change_is_sent_to_the_login(desk: Desk) -> None:
    said = desk.told("", "modify", "/login?next=%2Ftests%2Fmodify", run=UNKNOWN)
    assert said == [("success", "Please login")]


def test_a_change_without_a_run_crashes(desk: Desk) -> None:
    assert desk.act(GRACE, "modify", **UNCHANGED).status_code == 500


@pytest.mark.parametrize("run_id", ["zz", UNKNOWN])
def test_a_run_that_does_not_exist_cannot_be_changed(desk: Desk, run_id: str) -> None:
    assert desk.told(GRACE, "modify", run=run_id) == [("error", "No run with this id")]


def test_a_change_is_told_stored_and_logged(desk: Desk) -> None:
    run_id = desk.new_run(approved=True)
    fields = UNCHANGED | {"run": run_id, "num-games": "40000", "info": "<b>New</b> words"}
    del fields["auto_purge"]
    ((kind, _),) = desk.told(GRACE, "modify", **fields)
    assert kind == "success"
    args = desk.run(run_id)["args"]
    assert (args["num_games"], args["auto_purge"], args["info"]) == (40000, False, "<b>New</b> words")
    assert [action[:2] for action in desk.actions(run_id)] == [("modify_run", GRACE)]


def test_bad_values_and_foreign_runs_are_refused_in_that_order(desk: Desk) -> None:
    run_id = desk.new_run()
    assert desk.told(CAROL, "modify", run=run_id, **(UNCHANGED | {"priority": "high"})) == [("error", "Bad values!")]
    foreign = [("error", "Unable to modify another user's run!")]
    assert desk.told(CAROL, "modify", run=run_id, **UNCHANGED) == foreign


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"start_time": datetime.now(UTC) - timedelta(days=31)}, UNCHANGED),
        ({}, {"priority": "0", "throughput": "100"}),
        ({}, UNCHANGED | {"num-games": "60002"}),
        ({"num_games": 2000, "spsa": an_spsa()}, UNCHANGED | {"num-games": "1998"}),
    ],
)
def test_what_may_not_be_changed_stays(desk: Desk, changes: dict[str, Any], fields: dict[str, str]) -> None:
    run_id = desk.new_run(**changes)
    before = desk.run(run_id)
    ((kind, _),) = desk.told(GRACE, "modify", run=run_id, **fields)
    assert kind == "error"
    assert desk.run(run_id) == before
    assert desk.actions(run_id) == []


def test_more_than_was_approved_needs_approval_again(desk: Desk) -> None:
    run_id = desk.new_run(approved=True)
    ((kind, _),) = desk.told(GRACE, "modify", run=run_id, **(UNCHANGED | {"throughput": "101"}))
    assert kind == "warning"
    assert desk.run(run_id)["approved"] is False
    assert desk.actions(run_id)[0] == ("approve_run", GRACE, "unapproved")


# Stop and delete


@pytest.mark.parametrize("move", ["stop", "delete"])
def test_a_stranger_who_wants_to_end_a_run_does_not_come_back_to_it(desk: Desk, move: str) -> None:
    assert desk.told("", move, "/login", **{"run-id": UNKNOWN}) == [("success", "Please login")]


@pytest.mark.parametrize("move", ["stop", "delete"])
def test_without_a_run_there_is_nothing_to_end_and_nothing_to_say(desk: Desk, move: str) -> None:
    assert desk.told(GRACE, move) == []


@pytest.mark.parametrize("move", ["stop", "delete", "purge"])
@pytest.mark.parametrize("run_id", ["zz", UNKNOWN])
def test_a_run_that_does_not_exist_crashes(desk: Desk, move: str, run_id: str) -> None:
    assert desk.act(ALICE, move, **{"run-id": run_id}).status_code == 500


@pytest.mark.parametrize("move", ["stop", "delete"])
def test_another_users_run_is_left_alone(desk: Desk, move: str) -> None:
    run_id = desk.new_run()
    ((kind, _),) = desk.told(CAROL, move, **{"run-id": run_id})
    assert (kind, desk.run(run_id)["finished"], desk.actions(run_id)) == ("error", False, [])


@pytest.mark.parametrize("name", [GRACE, ALICE])
def test_submitter_and_approver_stop_a_run(desk: Desk, name: str) -> None:
    run_id = desk.new_run()
    assert desk.told(name, "stop", **{"run-id": run_id}) == [("success", "Stopped run")]
    assert desk.run(run_id)["finished"] is True
    assert ("stop_run", name, "User stop") in desk.actions(run_id)
    assert ("purge_run", GRACE, "Auto purge (not performed): No bad workers") in desk.actions(run_id)


@pytest.mark.parametrize("name", [GRACE, ALICE])
def test_submitter_and_approver_delete_a_run(desk: Desk, name: str) -> None:
    run_id = desk.new_run()
    assert desk.told(name, "delete", **{"run-id": run_id}) == [("success", "Deleted run")]
    run = desk.run(run_id)
    assert (run["finished"], run["deleted"]) == (True, True)
    assert desk.actions(run_id) == [("delete_run", name, "")]


# Approve


def test_a_stranger_who_wants_to_approve_is_told_nothing(desk: Desk) -> None:
    assert desk.told("", "approve", "/login", **{"run-id": UNKNOWN}) == []


def test_only_approvers_approve(desk: Desk) -> None:
    said = desk.told(CAROL, "approve", "/login", **{"run-id": UNKNOWN})
    assert said == [("success", "Please login as approver")]


def test_an_approval_of_nothing_crashes(desk: Desk) -> None:
    assert desk.act(ALICE, "approve").status_code == 500


def test_an_approval_is_told_stored_and_logged_once(desk: Desk) -> None:
    desk.db["nns"].insert_one({"name": "nn-00000000000b.nnue", "user": GRACE, "downloads": 0})
    run_id = desk.new_run(base_nets=["nn-00000000000b.nnue"])
    assert desk.told(ALICE, "approve", **{"run-id": run_id}) == [("success", f"Run {run_id} approved")]
    ((kind, _),) = desk.told(ALICE, "approve", **{"run-id": run_id})
    run, net = desk.run(run_id), desk.db["nns"].find_one({"name": "nn-00000000000b.nnue"})
    assert (kind, run["approved"], run["approver"]) == ("error", True, ALICE)
    assert desk.actions(run_id) == [("approve_run", ALICE, "approved")]
    assert net is not None
    assert (net["first_test"], net["is_master"]) == (net["last_test"], True)


@pytest.mark.parametrize("run_id", ["zz", UNKNOWN])
def test_a_run_that_does_not_exist_is_not_approved(desk: Desk, run_id: str) -> None:
    assert desk.told(ALICE, "approve", **{"run-id": run_id}) == [("error", f"Run {run_id} not found!")]


def test_nobody_approves_an_own_run(desk: Desk) -> None:
    run_id = desk.new_run(username=ALICE)
    ((kind, _),) = desk.told(ALICE, "approve", **{"run-id": run_id})
    assert (kind, desk.run(run_id)["approved"]) == ("error", False)


# Purge


@pytest.mark.parametrize("name", ["", CAROL])
def test_others_are_asked_to_log_in_as_somebody_who_may_purge(desk: Desk, name: str) -> None:
    run_id = desk.new_run(finished=True)
    ((kind, _),) = desk.told(name, "purge", "/login", **{"run-id": run_id})
    assert (kind, desk.actions(run_id)) == ("success", [])


def test_a_purge_of_nothing_crashes_for_a_stranger_too(desk: Desk) -> None:
    assert desk.act("", "purge").status_code == 500


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "Can only purge completed run"),
        ({"finished": True, "start_time": datetime.now(UTC) - timedelta(days=31)}, "Run too old to be purged"),
        ({"finished": True, "failed": True}, "You cannot purge a failed run"),
        ({"finished": True}, "No bad workers"),
    ],
)
def test_a_purge_that_cannot_be_says_why(desk: Desk, changes: dict[str, Any], reason: str) -> None:
    run_id = desk.new_run(**changes)
    assert desk.told(GRACE, "purge", **{"run-id": run_id}) == [("success", reason)]
    assert desk.actions(run_id) == [("purge_run", GRACE, f"Manual purge (not performed): {reason}")]
