"""Accounts as people see and change them: their own, and those that approvers look after."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from domain.actions import Actions
from domain.credentials import ODD_REPOSITORY, checked_email, is_repository, password_fault, same_password
from domain.users import APPROVERS, User, Users

FIELDS = ("old_password", "password", "password2", "email", "tests_repo")


class Profiles:
    """What the profile, a user's page and the user management show and do. No record leaves with its password."""

    def __init__(self, users: Users, actions: Actions, *, ask_dns: bool) -> None:
        self._users = users
        self._actions = actions
        self._ask_dns = ask_dns

    def page(self, username: str) -> dict[str, Any] | None:
        """``user`` (record), ``limit`` (machines at once), ``hours`` (given so far); None: there is no such user."""
        user = self._users.get(username)
        if user is None:
            return None
        return {
            "user": {key: value for key, value in user.items() if key != "password"},
            "limit": self._users.machine_limit(username),
            "hours": max(0, int(self._users.cpu_hours(username))),
        }

    def change(self, username: str, form: Mapping[str, str]) -> str:
        """Store what a user's own form (all of FIELDS) says; why not, or an empty text.

        The reference changes the record that the whole process shares check by check and stores it after the last
        one, and clients can tell (spec ui §6.7): when a later check fails, a new password holds in this process
        without being stored, until the record is read again. Hence no copy here.
        """
        user = self._users.get(username)
        if user is None or not same_password(form["old_password"], user["password"]):
            return "Invalid password!"
        form = {name: text.strip() for name, text in form.items()}
        for change in (_change_password, _change_repository, self._change_email):
            if fault := change(user, form):
                return fault
        self._users.save(user)
        return ""

    def block(self, username: str, approver: str, *, blocked: bool) -> None:
        """Keep a user out, or let the user in again."""
        user = self._fresh(username)
        user["blocked"] = blocked
        self._users.save(user)
        message = "blocked" if blocked else "unblocked"
        self._actions.add("block_user", approver, user=username, message=message)

    def decide(self, username: str, approver: str, *, accept: bool) -> None:
        """Let a pending user in, or delete the account; nothing when the user does not wait."""
        user = self._fresh(username)
        if not user["pending"]:
            return
        if not accept:
            self._users.remove(user)
            return
        user["pending"] = False
        self._users.save(user)
        self._actions.add("accept_user", approver, user=username, message="accepted")

    def overview(self) -> dict[str, list[User]]:
        """All users by name, and those of interest to an approver.

        KeyError when the statistics name a user who is gone: the page of the reference fails then (spec ui §5).
        """
        users = self._users.all()
        idle = {user["username"]: user for user in users}
        for username in self._users.contributors():
            del idle[username]
        return {
            "all": users,
            "pending": [user for user in users if user["pending"]],
            "blocked": [user for user in users if user["blocked"]],
            "approvers": [user for user in users if APPROVERS in user["groups"]],
            "idle": list(idle.values()),
        }

    def _fresh(self, username: str) -> User:
        """The record as stored: an approver must not write back what this process read two minutes ago. KeyError."""
        self._users.drop_caches()
        user = self._users.get(username)
        if user is None:
            raise KeyError(username)
        return user

    def _change_email(self, user: User, form: Mapping[str, str]) -> str:
        if form["email"] in ("", user["email"]):
            return ""
        try:
            user["email"] = checked_email(form["email"], ask_dns=self._ask_dns)
        except ValueError as fault:
            return f"Invalid email: {fault}"
        return ""


def switch(text: str) -> bool | None:
    """A number as on or off, whatever its length and script; None for what is no number."""
    return any(map(unicodedata.digit, text)) if text.isdigit() else None


def _change_password(user: User, form: Mapping[str, str]) -> str:
    if not form["password"]:
        return ""
    if form["password"] != form["password2"]:
        return "The two passwords differ"
    if fault := password_fault(form["password"], user["username"], user["email"]):
        return f"Weak password: {fault}"
    user["password"] = form["password"]
    return ""


def _change_repository(user: User, form: Mapping[str, str]) -> str:
    if not is_repository(form["tests_repo"]):
        return ODD_REPOSITORY
    user["tests_repo"] = form["tests_repo"]
    return ""
