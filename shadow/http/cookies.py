"""What Cookie and Set-Cookie fields say (RFC 6265). Pure."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from shadow.exchange import Request
from shadow.headers import HeaderList

_OVER = re.compile(r"-[0-9]+|0+")


def request_cookies(request: Request) -> list[tuple[str, str]]:
    """The (name, value) pairs of all Cookie fields, in order (RFC 6265 5.4)."""
    found = []
    for line in request.headers.get_all(b"cookie"):
        for part in line.decode("latin-1").split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found.append((name, value))
    return found


def set_by(headers: HeaderList) -> list[tuple[str, str]]:
    """The (name, value) pairs that an answer with these fields sets; empty where it deletes (RFC 6265 5.2)."""
    found = []
    for line in headers.get_all(b"set-cookie"):
        first, _, attributes = line.decode("latin-1").partition(";")
        name, equals, value = first.partition("=")
        if equals:
            found.append((name.strip(), "" if _deletes(attributes) else value.strip()))
    return found


def _deletes(attributes: str) -> bool:
    """True for a lifetime that is over: Max-Age of 0 or less wins over an Expires in the past (RFC 6265 5.3)."""
    expired = False
    for attribute in attributes.split(";"):
        name, _, value = attribute.strip().partition("=")
        if name.lower() == "max-age":
            return _OVER.fullmatch(value.strip()) is not None
        if name.lower() == "expires":
            expired = _long_gone(value)
    return expired


def _long_gone(text: str) -> bool:
    """True for a date before 2000: what servers write to delete a cookie, whatever the clock says."""
    try:
        return parsedate_to_datetime(text.replace("-", " ")).year < 2000
    except (ValueError, TypeError, OverflowError):
        return False
