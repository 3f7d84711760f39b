"""Accounts after their creation: changed by their owners, blocked, accepted, rejected, and listed."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from domain.profiles import switch
from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import MakeServer, add_user
from tests.support.name_server import NameServer, name_server

__all__ = ["name_server"]

Db = Database[dict[str, Any]]

STRONG = "plum7 trolley9 Quartz"
STORED = "pw-carol"


def form(**changes: str) -> dict[str, str]:
    """Carol's form as her page shows it, with the password that it asks for."""
    unchanged = {"password": "", "password2": "", "email": "carol@example.org", "tests_repo": ""}
    return {"old_password": STORED, **unchanged, **changes}


def stored(db: Db, username: str = "carol") -> dict[str, Any]:
    user = db["users"].find_one({"username": username})
    assert user is not None
    return user


def logged(db: Db) -> list[dict[str, Any]]:
    """The event log without ids and times."""
    return [
        {key: value for key, value in action.items() if key not in ("_id", "time")} for action in db["actions"].find()
    ]


def can_log_in(server: Fishtest, password: str) -> bool:
    return "authenticated" in server.users.login("carol", password)


# One's own


def test_a_form_changes_everything_it_names(fishtest: Fishtest, db: Db) -> None:
    changes = {
        "password": f" {STRONG} ",
        "password2": STRONG,
        "email": " Carol@EXAMPLE.org ",
        "tests_repo": "https://github.com/carol/Stockfish ",
    }
    before = stored(db)
    assert fishtest.profiles.change("carol", form(**changes)) == ""
    assert stored(db) == before | {
        "password": STRONG,
        "email": "Carol@example.org",
        "tests_repo": "https://github.com/carol/Stockfish",
    }
    assert can_log_in(fishtest, STRONG)
    assert not can_log_in(fishtest, STORED)


def test_an_unchanged_form_changes_nothing(fishtest: Fishtest, db: Db) -> None:
    before = stored(db)
    assert fishtest.profiles.change("carol", form()) == ""
    assert stored(db) == before


@pytest.mark.parametrize("password", ["", "wrong", "pw-carol ", "PW-CAROL"])
def test_the_old_password_must_be_right_before_anything_else(fishtest: Fishtest, db: Db, password: str) -> None:
    before = stored(db)
    assert fishtest.profiles.change("carol", form(old_password=password, email="x")) == "Invalid password!"
    assert fishtest.profiles.change("nobody", form()) == "Invalid password!"
    assert stored(db) == before


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({"password": STRONG, "password2": "other"}, "The two passwords differ"),
        ({"password": STRONG, "password2": ""}, "The two passwords differ"),
        ({"password": "carol1", "password2": "carol1"}, "Weak password: "),
        ({"password": "x" * 73, "password2": "x" * 73}, "Weak password: it has more than 72 characters"),
        ({"tests_repo": "https://github.com/carol"}, "Invalid tests repo"),
        ({"email": "x"}, "Invalid email: "),
    ],
)
def test_the_first_fault_is_told_and_nothing_stored(
    fishtest: Fishtest, db: Db, changes: dict[str, str], beginning: str
) -> None:
    before = stored(db)
    assert fishtest.profiles.change("carol", form(**changes)).startswith(beginning)
    assert stored(db) == before


def test_a_second_password_alone_is_not_looked_at(fishtest: Fishtest, db: Db) -> None:
    assert fishtest.profiles.change("carol", form(password2="x")) == ""
    assert stored(db)["password"] == STORED


def test_a_new_password_holds_unstored_when_a_later_check_fails(fishtest: Fishtest, db: Db, clock: FrozenClock) -> None:
    """The reference does so, and a client can tell (spec ui §6.7)."""
    faulty = form(password=STRONG, password2=STRONG, email="x")
    assert fishtest.profiles.change("carol", faulty).startswith("Invalid email")
    assert stored(db)["password"] == STORED
    assert can_log_in(fishtest, STRONG)
    assert not can_log_in(fishtest, STORED)
    clock.advance(121)
    assert can_log_in(fishtest, STORED)
    assert not can_log_in(fishtest, STRONG)


def test_an_approver_never_stores_what_a_failed_form_left_behind(fishtest: Fishtest, db: Db) -> None:
    fishtest.profiles.change("carol", form(password=STRONG, password2=STRONG, email="x"))
    fishtest.profiles.block("carol", "eve", blocked=True)
    assert stored(db)["password"] == STORED


def test_only_a_changed_address_is_looked_up(make_server: MakeServer, name_server: NameServer) -> None:
    server = make_server(offline=False)
    add_user(server)
    name_server.records = {("takes-mail.com", "MX"): "10 mail.takes-mail.com."}
    assert server.profiles.change("carol", form()) == ""
    assert server.profiles.change("carol", form(email="")) == ""
    assert name_server.asked == []
    assert server.profiles.change("carol", form(email="carol@takes-mail.com")) == ""
    fault = server.profiles.change("carol", form(email="carol@no-mail.com"))
    assert fault == "Invalid email: The domain name no-mail.com does not exist."


# What a page shows


def test_a_page_has_no_password(fishtest: Fishtest, db: Db) -> None:
    db["user_cache"].insert_one({"username": "carol", "cpu_hours": 12.9})
    page = fishtest.profiles.page("carol")
    assert page is not None
    assert (page["limit"], page["hours"]) == (100, 12)
    assert page["user"] == {key: value for key, value in stored(db).items() if key != "password"}


def test_a_user_without_statistics_has_given_nothing(fishtest: Fishtest) -> None:
    page = fishtest.profiles.page("carol")
    assert page is not None
    assert page["hours"] == 0
    assert fishtest.profiles.page("nobody") is None


# Approvers


def test_a_block_holds_at_once_and_is_logged(fishtest: Fishtest, db: Db) -> None:
    assert fishtest.users.is_blocked("carol") is False
    for blocked, message in ((True, "blocked"), (False, "unblocked")):
        fishtest.profiles.block("carol", "eve", blocked=blocked)
        assert fishtest.users.is_blocked("carol") is blocked
        assert stored(db)["blocked"] is blocked
        assert logged(db)[-1] == {"action": "block_user", "username": "eve", "user": "carol", "message": message}


def test_what_another_process_stored_survives_a_block(fishtest: Fishtest, db: Db) -> None:
    """The record in this process may be two minutes old, and the whole document is written."""
    fishtest.users.get("carol")
    db["users"].update_one({"username": "carol"}, {"$set": {"password": STRONG}})
    fishtest.profiles.block("carol", "eve", blocked=True)
    assert (stored(db)["password"], stored(db)["blocked"]) == (STRONG, True)


def test_an_accepted_user_can_log_in(fishtest: Fishtest, db: Db) -> None:
    add_user(fishtest, "new1", pending=True)
    fishtest.profiles.decide("new1", "eve", accept=True)
    assert fishtest.users.login("new1", "pw-new1") == {"username": "new1", "authenticated": True}
    assert fishtest.users.pending() == []
    assert logged(db) == [{"action": "accept_user", "username": "eve", "user": "new1", "message": "accepted"}]


def test_a_rejected_user_is_deleted_without_a_word(fishtest: Fishtest, db: Db) -> None:
    add_user(fishtest, "new1", pending=True)
    fishtest.profiles.decide("new1", "eve", accept=False)
    assert db["users"].find_one({"username": "new1"}) is None
    assert fishtest.users.get("new1") is None
    assert fishtest.users.pending() == []
    assert logged(db) == []


@pytest.mark.parametrize("accept", [True, False])
def test_nobody_decides_about_a_user_who_does_not_wait(fishtest: Fishtest, db: Db, accept: bool) -> None:
    before = stored(db)
    fishtest.profiles.decide("carol", "eve", accept=accept)
    assert stored(db) == before
    assert logged(db) == []


def test_a_decision_about_nobody_is_an_error(fishtest: Fishtest) -> None:
    with pytest.raises(KeyError, match="nobody"):
        fishtest.profiles.block("nobody", "eve", blocked=True)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("0", False),
        ("00", False),
        ("1", True),
        ("10", True),
        ("9" * 5000, True),
        ("²", True),
        ("٠", False),
        ("", None),
        ("-1", None),
        ("yes", None),
        ("1 ", None),
    ],
)
def test_a_switch_is_a_number(text: str, state: bool | None) -> None:
    assert switch(text) is state


def test_the_overview_sorts_users_by_name_into_lists(fishtest: Fishtest, db: Db) -> None:
    add_user(fishtest, "zoe", pending=True)
    add_user(fishtest, "mallory", blocked=True)
    add_user(fishtest, "eve", groups=["group:approvers"])
    db["user_cache"].insert_many([{"username": "carol", "cpu_hours": 1}, {"username": "eve", "cpu_hours": 0}])
    overview = fishtest.profiles.overview()
    assert {name: [user["username"] for user in users] for name, users in overview.items()} == {
        "all": ["carol", "eve", "mallory", "zoe"],
        "pending": ["zoe"],
        "blocked": ["mallory"],
        "approvers": ["eve"],
        "idle": ["mallory", "zoe"],
    }
    assert not any("password" in user for users in overview.values() for user in users)


def test_statistics_of_a_user_who_is_gone_break_the_overview(fishtest: Fishtest, db: Db) -> None:
    """As they break the page of the reference (spec ui §5)."""
    db["user_cache"].insert_one({"username": "gone", "cpu_hours": 1})
    with pytest.raises(KeyError, match="gone"):
        fishtest.profiles.overview()
