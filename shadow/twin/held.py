"""Held: what one stack has given one client, its session cookies and its CSRF tokens.

A client may come with a cookie or a token that an answer under way has replaced, so the latest few of each are known;
a cookie only for a while, since its stack may have replaced it because it was stolen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shadow import clock
from shadow.headers import HeaderList
from shadow.http.cookies import set_by

_COOKIES, _TOKENS = 8, 32
# So long (s) after the last change of a cookie one that it replaced may still come.
UNDER_WAY = 60.0
# RFC 6265 6.1: what a browser keeps.
LONGEST_COOKIE = 4096
Cookies = Mapping[str, str]


@dataclass(repr=False)
class Held:
    """Names of session cookies to their values, and the tokens seen, the newest last; never to be printed.

    `changed` is the wall time (unix s) of the last change of a cookie.
    """

    cookies: dict[str, list[str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    changed: float = 0.0

    def take(self, headers: HeaderList, names: Collection[str]) -> bool:
        """Take the session cookies that an answer sets, drop those that it deletes; False when that changes nothing."""
        before = self.newest
        for name, value in session_cookies(headers, names).items():
            if value:
                self.cookies[name] = [*_without(self.cookies.get(name, ()), value), value][-_COOKIES:]
            else:
                self.cookies.pop(name, None)
        if self.newest == before:
            return False
        self.changed = clock.now()
        return True

    def learn(self, tokens: Iterable[str]) -> None:
        """Take the tokens of an answer."""
        for token in tokens:
            self.tokens = [*_without(self.tokens, token), token][-_TOKENS:]

    @property
    def token(self) -> str | None:
        """The token to send to this stack."""
        return self.tokens[-1] if self.tokens else None

    @property
    def newest(self) -> Cookies:
        """The cookies to send to this stack."""
        return {name: values[-1] for name, values in self.cookies.items()}

    def recognises(self, name: str, value: str | None) -> bool:
        """True for a cookie that the stack gave this client, and did not replace long ago."""
        values = self.cookies.get(name, ())
        return value in (values if clock.now() - self.changed < UNDER_WAY else values[-1:])

    def over(self, older: Held) -> Held:
        """This one, with what an older version knows besides behind it."""
        cookies = {
            name: _merged(values, older.cookies.get(name, []), _COOKIES) for name, values in self.cookies.items()
        }
        tokens = _merged(self.tokens, older.tokens, _TOKENS)
        return Held(cookies, tokens, max(self.changed, older.changed))

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"cookies": self.cookies, "tokens": self.tokens, "changed": self.changed}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Held:
        """From the values of `as_json`."""
        return cls(dict(value["cookies"]), list(value["tokens"]), value.get("changed", 0.0))


def session_cookies(headers: HeaderList, names: Collection[str]) -> Cookies:
    """The cookies of these names as an answer leaves them with its client; empty what it deletes.

    A deletion beside a value is meant for a cookie of another path or domain.
    """
    given = [(name, value) for name, value in set_by(headers) if name in names and len(value) <= LONGEST_COOKIE]
    return {name: "" for name, _ in given} | {name: value for name, value in given if value}


def with_cookies(headers: HeaderList, cookies: Cookies, *, without: Collection[str]) -> HeaderList:
    """The fields of a request with these cookies in place of those of the names `without`, in one Cookie field."""
    kept = [
        part.strip()
        for line in headers.get_all(b"cookie")
        for part in line.split(b";")
        if part.strip() and part.partition(b"=")[0].decode("latin-1").strip() not in without
    ]
    line = b"; ".join([*kept, *(f"{name}={value}".encode("latin-1", "replace") for name, value in cookies.items())])
    return headers.replacing(b"Cookie", line) if line else headers.without(b"cookie")


def without_cookies(headers: HeaderList, names: Collection[str]) -> HeaderList:
    """The fields of an answer without each Set-Cookie of these names."""

    def stays(name: bytes, value: bytes) -> bool:
        return name.lower() != b"set-cookie" or value.partition(b"=")[0].strip().decode("latin-1") not in names

    return HeaderList.of(pair for pair in headers.pairs if stays(*pair))


def deletion(name: str) -> bytes:
    """The Set-Cookie line that takes a cookie; of a name with a prefix, browsers obey none without Secure."""
    secure = "; Secure" if name.startswith(("__Host-", "__Secure-")) else ""
    return f"{name}=; Path=/; Max-Age=0{secure}".encode("latin-1")


def _merged(newer: list[str], older: list[str], most: int) -> list[str]:
    """Both lists as one, the newer behind; which is newer shows where one of them goes on from the end of the other."""
    if newer and newer[-1] in older[:-1]:
        newer, older = older, newer
    return [*(one for one in older if one not in newer), *newer][-most:]


def _without(values: Iterable[str], value: str) -> list[str]:
    return [one for one in values if one != value]
