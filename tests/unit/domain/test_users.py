"""Logging in, and how long the caches remember."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database
from vtjson import ValidationError

from domain.server import Fishtest
from tests.support.clock import FrozenClock
from tests.support.domain import add_user

Db = Database[dict[str, Any]]


def test_the_right_password_logs_in(fishtest: Fishtest) -> None:
    assert fishtest.users.login("carol", "pw-carol") == {"username": "carol", "authenticated": True}


@pytest.mark.parametrize(
    ("username", "password"), [("carol", "pw"), ("carol", ""), ("nobody", ""), ("carol", "pw-cäröl")]
)
def test_a_wrong_password_and_an_unknown_name_read_alike(fishtest: Fishtest, username: str, password: str) -> None:
    assert fishtest.users.login(username, password) == {"error": f"Invalid password for user: {username}"}


def test_missing_fields_show_as_none(fishtest: Fishtest) -> None:
    assert fishtest.users.login(None, None) == {"error": "Invalid password for user: None"}


def test_blocked_and_pending_users_stay_out(fishtest: Fishtest) -> None:
    add_user(fishtest, "blocked1", blocked=True, pending=True)
    add_user(fishtest, "pending1", pending=True)
    assert fishtest.users.login("blocked1", "pw-blocked1") == {"error": "Account blocked for user: blocked1"}
    assert fishtest.users.login("pending1", "pw-pending1") == {"error": "Account pending for user: pending1"}
    assert fishtest.users.login("blocked1", "x") == {"error": "Invalid password for user: blocked1"}
    assert [user["username"] for user in fishtest.users.pending()] == ["blocked1", "pending1"]


def test_a_user_is_remembered_for_two_minutes(fishtest: Fishtest, db: Db, clock: FrozenClock) -> None:
    assert fishtest.users.get("carol") is fishtest.users.get("carol")
    db["users"].delete_one({"username": "carol"})
    clock.advance(120)
    assert fishtest.users.get("carol") is not None
    clock.advance(1)
    assert fishtest.users.get("carol") is None


def test_a_name_that_was_missing_is_looked_up_again(fishtest: Fishtest) -> None:
    assert fishtest.users.get("ed") is None
    add_user(fishtest, "ed")
    assert fishtest.users.get("ed") is not None


def test_a_block_is_seen_within_a_second_and_after_a_save_at_once(
    fishtest: Fishtest, db: Db, clock: FrozenClock
) -> None:
    assert fishtest.users.is_blocked("carol") is False
    db["users"].update_one({"username": "carol"}, {"$set": {"blocked": True}})
    assert fishtest.users.is_blocked("carol") is False
    clock.advance(1.1)
    assert fishtest.users.is_blocked("carol") is True
    user = fishtest.users.get("carol")
    assert user is not None
    fishtest.users.save(user | {"blocked": False})
    assert fishtest.users.is_blocked("carol") is False


def test_rights_come_from_groups_and_hours(fishtest: Fishtest, db: Db) -> None:
    add_user(fishtest, "eve", groups=["group:approvers"])
    db["user_cache"].insert_one({"username": "eve", "cpu_hours": 1234.5})
    assert [fishtest.users.is_approver(name) for name in ("eve", "carol", None)] == [True, False, False]
    assert [fishtest.users.cpu_hours(name) for name in ("eve", "carol")] == [1234.5, -1]


def test_names_and_addresses_are_unique(fishtest: Fishtest) -> None:
    assert fishtest.users.create("carol", "x", "other@example.org") is None
    assert fishtest.users.create("other", "x", "carol@example.org") is None
    with pytest.raises(ValidationError, match="valid_username"):
        fishtest.users.create("o", "x", "o@example.org")


def test_legacy_names_may_log_in(make_server: Any, db: Db) -> None:
    db["kvstore"].insert_one({"_id": "legacy_usernames", "value": ["o_k"]})
    server = make_server()
    assert add_user(server, "o_k")["username"] == "o_k"
