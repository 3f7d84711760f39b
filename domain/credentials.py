"""What a person may enter about an account: a password that is hard to guess, an address that gets mail, a repository.

Texts in; why not, or the value to store, out. No password is ever logged or put into a message.
"""

from __future__ import annotations

import hmac
import threading

from dns.resolver import NoResolverConfiguration
from email_validator import validate_email
from vtjson import compile, union
from zxcvbn import zxcvbn

from domain.documents import repository

MAX_PASSWORD = 72
STRONG = 3
DNS_PATIENCE = 5
"""Seconds for which the name servers are asked about the domain of an address."""

ODD_REPOSITORY = "Invalid tests repo: give https://github.com/OWNER/REPOSITORY"

_repository_or_none = compile(union("", repository))

# zxcvbn keeps the words of its caller in a global: two threads at once would judge by each other's.
_judging = threading.Lock()


def same_password(given: str, stored: str) -> bool:
    """Compare in a time that does not tell how much of the password was right."""
    # JSON can spell half a character, which is wrong like any other password.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), stored.encode())


def password_fault(password: str, *known: str) -> str:
    """Why nobody should have this password, or an empty text; ``known`` is what others know of the person."""
    if not password:
        return "it is empty"
    if len(password) > MAX_PASSWORD:
        return f"it has more than {MAX_PASSWORD} characters"
    with _judging:
        judged = zxcvbn(password, user_inputs=[text for text in known if text])
    if judged["score"] >= STRONG:
        return ""
    hints = judged["feedback"]
    return " ".join(filter(None, (hints["warning"], *hints["suggestions"]))) or "it is easy to guess"


def checked_email(address: str, *, ask_dns: bool) -> str:
    """The address as it is to be stored; ValueError says what is wrong with it.

    ``ask_dns``: its domain must take mail. Name servers that do not answer, or are not there, are no reason against it.
    """
    try:
        return validate_email(address, check_deliverability=ask_dns, timeout=DNS_PATIENCE).normalized
    except NoResolverConfiguration:
        return validate_email(address, check_deliverability=False).normalized


def is_repository(text: str) -> bool:
    """Whether the text is empty or the address of a repository on GitHub."""
    return _repository_or_none.__validate__(text, "tests_repo", True, {}) == ""
