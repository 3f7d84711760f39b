"""What people do to tests: who may, what is checked in which order, and what it leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo.database import Database

from domain.errors import NotOwner
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import (
    MakeServer,
    a_worker,
    add_user,
    an_sprt,
    an_spsa,
    new_run,
    results,
    run_args,
    stored_run,
)

Db = Database[dict[str, Any]]

UNCHANGED = {"num-games": "60000", "priority": "0", "throughput": "100", "auto_purge": "on"}


@pytest.fixture
def server(fishtest: Fishtest) -> Fishtest:
    """With dave, who submits, and alice, who approves."""
    add_user(fishtest, "dave")
    add_user(fishtest, "alice", groups=["group:approvers"])
    return fishtest


def actions(db: Db) -> list[tuple[str, str, str]]:
    return [(found["action"], found["username"], found.get("message", "")) for found in db["actions"].find()]


def latest(db: Db, count: int = 1) -> list[tuple[str, str, str]]:
    return actions(db)[-count:]


# Changing a test


def test_a_submitter_changes_a_test(server: Fishtest, db: Db) -> None:
    run_id = new_run(server, username="dave")
    form = {"num-games": "40000", "priority": "-1", "throughput": "50", "info": " Slower, please "}
    assert server.moves.modify(run_id, "dave", form) == ("", "The test was modified")
    stored = stored_run(db, server.runs.get(run_id))
    args = stored["args"]
    assert (args["num_games"], args["priority"], args["throughput"]) == (40000, -1, 50)
    assert (args["auto_purge"], args["info"]) == (False, "Slower, please")
    assert stored["approved"]
    assert latest(db) == [
        (
            "modify_run",
            "dave",
            "modify: num_games changed from 60000 to 40000, priority changed from 0 to -1, "
            "throughput changed from 100 to 50, auto_purge changed from True to False, "
            "info changed from Try less reduction to Slower, please",
        )
    ]


def test_a_change_of_nothing_is_logged_as_such(server: Fishtest, db: Db) -> None:
    server.moves.modify(new_run(server), "dave", UNCHANGED | {"info": "  "})
    assert latest(db) == [("modify_run", "dave", "modify: nothing")]


def test_an_approver_changes_numbers_but_not_words(server: Fishtest) -> None:
    run_id = new_run(server)
    server.moves.modify(run_id, "alice", UNCHANGED | {"priority": "7", "info": "My words"})
    args = server.runs.get(run_id)["args"]
    assert (args["priority"], args["info"]) == (7, "Try less reduction")


def test_another_user_changes_nothing(server: Fishtest) -> None:
    run_id = new_run(server)
    reply = server.moves.modify(run_id, "carol", UNCHANGED | {"priority": "-1"})
    assert reply == ("error", "Unable to modify another user's run!")
    assert server.runs.get(run_id)["args"]["priority"] == 0


@pytest.mark.parametrize("run_id", ["zz", "", "0123456789abcdef01234567"])
def test_a_test_that_does_not_exist_cannot_be_changed(server: Fishtest, run_id: str) -> None:
    assert server.moves.modify(run_id, "dave", UNCHANGED) == ("error", "No run with this id")


@pytest.mark.parametrize("field", ["num-games", "priority", "throughput"])
@pytest.mark.parametrize("value", ["", "x", "1.5", "1e3", " 1", "+1", "--1", "٣", "9" * 19])
def test_what_does_not_look_like_an_integer_is_refused(server: Fishtest, field: str, value: str) -> None:
    assert server.moves.modify(new_run(server), "dave", UNCHANGED | {field: value}) == ("error", "Bad values!")


@pytest.mark.parametrize("field", ["priority", "throughput"])
def test_a_missing_number_is_refused_like_a_bad_one(server: Fishtest, field: str) -> None:
    form = {name: value for name, value in UNCHANGED.items() if name != field}
    assert server.moves.modify(new_run(server), "dave", form) == ("error", "Bad values!")


def test_values_are_looked_at_before_whose_test_it_is(server: Fishtest, clock: FrozenClock) -> None:
    """Age, presence, form, kind of test, limit: each hides the ones after it, and all of them hide the owner."""
    run_id, sprt = new_run(server), new_run(server, sprt=an_sprt())
    messages = [
        server.moves.modify(run_id, "carol", {"priority": "x"}).message,
        server.moves.modify(run_id, "carol", UNCHANGED | {"num-games": "9999999", "priority": "x"}).message,
        server.moves.modify(run_id, "carol", UNCHANGED | {"num-games": "9999999"}).message,
        server.moves.modify(sprt, "carol", UNCHANGED | {"num-games": "9999999"}).message,
        server.moves.modify(sprt, "carol", UNCHANGED | {"num-games": "3200000"}).message,
    ]
    clock.advance(timedelta(days=30).total_seconds() + 1)
    messages.append(server.moves.modify(run_id, "carol", {}).message)
    assert messages == [
        "Unable to modify a run without a number of games!",
        "Bad values!",
        "The number of games of a fixed-games test cannot be raised",
        "The number of games must be at most 3200000",
        "Unable to modify another user's run!",
        "Run too old to be modified",
    ]


def test_a_test_can_be_changed_for_thirty_days(server: Fishtest, clock: FrozenClock) -> None:
    run_id = new_run(server)
    clock.advance(timedelta(days=30).total_seconds())
    assert server.moves.modify(run_id, "dave", UNCHANGED).queue == ""


@pytest.mark.parametrize("games", ["1998", "2002"])
def test_a_tuning_keeps_its_number_of_games(server: Fishtest, games: str) -> None:
    run_id = new_run(server, num_games=2000, spsa=an_spsa())
    reply = server.moves.modify(run_id, "dave", UNCHANGED | {"num-games": games})
    assert reply.message.startswith("The number of games of an SPSA test cannot be changed")
    assert server.moves.modify(run_id, "dave", UNCHANGED | {"num-games": "2000"}).queue == ""


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ({}, {"throughput": "100"}, True),
        ({}, {"throughput": "101"}, False),
        ({"throughput": 150}, {"throughput": "150"}, True),
        ({"throughput": 150}, {"throughput": "151"}, False),
        ({"throughput": 20}, {"throughput": "90"}, True),
        ({}, {"priority": "1"}, False),
        ({"priority": 3}, {"priority": "3"}, True),
        ({"priority": 3}, {"priority": "4"}, False),
        ({"priority": -3}, {"priority": "0"}, True),
    ],
)
def test_asking_for_more_than_usual_takes_the_approval_back(
    server: Fishtest, db: Db, old: dict[str, Any], new: dict[str, str], kept: bool
) -> None:
    run_id = new_run(server, **old)
    fields = {name: str(value) for name, value in old.items()}
    reply = server.moves.modify(run_id, "dave", UNCHANGED | fields | new)
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["approved"], reply.queue) == (kept, "" if kept else "warning")
    assert (("approve_run", "dave", "unapproved") in actions(db)) != kept


def test_an_approver_may_ask_for_more(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    reply = server.moves.modify(run_id, "alice", UNCHANGED | {"priority": "9", "throughput": "900"})
    assert (reply.queue, server.runs.get(run_id)["approved"]) == ("", True)
    assert "unapproved" not in {message for _, _, message in actions(db)}


def test_a_pending_test_has_no_approval_to_lose(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    server.moves.modify(run_id, "dave", UNCHANGED | {"priority": "1"})
    reply = server.moves.modify(run_id, "dave", UNCHANGED | {"priority": "2"})
    assert reply == ("warning", "The test was modified; it needs approval before it runs")
    assert [message for _, _, message in actions(db)].count("unapproved") == 1


def test_a_stopped_test_goes_on_once_it_is_changed(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    server.moves.stop(run_id, "dave")
    assert stored_run(db, server.runs.get(run_id))["finished"]
    server.moves.modify(run_id, "dave", UNCHANGED)
    assert not stored_run(db, server.runs.get(run_id))["finished"]
    assert "run" in server.request_task(a_worker())


def test_a_failed_test_goes_on_but_needs_approval_again(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    server.request_task(a_worker())
    with server.runs.cache.editing(run_id) as run:
        run["failed"] = True
        server.runs.finish(run)
    assert server.moves.modify(run_id, "dave", UNCHANGED).queue == "warning"
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["finished"], stored["failed"], stored["approved"]) == (False, False, False)


def test_a_decided_test_is_changed_in_memory_only(server: Fishtest, db: Db) -> None:
    run_id = new_run(server, num_games=4)
    server.request_task(a_worker())
    server.update_task(a_worker(), run_id, 0, results(pairs=2))
    assert server.runs.get(run_id)["finished"]
    server.moves.modify(run_id, "dave", UNCHANGED | {"num-games": "4", "priority": "-5"})
    assert server.runs.get(run_id)["finished"]
    assert server.runs.get(run_id)["args"]["priority"] == -5
    assert stored_run(db, server.runs.get(run_id))["args"]["priority"] == 0


# Stopping and deleting


def test_a_submitter_stops_a_test(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    server.request_task(a_worker())
    assert server.moves.stop(run_id, "dave") == ("", "Stopped run")
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["finished"], stored["workers"], stored["tasks"][0]["active"]) == (True, 0, False)
    assert ("stop_run", "dave", "User stop") in actions(db)


def test_an_approver_deletes_a_test(server: Fishtest, db: Db) -> None:
    run_id = new_run(server)
    assert server.moves.delete(run_id, "alice") == ("", "Deleted run")
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["finished"], stored["deleted"]) == (True, True)
    assert latest(db) == [("delete_run", "alice", "")]


@pytest.mark.parametrize("move", ["stop", "delete"])
def test_another_user_ends_nothing(server: Fishtest, move: str) -> None:
    run_id = new_run(server)
    assert getattr(server.moves, move)(run_id, "carol") == ("error", "Unable to modify another user's run!")
    assert not server.runs.get(run_id)["finished"]


@pytest.mark.parametrize("move", ["stop", "delete", "allowed"])
def test_a_test_that_does_not_exist_is_an_error(server: Fishtest, move: str) -> None:
    with pytest.raises(KeyError):
        getattr(server.moves, move)("0123456789abcdef01234567", "alice")


def test_a_standby_ends_nothing(make_server: MakeServer, server: Fishtest) -> None:
    run_id = new_run(server)
    standby = make_server(role="standby")
    with pytest.raises(NotOwner):
        standby.moves.stop(run_id, "dave")
    assert standby.moves.stop(run_id, "carol").queue == "error"


# Approving


def pending_run(server: Fishtest, **overrides: Any) -> str:
    return server.runs.create(run_args(**overrides))


def test_an_approved_test_marks_its_networks(server: Fishtest, db: Db, clock: FrozenClock) -> None:
    """First and last test of each; what is tested against master is master's."""
    old, new, unused = (f"nn-{digit * 12}.nnue" for digit in "012")
    db["nns"].insert_many([{"name": name, "user": "dave", "downloads": 0} for name in (old, new, unused)])
    first = pending_run(server, base_nets=[old], new_nets=[old, new])
    assert server.moves.approve(first, "alice") == ("", f"Run {first} approved")
    clock.advance(60)
    second = pending_run(server, base_tag="mine", base_nets=[new], new_nets=[new])
    server.moves.approve(second, "alice")
    nets = {net["name"]: net for net in db["nns"].find()}
    assert {name: net["first_test"]["id"] for name, net in nets.items() if name != unused} == {old: first, new: first}
    assert {name: net["last_test"]["id"] for name, net in nets.items() if name != unused} == {old: first, new: second}
    assert (nets[new]["last_test"]["date"] - nets[new]["first_test"]["date"]).total_seconds() == 60
    assert [name for name, net in nets.items() if net.get("is_master")] == [old]
    assert set(nets[unused]) == {"_id", "name", "user", "downloads"}


def test_approval_is_saved_at_once_and_logged(server: Fishtest, db: Db) -> None:
    run_id = pending_run(server)
    server.moves.approve(run_id, "alice")
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["approved"], stored["approver"]) == (True, "alice")
    assert latest(db) == [("approve_run", "alice", "approved")]


def test_a_test_is_approved_once_and_not_by_its_submitter(server: Fishtest) -> None:
    own, other = pending_run(server, username="alice"), pending_run(server)
    server.moves.approve(other, "alice")
    unknown = "0123456789abcdef01234567"
    assert [server.moves.approve(run_id, "alice") for run_id in (own, other, unknown)] == [
        ("error", "You cannot approve your own test"),
        ("error", f"Run {other} already approved!"),
        ("error", f"Run {unknown} not found!"),
    ]


def test_of_approvals_at_one_moment_one_counts(server: Fishtest, db: Db) -> None:
    run_id = pending_run(server)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: server.moves.approve(run_id, "alice"), range(8)))
    assert sorted(reply.queue for reply in replies) == ["", *7 * ["error"]]
    assert [action for action, _, _ in actions(db)].count("approve_run") == 1


def test_changes_and_results_at_one_moment_lose_nothing(server: Fishtest, db: Db) -> None:
    """The run goes on while its submitter changes it: both write the same document, each in its own order."""
    run_id = new_run(server)
    server.request_task(a_worker())

    def play() -> set[bool]:
        return {server.update_task(a_worker(), run_id, 0, results(pairs=n))["task_alive"] for n in range(1, 30)}

    def change() -> set[str]:
        return {server.moves.modify(run_id, "dave", UNCHANGED | {"priority": str(-n)}).queue for n in range(1, 30)}

    with ThreadPoolExecutor(2) as pool:
        played, changed = pool.submit(play), pool.submit(change)
        assert (played.result(), changed.result()) == ({True}, {""})
    server.leave()
    stored = stored_run(db, {"_id": ObjectId(run_id)})
    assert (stored["results"]["draws"], stored["args"]["priority"]) == (58, -29)
    assert [action for action, _, _ in actions(db)].count("modify_run") == 29


# Purging


def test_a_purge_that_cannot_be_says_why_and_is_logged(server: Fishtest, db: Db, clock: FrozenClock) -> None:
    run_id = new_run(server)
    said = [server.moves.purge(run_id, "dave")]
    server.moves.stop(run_id, "dave")
    said.append(server.moves.purge(run_id, "dave"))
    with server.runs.cache.editing(run_id) as run:
        run["failed"] = True
    said.append(server.moves.purge(run_id, "dave"))
    clock.advance(timedelta(days=31).total_seconds())
    said.append(server.moves.purge(run_id, "dave"))
    reasons = [
        "Can only purge completed run",
        "No bad workers",
        "You cannot purge a failed run",
        "Run too old to be purged",
    ]
    assert said == [("", reason) for reason in reasons]
    purged = [message for action, _, message in actions(db) if action == "purge_run" and "Manual" in message]
    assert purged == [f"Manual purge (not performed): {reason}" for reason in reasons]


def test_a_purge_takes_a_crashing_worker_out_and_lets_the_test_go_on(server: Fishtest, db: Db) -> None:
    run_id = new_run(server, auto_purge=False)
    server.request_task(a_worker())
    server.update_task(a_worker(), run_id, 0, results(pairs=2, crashes=4))
    server.moves.stop(run_id, "dave")
    assert server.moves.purge(run_id, "alice") == ("", "Purged run")
    stored = stored_run(db, server.runs.get(run_id))
    assert (stored["finished"], stored["results"]["draws"], len(stored["bad_tasks"])) == (False, 0, 1)
    assert latest(db) == [("purge_run", "alice", "Manual purge")]


def test_only_submitter_and_approvers_are_allowed(server: Fishtest) -> None:
    run_id = new_run(server)
    assert {name: server.moves.allowed(run_id, name) for name in ("dave", "alice", "carol", "nobody", None)} == {
        "dave": True,
        "alice": True,
        "carol": False,
        "nobody": False,
        None: False,
    }
