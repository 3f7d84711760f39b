"""Accounts: login, caches, and the statistics that earn a user rights."""

from __future__ import annotations

import threading
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from domain.clock import Clock
from domain.credentials import same_password
from domain.documents import user_schema
from domain.schemas import validate

User = dict[str, Any]

USER_LIFE = 120.0
LIST_LIFE = 1.0
APPROVERS = "group:approvers"
DEFAULT_MACHINE_LIMIT = 16


class Users:
    """The ``users`` collection behind its caches; records handed out are shared by all callers."""

    def __init__(self, db: Database[dict[str, Any]], clock: Clock) -> None:
        self._collection = db["users"]
        self._contributions = db["user_cache"]
        self._clock = clock
        self._lock = threading.Lock()
        self._by_name: dict[str, tuple[float, User]] = {}
        self._lists: dict[str, tuple[float, list[User]]] = {}

    def login(self, username: str | None, password: str | None) -> dict[str, Any]:
        """Check credentials; the error texts are part of both protocols."""
        user = self.get(username)
        right = same_password(password or "", user["password"] if user else "")
        if not right or user is None or password is None:
            return {"error": f"Invalid password for user: {username}"}
        if user["blocked"]:
            return {"error": f"Account blocked for user: {username}"}
        if user["pending"]:
            return {"error": f"Account pending for user: {username}"}
        return {"username": username, "authenticated": True}

    def get(self, username: str | None) -> User | None:
        """The record, at most 120 s old; a name that does not exist is looked up every time."""
        if not username:
            return None
        now = self._clock.monotonic()
        with self._lock:
            loaded, user = self._by_name.get(username, (0.0, None))
        if user is not None and now - loaded <= USER_LIFE:
            return user
        user = self._collection.find_one({"username": username})
        with self._lock:
            if user is None:
                self._by_name.pop(username, None)
            else:
                self._by_name[username] = (now, user)
        return user

    def all(self) -> list[User]:
        """Every record by name, from the database and without the passwords."""
        return list(self._collection.find({}, {"password": 0}).sort("username", ASCENDING))

    def pending(self) -> list[User]:
        return self._list("pending")

    def blocked(self) -> list[User]:
        return self._list("blocked")

    def names(self) -> list[str]:
        """All account names, in order."""
        return sorted(self._collection.distinct("username"))

    def is_blocked(self, username: str) -> bool:
        return any(user["username"] == username for user in self.blocked())

    def is_approver(self, username: str | None) -> bool:
        user = self.get(username)
        return user is not None and APPROVERS in user["groups"]

    def machine_limit(self, username: str) -> int:
        """How many tasks at once may come from one address of this user."""
        user = self.get(username)
        return int(user["machine_limit"]) if user else DEFAULT_MACHINE_LIMIT

    def cpu_hours(self, username: str) -> float:
        """Hours given so far, by the statistics job; -1 without a record."""
        record = self._contributions.find_one({"username": username}, {"cpu_hours": 1})
        return float(record["cpu_hours"]) if record else -1.0

    def contributors(self) -> list[str]:
        """The names that the statistics job has a record of."""
        return [record["username"] for record in self._contributions.find({}, {"username": 1})]

    def create(self, username: str, password: str, email: str, tests_repo: str = "", **overrides: Any) -> User | None:
        """Add an account, pending unless overridden; None when name or address is taken. ValidationError otherwise."""
        if self._collection.find_one({"$or": [{"username": username}, {"email": email}]}, {"_id": 1}):
            return None
        user = {
            "username": username,
            "password": password,
            "registration_time": self._clock.now(),
            "pending": True,
            "blocked": False,
            "email": email,
            "groups": [],
            "tests_repo": tests_repo,
            "machine_limit": DEFAULT_MACHINE_LIMIT,
        } | overrides
        validate(user_schema, user, "user")
        try:
            self._collection.insert_one(user)
        except DuplicateKeyError:  # somebody else took the name just now
            return None
        self.drop_caches()
        return user

    def save(self, user: User) -> None:
        """Write the record and forget every cached one."""
        validate(user_schema, user, "user")
        self._collection.replace_one({"_id": user["_id"]}, user)
        self.drop_caches()

    def remove(self, user: User) -> None:
        """Delete the record and forget every cached one."""
        self._collection.delete_one({"_id": user["_id"]})
        self.drop_caches()

    def drop_caches(self) -> None:
        with self._lock:
            self._by_name.clear()
            self._lists.clear()

    def _list(self, flag: str) -> list[User]:
        now = self._clock.monotonic()
        with self._lock:
            loaded, users = self._lists.get(flag, (0.0, None))
        if users is None or now - loaded > LIST_LIFE:
            users = list(self._collection.find({flag: True}))
            with self._lock:
                self._lists[flag] = (now, users)
        return users
