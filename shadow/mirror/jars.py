"""Who a client is over many requests; each has a cookie jar of its own (`jar.py`) in each world.

A server may give a client a new session cookie with every answer, so a client is followed through its cookies: a
cookie value that the serving side sets belongs to the client it was set for, and so does a bearer token that it hands
out. Two clients never share a jar.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from shadow.clock import new_id
from shadow.exchange import Answer, Exchange, Request, Response
from shadow.http.cookies import request_cookies
from shadow.mirror.jar import KEYS, Client, CopyCookies, cookies_of, digest
from shadow.mirror.stacks import Stacks

__all__ = ["Client", "Clients", "CopyCookies"]

_COOKIE = "cookie:"
_BEARER = "bearer:"
_TOKEN = re.compile(rb'"(?:(?:access|id|auth)_?)?token"\s*:\s*"([!-~]{16,4096}?)"', re.IGNORECASE)


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
        sent = [digest(name, value) for name, value in request_cookies(exchange.request) if name in self._names]
        given = [digest(name, value) for name, value in cookies_of(exchange.answer) if name in self._names and value]
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
                given=value.get("given", {}),
                stacks=Stacks.of(value["stacks"]) if "stacks" in value else None,
                sessions=self._names,
                touched=self._changed,
            )
            self._keep(client, value["keys"])
        self._changed.clear()

    def _known(self, digests: Iterable[str]) -> Client | None:
        for key in digests:
            if (name := self._by_cookie.get(key)) and name in self._clients:
                return self._clients[name]
        return None

    def _keep(self, client: Client, digests: Iterable[str]) -> None:
        self._clients[client.id] = client
        self._clients.move_to_end(client.id)
        self._changed.add(client.id)
        for key in digests:
            client.keys.pop(key, None)
            client.keys[key] = None
            self._by_cookie[key] = client.id
        for bearers in (False, True) if len(client.keys) > KEYS else ():
            # Apart, since a token is good for long, and a cookie that rotates until the next answer.
            kind = [key for key in client.keys if key.startswith(_BEARER) is bearers]
            for key in kind[:-KEYS]:
                self._disown(client, key)
        while len(self._clients) > self._limit:
            _, gone = self._clients.popitem(last=False)
            for key in list(gone.keys):
                self._disown(gone, key)

    def _disown(self, client: Client, key: str) -> None:
        del client.keys[key]
        if self._by_cookie.get(key) == client.id:
            del self._by_cookie[key]


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
    return _BEARER + digest("bearer", token)
