"""New accounts: everything that is wrong with a form at once, then the captcha, then a pending account."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import httpx
from vtjson import ValidationError

from domain.credentials import ODD_REPOSITORY, checked_email, is_repository, password_fault
from domain.settings import Settings
from domain.users import Users

CAPTCHA_FIELD = "g-recaptcha-response"
FIELDS = ("username", "password", "password2", "email", "tests_repo", CAPTCHA_FIELD)
CAPTCHA_TIMEOUT = 15.0

CAPTCHA_FAILED = "Captcha failed: please try again"
TAKEN = "Username or email is already registered"
ODD_NAME = "Invalid username: give at least two letters or digits, without accents"


class SignUp:
    """The way from a form to an account that waits for an approver."""

    def __init__(self, users: Users, settings: Settings) -> None:
        self._users = users
        self._settings = settings

    def register(self, form: Mapping[str, str]) -> list[str]:
        """Create the account that the form (all of FIELDS) describes; why not, in one text a fault, or nothing."""
        form = {name: text.strip() for name, text in form.items()}
        faults = self._faults(form)
        if faults:
            return faults
        if not self._is_human(form[CAPTCHA_FIELD]):
            return [CAPTCHA_FAILED]
        return self._create(form)

    def _faults(self, form: Mapping[str, str]) -> list[str]:
        weak = password_fault(form["password"], form["username"], form["email"])
        undeliverable = self._email_fault(form["email"])
        checks = (
            (weak, f"Weak password: {weak}"),
            (form["password"] != form["password2"], "The two passwords differ"),
            (undeliverable, f"Invalid email: {undeliverable}"),
            (not form["username"], "Username required"),
            (not form["username"].isalnum(), "Alphanumeric username required"),
            (not is_repository(form["tests_repo"]), ODD_REPOSITORY),
        )
        return [text for fault, text in checks if fault]

    def _email_fault(self, address: str) -> str:
        try:
            checked_email(address, ask_dns=not self._settings.offline)
        except ValueError as fault:
            return str(fault)
        return ""

    def _is_human(self, token: str) -> bool:
        """What the provider says; without a secret nobody is asked, and a provider that cannot be asked says no."""
        if not self._settings.captcha_secret:
            print("sign_up.captcha_skipped reason=no_secret", file=sys.stderr)
            return True
        form = {"secret": self._settings.captcha_secret, "response": token}
        try:
            verdict: Any = httpx.post(self._settings.captcha_url, data=form, timeout=CAPTCHA_TIMEOUT).json()
        except (httpx.HTTPError, ValueError) as fault:
            print(f"sign_up.captcha_failed fault={type(fault).__name__}", file=sys.stderr)
            return False
        return isinstance(verdict, dict) and verdict.get("success") is True

    def _create(self, form: Mapping[str, str]) -> list[str]:
        email = checked_email(form["email"], ask_dns=False)  # asked already; as it is to be written
        try:
            user = self._users.create(form["username"], form["password"], email, form["tests_repo"])
        except ValidationError:
            return [ODD_NAME]
        return [TAKEN] if user is None else []
