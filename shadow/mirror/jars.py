"""Who a client is over many requests; each has a cookie jar of its own (`jar.py`) in each world.

A server may give a client a new session cookie with every answer, so a client is followed through its cookies: a
cookie value that the serving side sets belongs to the client it was set for, and so does a token that it hands out. A
request that has nothing of the client key is still told from its neighbours behind one address by any other cookie that
it was given. Two clients never share a jar.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson

from shadow.clock import new_id
from shadow.exchange import Answer, Exchange, Request
from shadow.http.cookies import request_cookies
from shadow.mirror.digests import BEARER, GIVEN, digest, given_key, token_key
from shadow.mirror.jar import KEYS, Client, CopyCookies, cookies_of
from shadow.mirror.preferences import is_preference, names_session
from shadow.mirror.stacks import Stacks
from shadow.mirror.tokens import handed_out, presented

__all__ = ["Client", "Clients", "CopyCookies"]

_COOKIE, _HEADER = "cookie:", "header:"
# What the proxy says where a request has nothing of the client key.
_ADDRESS = "addr:"


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
        """The client of this exchange; cookies and tokens that its answer gives are remembered as that client's."""
        request = exchange.request
        sent = [digest(name, value) for name, value in request_cookies(request) if name in self._names]
        given = [digest(name, value) for name, value in cookies_of(exchange.answer) if name in self._names and value]
        if self._bearers:
            sent += map(token_key, _credentials(request))
        if exchange.client_key.startswith(_ADDRESS):
            given += self._others_given(exchange.answer)
        brought = [token_key(token) for token in presented(request)]
        tokens = self._handed_out(exchange, brought)
        # What both worlds know is nobody's: it tells no client from another.
        own = [key for key in brought if (owner := self._owner_of(key)) and key in owner.tokens]
        client = self._known([*sent, *_besides(exchange, own)])
        if client is None and (sent or given or (tokens and _anonymous(exchange))):
            # A session that nobody has seen before starts with an empty jar under an id of its own.
            client = self._new(f"session:{new_id()}")
        if client is None:
            client = self._clients.get(exchange.client_key) or self._new(exchange.client_key)
        for key in tokens:
            # Until the copy is answered nobody knows the shadow world's, unless it was handed out before.
            owner = self._owner_of(key)
            client.tokens.setdefault(key, owner.tokens.get(key, "") if owner else "")
        known = [key for key in brought if key in client.keys]
        self._keep(client, [*sent, *known, *given, *tokens])
        return client

    def _others_given(self, answer: Answer) -> list[str]:
        """The cookies that an answer gives and no client key names, as far as somebody could be known by them."""
        cookies = [(name, value) for name, value in cookies_of(answer) if value and name not in self._names]
        return [given_key(name, value) for name, value in cookies if not is_preference(name, value)]

    def _handed_out(self, exchange: Exchange, brought: Collection[str]) -> list[str]:
        """The tokens that the answer gives, less those that clients bring without having been given them."""
        found = []
        for key in dict.fromkeys(token_key(value) for _, value in handed_out(exchange.answer)):
            owner = self._owner_of(key)
            if key in owner.tokens if owner else key not in brought:
                found.append(key)
        return found

    def _new(self, name: str) -> Client:
        return Client(name, sessions=self._names, touched=self._changed, owner_of=self._owner_of)

    def _owner_of(self, key: str) -> Client | None:
        return self._clients.get(self._by_cookie.get(key, ""))

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
                tokens=value.get("tokens", {}),
                stacks=Stacks.of(value["stacks"]) if "stacks" in value else None,
                sessions=self._names,
                touched=self._changed,
                owner_of=self._owner_of,
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
            # A cookie that two clients were given alike tells neither.
            shared = key.startswith(GIVEN) and self._by_cookie.get(key, client.id) != client.id
            self._by_cookie[key] = "" if shared else client.id
        for kind in ("", GIVEN, BEARER) if len(client.keys) > KEYS else ():
            # Apart, since a token is good for long, and a cookie that rotates until the next answer.
            keys = [key for key in client.keys if key.rpartition(":")[0] == kind.removesuffix(":")]
            for key in keys[:-KEYS]:
                self._disown(client, key)
        while len(self._clients) > self._limit:
            _, gone = self._clients.popitem(last=False)
            for key in list(gone.keys):
                self._disown(gone, key)

    def _disown(self, client: Client, key: str) -> None:
        del client.keys[key]
        client.tokens.pop(key, None)
        if self._by_cookie.get(key) in (client.id, ""):
            del self._by_cookie[key]


def _credentials(request: Request) -> list[str]:
    """The token that the request comes with (RFC 6750 2.1)."""
    scheme, _, token = request.headers.text("authorization").partition(" ")
    return [token.strip()] if scheme.lower() == "bearer" and token.strip() else []


def _anonymous(exchange: Exchange) -> bool:
    """True for what may be a login of a client that brought nothing to know it by."""
    plain = not exchange.request.safe and exchange.request.headers.get(b"cookie") is None
    return plain and exchange.client_key.startswith(_ADDRESS)


def _besides(exchange: Exchange, brought: list[str]) -> list[str]:
    """What tells whose request it is where the cookies of the client key do not.

    Those of other names only if there is nothing of the client key at all, the names that speak of sessions first;
    tokens unless the body says who it is.
    """
    if not exchange.client_key.startswith((_ADDRESS, _HEADER)):
        return []
    cookies = request_cookies(exchange.request) if exchange.client_key.startswith(_ADDRESS) else []
    cookies.sort(key=lambda cookie: not names_session(cookie[0]))
    return [given_key(name, value) for name, value in cookies] + brought
