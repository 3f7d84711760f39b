"""Canary: which client a request of a route in canary belongs to, so that each is always served by the same side."""

from __future__ import annotations

from collections import OrderedDict

from shadow.exchange import Request
from shadow.headers import HeaderList
from shadow.proxy.client_key import ClientKeys

_MOST = 65_536


class Clients:
    """Client keys that last: a cookie value that an answer sets belongs to the client whose request it answers.

    Many servers give a client a new session cookie with every answer. What is followed is known to this process only.
    """

    def __init__(self, keys: ClientKeys) -> None:
        self._keys = keys
        self._first: OrderedDict[str, str] = OrderedDict()

    def awaits(self, request: Request) -> bool:
        """True when more of the body could still tell whose request this is."""
        return self._keys.awaits(request)

    def key_of(self, request: Request) -> str:
        """The key under which this client was first seen."""
        key = self._keys.key_of(request)
        return self._first.get(key, key)

    def given(self, answer: HeaderList) -> list[str]:
        """The keys of the cookie values that an answer sets; nearly always none."""
        return self._keys.given(answer)

    def follow(self, request: Request, given: list[str]) -> None:
        """Take note of the keys that the answer to this request gave to its client."""
        key = self.key_of(request)
        # Everybody behind one address, or with one token, is no one client to follow.
        if not key.startswith("cookie:"):
            return
        for new in given:
            if new != key:
                self._first[new] = key
                self._first.move_to_end(new)
        while len(self._first) > _MOST:
            self._first.popitem(last=False)
