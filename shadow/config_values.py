"""Readers of settings: what a value of `shadow.toml` may be, and what becomes of it.

Each raises ValueError with what is wrong; `config_file.py` adds the place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from shadow.words import Event, Stage

_URL = re.compile(r"http://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::(?P<port>[^\s/?#@:]*))?")
_WEB_URL = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(?::[0-9]{1,5})?(?:[/?][!-~]*)?")
_USERINFO = re.compile(r"//[^/]*@")
_SOURCE = re.compile(r"(?:cookie|header):[!-~]+|json:[^.]+(?:\.[^.]+)*")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TOKEN_PLACE = re.compile(r"(?:form|header|meta|json|cookie):[!-~]+")
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PAGE = re.compile(r"/[!-~]*")
_DIGITS = re.compile(r"[0-9]{1,5}")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def setting(default: Any, read: Any) -> Any:
    """A field with its default as the file would write it (empty and None as they are), and what reads it."""
    return field(default=read(default) if default else default, metadata={"read": read})


def text(value: object) -> str:
    """A text; raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{value!r} is not a list of texts")
    return tuple(value)


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def count(value: object) -> int:
    """A whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a whole number of at least 0")
    return value


def at_least_one(value: object) -> int:
    """A whole number of at least 1."""
    if count(value) < 1:
        raise ValueError(f"{value!r} is not a whole number of at least 1")
    return count(value)


def share(value: object) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a number from 0 to 1")
    return float(value)


def confidence(value: object) -> float:
    """A number between 0 and 1, neither of them."""
    if share(value) in (0, 1):
        raise ValueError(f"{value!r} is not between 0 and 1; 1 asks for certainty, which no number of pairs gives")
    return share(value)


def limit(value: object) -> float:
    """A number above 0, up to 1."""
    if share(value) == 0:
        raise ValueError(f"{value!r} asks for certainty, which no number of pairs gives; write a number above 0")
    return share(value)


def rate(value: object) -> float:
    """A number of at least 0, of something in a second."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"{value!r} is not a number of at least 0")
    return float(value)


def ratio(value: object) -> float:
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"{value!r} is not a number above 0")
    return float(value)


def url(value: object) -> str:
    """An `http://host[:port]` address without a path; the port is 1 to 65535, an IPv6 host stands in brackets."""
    found = text(value).rstrip("/")
    parts = _URL.fullmatch(found)
    if parts is None:
        shown = _USERINFO.sub("//***@", text(value))  # it may be a password
        raise ValueError(f"{shown!r} is not an address such as 'http://127.0.0.1:8000'")
    port = parts.group("port")
    if port is not None and not (_DIGITS.fullmatch(port) and 1 <= int(port) <= 65535):
        raise ValueError(f"{value!r} has the port {port!r}; a port is a number from 1 to 65535")
    return found


def web_url(value: object) -> str:
    """An `http` or `https` address with any path; no name and password in it, no fragment."""
    found = text(value)
    if not _WEB_URL.fullmatch(found) or "#" in found:
        # Not quoted: it may hold the receiver's secret.
        raise ValueError("not an address such as 'https://hooks.example/cutover' (no user, password or #fragment)")
    return found


def events(value: object) -> tuple[str, ...]:
    """Names of events; one at least."""
    for one in texts(value):
        one_of(*Event)(one)
    if not texts(value):
        raise ValueError("no event at all; name one at least, such as 'promoted'")
    return texts(value)


def one_of(*words: str) -> Any:
    """A reader that takes one of these words."""

    def read(value: object) -> str:
        if value not in words:
            raise Choice(value, words)
        return str(value)

    return read


def stage(value: object) -> str:
    """The stage of a route when it is first seen."""
    if value == Stage.CANARY:
        raise ValueError(
            "no route begins in canary: its share of clients is earned. Write 'shadow', then: shadow promote NAME --to "
            "canary:5"
        )
    return str(one_of(*(word for word in Stage if word is not Stage.CANARY))(value))


def steps(value: object) -> tuple[int, ...]:
    """Growing shares of clients, in whole per cent from 1 to 99; none at all is no ramp."""
    if not isinstance(value, list | tuple) or not all(count(one) in range(1, 100) for one in value):
        raise ValueError(f"{value!r} is not a list of per cents from 1 to 99 such as [5, 25, 50]")
    if sorted(set(value)) != list(value):
        raise ValueError(f"{value!r} does not grow from step to step")
    return tuple(value)


def weekdays(value: object) -> tuple[str, ...]:
    """Days of the week, `mon` to `sun`; one at least."""
    for one in texts(value):
        one_of(*DAYS)(one)
    if not texts(value):
        raise ValueError("no day at all; name one at least, such as 'mon'")
    return texts(value)


def waivers(value: object) -> tuple[str, ...]:
    """What needs no pairs of its own: `route: shape` or `route: METHOD`, named as in the reasons of the gate."""
    wrong = [one for one in texts(value) if not all(part.strip() for part in one.partition(": "))]
    if wrong:
        raise ValueError(f"no shape of a route: {', '.join(map(repr, wrong))}; write 'orders.list: GET 5xx text'")
    return texts(value)


def dotted(value: object) -> str:
    """Something to import, `package.module:name`."""
    if not _DOTTED.fullmatch(text(value)):
        raise ValueError(f"{value!r} is not a dotted name such as 'package.module:name'")
    return text(value)


def forced(value: object) -> tuple[tuple[str, str], ...]:
    """A table of Python spellings: how the candidate writes something, and how the primary does."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a table such as {{ 'call.username' = 'request.authenticated_userid' }}")
    for spelling in (*value, *value.values()):
        try:
            statements = len(ast.parse(text(spelling)).body)
        except SyntaxError as error:
            raise ValueError(f"{spelling!r} is not Python: {error.msg}") from None
        if statements != 1:
            raise ValueError(f"{spelling!r} is not one statement or expression")
    return tuple(value.items())


def sources(value: object) -> tuple[str, ...]:
    """A list of places in a request that tell whose it is."""
    wrong = [source for source in texts(value) if not _SOURCE.fullmatch(source)]
    if wrong:
        raise ValueError(f"no source: {', '.join(map(repr, wrong))}; write cookie:NAME, header:NAME or json:a.b")
    return texts(value)


def cookie_names(value: object) -> tuple[str, ...]:
    """A list of names of cookies (RFC 6265 4.1.1)."""
    wrong = [name for name in texts(value) if not _COOKIE_NAME.fullmatch(name)]
    if wrong:
        raise ValueError(f"no name of a cookie: {', '.join(map(repr, wrong))}; write it as in 'session'")
    return texts(value)


def token_places(value: object) -> tuple[str, ...]:
    """A list of places in which a CSRF token stands."""
    wrong = [place for place in texts(value) if not _TOKEN_PLACE.fullmatch(place)]
    if wrong:
        known = "form:NAME, header:NAME, meta:NAME, json:KEY or cookie:NAME"
        raise ValueError(f"no place of a token: {', '.join(map(repr, wrong))}; write {known}")
    return texts(value)


def page(value: object) -> str:
    """The path of a page, from its slash on; empty for none."""
    if text(value) and not _PAGE.fullmatch(text(value)):
        raise ValueError(f"{value!r} is not a path such as '/account'")
    return text(value)


class Choice(ValueError):
    """A word that is not in a closed list; keeps the list, so that the nearest can be named."""

    def __init__(self, value: object, words: tuple[str, ...]) -> None:
        super().__init__(f"{value!r} is unknown")
        self.value = value
        self.words = words
