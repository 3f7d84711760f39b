"""Who a client is over many requests, and one cookie jar for each client and world.

A server may give a client a new session cookie with every answer, so a client is followed through its cookies: a
cookie value that the serving side sets belongs to the client it was set for, and so does a bearer token that it hands
out. Two clients never share a jar. Within a world both stacks see the same jar, as they would in a browser; two stacks
that call one cookie by two names each get theirs.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from shadow.clock import new_id
from shadow.exchange import Answer, Exchange, Request, Response
from shadow.http.cookies import request_cookies, set_by
from shadow.mirror.preferences import is_preference
from shadow.mirror.stacks import Stacks

_COOKIE = "cookie:"
# A client is known by so many of its latest cookies, and as many tokens: requests may overtake an answer.
_KEYS = 32
_BEARER = "bearer:"
_TOKEN = re.compile(rb'"(?:(?:access|id|auth)_?)?token"\s*:\s*"([!-~]{16,4096}?)"', re.IGNORECASE)


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
    """One client: the cookies that each world has given it, by name.

    `partners` maps a cookie's live name to its shadow name where the two differ; `lost` the names of cookies that only
    the live world has given to the exchange in which it did.
    """

    id: str
    live: dict[str, str] = field(default_factory=dict)
    shadow: dict[str, str] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    # With `sessions = "twin"` only: the sessions that the stacks do not share.
    stacks: Stacks | None = None
    # The names of the cookies by which clients are known.
    sessions: tuple[str, ...] = field(default=(), repr=False)
    # Where a client says that there is something new to be kept; shared by all clients of a mirror.
    touched: set[str] = field(default_factory=set, repr=False)

    def cookies_for(self, request: Request, *, one_world: bool = False) -> CopyCookies:
        """The cookies of the copy: the client's own, with what the shadow world gave it instead.

        Cookies that no server set (scripts make them) pass through, and so do preferences. Another one that the live
        world gave the client and the shadow world did not is left out, as a browser there would not have it, and told
        as lost. With one world it passes through too: both stacks read one database, and what was not mirrored could
        set no cookie of its own.
        """
        sent, lost = [], []
        for name, value in request_cookies(request):
            partner = self.partners.get(name, name)
            if partner in self.shadow:
                sent.append((partner, self.shadow[partner]))
            elif self.live.get(name) == value and not one_world and not self._prefers(name, value):
                lost.append(name)
            else:
                sent.append((name, value))
        return CopyCookies(tuple(sent), tuple(lost))

    def answered(self, live: Answer, shadow: Answer | None, *, exchange: str = "") -> None:
        """Take the cookies that both worlds set in one exchange; None when there was no copy of it."""
        given = dict(_set_by(live))
        self.touched.add(self.id)
        _take(self.live, live)
        if shadow is not None:
            theirs = dict(_set_by(shadow))
            self._pair_up(given, theirs)
            for name in [name for name, value in given.items() if name not in theirs and self._prefers(name, value)]:
                # What the shadow world gave before is not what the client wants now.
                self.shadow.pop(name, None)
            _take(self.shadow, shadow)
        else:
            for name in given:
                self.shadow.pop(self.partners.get(name, name), None)
        for name, value in given.items():
            if value and self.partners.get(name, name) not in self.shadow and not self._prefers(name, value):
                self.lost.setdefault(name, exchange)
            else:
                self.lost.pop(name, None)

    def _prefers(self, name: str, value: str) -> bool:
        return is_preference(name, value, self.sessions)

    def cause_of(self, lost: Iterable[str]) -> str:
        """The exchange in which the first of these cookies was lost; empty when that is not known."""
        return next((self.lost[name] for name in lost if self.lost.get(name)), "")

    def _pair_up(self, live: Mapping[str, str], shadow: Mapping[str, str]) -> None:
        """Find the cookies that the two stacks call by different names: set in one exchange, unknown on the other side.

        Only where there is no choice: one such cookie on either side.
        """
        ours = [name for name, value in live.items() if value and name not in shadow and name not in self.shadow]
        theirs = [name for name, value in shadow.items() if value and name not in live and name not in self.live]
        ours = [name for name in ours if self.partners.get(name) not in shadow]
        if len(ours) == len(theirs) == 1 and theirs[0] not in self.partners.values():
            self.partners[ours[0]] = theirs[0]

    def as_json(self) -> str:
        """All of it as text, for the store (which gets it sealed)."""
        kept = {name: getattr(self, name) for name in ("live", "shadow", "partners", "lost")}
        stacks = {"stacks": self.stacks.as_json()} if self.stacks else {}
        return orjson.dumps({**kept, **stacks, "keys": list(self.keys)}).decode()


class Clients:
    """Finds the client of an exchange; bounded, the ones unseen for longest go first."""

    def __init__(self, client_key: tuple[str, ...], *, limit: int = 50_000) -> None:
        self._names = tuple(source.removeprefix(_COOKIE) for source in client_key if source.startswith(_COOKIE))
        self._bearers = "header:authorization" in {source.lower() for source in client_key}
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
        if self._bearers:
            sent += map(_bearer, _credentials(exchange.request))
            given += map(_bearer, _handed_out(exchange.answer))
        client = self._known(sent)
        if client is None and (sent or given):
            # A session that nobody has seen before starts with an empty jar under an id of its own.
            client = Client(f"session:{new_id()}", sessions=self._names, touched=self._changed)
        if client is None:
            name = exchange.client_key
            client = self._clients.get(name) or Client(name, sessions=self._names, touched=self._changed)
        self._keep(client, [*sent, *given])
        return client

    def changed(self) -> Iterator[Client]:
        """The clients touched since the last call."""
        touched = list(self._changed)
        self._changed.clear()
        return (self._clients[name] for name in touched if name in self._clients)

    def clear(self) -> None:
        """Forget every client, as the store has done already: another world begins."""
        for kept in (self._clients, self._by_cookie, self._changed):
            kept.clear()

    def load(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take the clients (id, `as_json` text) that a store kept."""
        for name, text in rows:
            value: dict[str, Any] = orjson.loads(text)
            client = Client(
                name,
                value["live"],
                value["shadow"],
                partners=value.get("partners", {}),
                lost=value.get("lost", {}),
                stacks=Stacks.of(value["stacks"]) if "stacks" in value else None,
                sessions=self._names,
                touched=self._changed,
            )
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
            client.keys.pop(digest, None)
            client.keys[digest] = None
            self._by_cookie[digest] = client.id
        for bearers in (False, True) if len(client.keys) > _KEYS else ():
            # Apart, since a token is good for long, and a cookie that rotates until the next answer.
            kind = [key for key in client.keys if key.startswith(_BEARER) is bearers]
            for key in kind[:-_KEYS]:
                self._disown(client, key)
        while len(self._clients) > self._limit:
            _, gone = self._clients.popitem(last=False)
            for digest in list(gone.keys):
                self._disown(gone, digest)

    def _disown(self, client: Client, digest: str) -> None:
        del client.keys[digest]
        if self._by_cookie.get(digest) == client.id:
            del self._by_cookie[digest]


def _set_by(answer: Answer) -> list[tuple[str, str]]:
    return set_by(answer.headers) if isinstance(answer, Response) else []


def _take(jar: dict[str, str], answer: Answer) -> None:
    for name, value in _set_by(answer):
        if value:
            jar[name] = value
        else:
            jar.pop(name, None)


def _credentials(request: Request) -> list[str]:
    """The token that the request comes with (RFC 6750 2.1)."""
    scheme, _, token = request.headers.text("authorization").partition(" ")
    return [token.strip()] if scheme.lower() == "bearer" and token.strip() else []


def _handed_out(answer: Answer) -> list[str]:
    """The bearer tokens in the JSON of an answer, as a login gives them (RFC 6749 5.1)."""
    if not isinstance(answer, Response) or "json" not in answer.headers.text("content-type"):
        return []
    return [found.decode("ascii") for found in _TOKEN.findall(answer.body.data)]


def _bearer(token: str) -> str:
    return _BEARER + _digest("bearer", token)


def _digest(name: str, value: str) -> str:
    return blake2b(f"{name}={value}".encode("latin-1", "replace"), digest_size=12).hexdigest()
