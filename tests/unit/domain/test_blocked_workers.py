"""Who may keep which machine out, and what is stored and logged then."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from domain.blocked_workers import NEVER, name_fault, reason
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import NOON, add_user

Db = Database[dict[str, Any]]

WORKER = "carol-4cores-c0ffee00"


@pytest.mark.parametrize("name", [WORKER, "a-1cores-ab", "o_k-16cores-ABCD1234", "ü-1cores-ab"])
def test_a_short_name_has_three_parts(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "x", "carol-4cores", "carol-4cores-c", f"{WORKER}-1a2b", "carol-xcores-c0ffee00"])
def test_another_name_is_refused_in_the_schemas_words(name: str) -> None:
    assert name_fault(name) == f"worker_name (value:{name!r}) is not of type 'short_worker_name'"


def test_a_name_of_more_parts_names_no_owner() -> None:
    assert name_fault("a-b-4cores-c0ffee00") == "worker_name (value:'a-b-4cores-c0ffee00') has more than three parts"


def test_owners_see_to_their_machines_and_approvers_to_all(fishtest: Fishtest) -> None:
    add_user(fishtest, "eve", groups=["group:approvers"])
    add_user(fishtest, "caro")
    may = fishtest.blocked_workers.may_change
    assert [may(WORKER, name) for name in ("carol", "eve", "caro", "nobody")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("one\r\ntwo\rthree\n \n", "one\ntwo\nthree"),
        ("  kept", "  kept"),
        ("x" * 501, "x" * 500),
        ("\r\n" * 250 + "lost", ""),
        ("x" * 499 + "\r\nlost", "x" * 499),
    ],
)
def test_a_reason_is_cut_and_tidied(text: str, stored: str) -> None:
    assert reason(text) == stored


def test_an_unknown_worker_has_an_empty_form(fishtest: Fishtest) -> None:
    assert fishtest.blocked_workers.form(WORKER) == {"blocked": False, "message": "", "last_updated": NEVER}


def test_only_a_change_of_state_is_logged(fishtest: Fishtest, db: Db, clock: FrozenClock) -> None:
    decide = fishtest.blocked_workers.decide
    decisions = [(False, "a"), (True, "b"), (True, "c"), (False, "d"), (False, "e")]
    changed = [decide(WORKER, "carol", blocked=blocked, message=text) for blocked, text in decisions]
    assert changed == [False, True, False, True, False]
    assert fishtest.blocked_workers.form(WORKER) == {"blocked": False, "message": "e", "last_updated": NOON}
    assert db["workers"].count_documents({}) == 1
    assert [
        (action["action"], action["username"], action["worker"], action["message"]) for action in db["actions"].find()
    ] == [
        ("block_worker", "carol", WORKER, "blocked"),
        ("block_worker", "carol", WORKER, "unblocked"),
    ]


def test_the_list_has_the_blocked_ones_by_name(fishtest: Fishtest) -> None:
    for name in ("zoe-1cores-ab", WORKER, "bo-1cores-ab"):
        fishtest.blocked_workers.decide(name, "eve", blocked=True, message=f"{name} & <co>")
    fishtest.blocked_workers.decide("bo-1cores-ab", "eve", blocked=False, message="")
    rows = fishtest.blocked_workers.listing(with_owners=False)
    assert [(row["worker_name"], row["message"]) for row in rows] == [
        (WORKER, f"{WORKER} & <co>"),
        ("zoe-1cores-ab", "zoe-1cores-ab & <co>"),
    ]
    assert "email" not in rows[0]


def test_approvers_get_a_letter_to_the_owner_begun(fishtest: Fishtest) -> None:
    for name in (WORKER, "gone-1cores-ab"):
        fishtest.blocked_workers.decide(name, "eve", blocked=True, message="a & b\nc")
    mine, other = fishtest.blocked_workers.listing(with_owners=True)
    assert mine["email"] == "carol@example.org"
    assert mine["mailto"].startswith(
        f"mailto:carol@example.org?subject=Issue%28s%29%20with%20worker%20{WORKER}&body=Dear"
    )
    assert "a%20%26%20b%0Ac" in mine["mailto"]
    assert (other["email"], other["mailto"]) == ("", "")


def test_a_blocked_worker_that_asks_again_stays_as_it_was_decided(
    fishtest: Fishtest, db: Db, clock: FrozenClock
) -> None:
    """Between its reading and its writing an approver may have unblocked it."""
    fishtest.blocked_workers.decide(WORKER, "eve", blocked=True, message="x")
    read = fishtest.workers.get(WORKER)
    assert read is not None
    fishtest.blocked_workers.decide(WORKER, "eve", blocked=False, message="")
    clock.advance(60)
    fishtest.workers.seen(read)
    found = db["workers"].find_one({"worker_name": WORKER})
    assert found is not None
    assert (found["blocked"], found["last_updated"]) == (False, clock.now())
