"""Who a client is over many requests, and one cookie jar for each client and world.

A server may give a client a new session cookie with every answer, so a client is followed through its cookies: a
cookie value that the serving side sets belongs to the client it was set for. Two clients never share a jar. Within
a world both stacks see the same jar, as they would in a browser.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any

import orjson

from shadow.clock import new_id
from shadow.exchange import Answer, Exchange, Request, Response

_COOKIE = "cookie:"


@dataclass(frozen=True, slots=True)
class CopyCookies:
    """The cookies that a copy carries, and the names of those that have no counterpart in the shadow world."""

    sent: tuple[tuple[str, str], ...]
    lost: tuple[str, ...] = ()

    @property
    def line(self) -> bytes:
        """The value of the Cookie field; empty when the copy has none."""
        return "; ".join(f"{name}={value}" for name, value in self.sent).encode("latin-1")

    @property
    def names(self) -> frozenset[str]:
        """The names of the cookies sent."""
        return frozenset(name for name, _ in self.sent)


@dataclass
class Client:
    """One client: the cookies that each world has given it, by name."""

    id: str
    live: dict[str, str] = field(default_factory=dict)
    shadow: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def cookies_for(self, request: Request, *, one_world: bool = False) -> CopyCookies:
        """The cookies of the copy: the client's own, with what the shadow world gave it instead.

        Cookies that no server set (scripts make them) pass through. One that the live world gave the client and the
        shadow world did not is left out, as a browser there would not have it, and told as lost. With one world it
        passes through too: both stacks read one database, and what was not mirrored could set no cookie of its own.
        """
        sent, lost = [], []
        for name, value in request_cookies(request):
            if name in self.shadow:
                sent.append((name, self.shadow[name]))
            elif self.live.get(name) == value and not one_world:
                lost.append(name)
            else:
                sent.append((name, value))
        return CopyCookies(tuple(sent), tuple(lost))

    def answered(self, live: Answer, shadow: Answer | None) -> None:
        """Take the cookies that both worlds set in one exchange; None when there was no copy of it."""
        _take(self.live, live)
        if shadow is not None:
            _take(self.shadow, shadow)
        else:
            for name, _ in _set_by(live):
                self.shadow.pop(name, None)

    def as_json(self) -> str:
        """All of it as text, for the store (which gets it sealed)."""
        return orjson.dumps({"live": self.live, "shadow": self.shadow, "keys": sorted(self.keys)}).decode()


class Clients:
    """Finds the client of an exchange; bounded, the ones unseen for longest go first."""

    def __init__(self, client_key: tuple[str, ...], *, limit: int = 50_000) -> None:
        self._names = tuple(source.removeprefix(_COOKIE) for source in client_key if source.startswith(_COOKIE))
        self._limit = limit
        self._clients: OrderedDict[str, Client] = OrderedDict()
        self._by_cookie: dict[str, str] = {}
        self._changed: set[str] = set()

    def __len__(self) -> int:
        return len(self._clients)

    def of(self, exchange: Exchange) -> Client:
        """The client of this exchange; the cookies that its answer sets are remembered as that client's."""
        sent = [_digest(name, value) for name, value in request_cookies(exchange.request) if name in self._names]
        given = [_digest(name, value) for name, value in _set_by(exchange.answer) if name in self._names and value]
        client = self._known(sent)
        if client is None and (sent or given):
            # A session that nobody has seen before starts with an empty jar under an id of its own.
            client = Client(f"session:{new_id()}")
        if client is None:
            client = self._clients.get(exchange.client_key) or Client(exchange.client_key)
        self._keep(client, [*sent, *given])
        return client

    def changed(self) -> Iterator[Client]:
        """The clients touched since the last call."""
        touched, self._changed = self._changed, set()
        return (self._clients[name] for name in touched if name in self._clients)

    def load(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take the clients (id, `as_json` text) that a store kept."""
        for name, text in rows:
            value: dict[str, Any] = orjson.loads(text)
            client = Client(name, value["live"], value["shadow"])
            self._keep(client, value["keys"])
        self._changed.clear()

    def _known(self, digests: Iterable[str]) -> Client | None:
        for digest in digests:
            if (name := self._by_cookie.get(digest)) and name in self._clients:
                return self._clients[name]
        return None

    def _keep(self, client: Client, digests: Iterable[str]) -> None:
        self._clients[client.id] = client
        self._clients.move_to_end(client.id)
        self._changed.add(client.id)
        for digest in digests:
            client.keys.add(digest)
            self._by_cookie[digest] = client.id
        while len(self._clients) > self._limit:
            name, gone = self._clients.popitem(last=False)
            for digest in gone.keys:
                if self._by_cookie.get(digest) == name:
                    del self._by_cookie[digest]


def request_cookies(request: Request) -> list[tuple[str, str]]:
    """The (name, value) pairs of all Cookie fields, in order (RFC 6265 5.4)."""
    found = []
    for line in request.headers.get_all(b"cookie"):
        for part in line.decode("latin-1").split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found.append((name, value))
    return found


def _set_by(answer: Answer) -> list[tuple[str, str]]:
    """The (name, value) pairs that an answer sets; the value is empty where it deletes (RFC 6265 5.2)."""
    if not isinstance(answer, Response):
        return []
    found = []
    for line in answer.headers.get_all(b"set-cookie"):
        first, _, attributes = line.decode("latin-1").partition(";")
        name, equals, value = first.strip().partition("=")
        if equals:
            found.append((name, "" if _deletes(attributes) else value))
    return found


def _take(jar: dict[str, str], answer: Answer) -> None:
    for name, value in _set_by(answer):
        if value:
            jar[name] = value
        else:
            jar.pop(name, None)


def _deletes(attributes: str) -> bool:
    """True for a lifetime that is over: Max-Age of 0 or less wins over an Expires in the past (RFC 6265 5.3)."""
    expired = False
    for attribute in attributes.split(";"):
        name, _, value = attribute.strip().partition("=")
        if name.lower() == "max-age":
            return value.strip().lstrip("-").isdigit() and int(value) <= 0
        if name.lower() == "expires":
            expired = _long_gone(value)
    return expired


def _long_gone(text: str) -> bool:
    """True for a date before 2000: what servers write to delete a cookie, whatever the clock says."""
    try:
        return parsedate_to_datetime(text.replace("-", " ")).year < 2000
    except (ValueError, TypeError):
        return False


def _digest(name: str, value: str) -> str:
    return blake2b(f"{name}={value}".encode("latin-1", "replace"), digest_size=12).hexdigest()
