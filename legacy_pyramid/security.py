"""Who is asking: a signed ticket in a cookie names a user, provided that the user still exists."""

from __future__ import annotations

from typing import Any

from pyramid.authentication import AuthTktCookieHelper
from pyramid.request import Request, RequestLocalCache
from pyramid.security import Allowed


class TicketPolicy:
    """The ``auth_tkt`` cookie: SHA-512, no server-side expiry, never issued anew, not bound to an address."""

    def __init__(self, secret: str) -> None:
        self._tickets = AuthTktCookieHelper(secret, hashalg="sha512", http_only=True)
        self._identities = RequestLocalCache(self._load_identity)

    def identity(self, request: Request) -> dict[str, Any] | None:
        """The user's record; None without a valid ticket and for a user who was deleted."""
        return self._identities.get_or_create(request)

    def authenticated_userid(self, request: Request) -> str | None:
        user = self.identity(request)
        return None if user is None else user["username"]

    def permits(self, request: Request, context: object, permission: str) -> Allowed:
        """Nothing is forbidden by the framework: views ask for themselves (spec ui §3)."""
        return Allowed("views decide")

    def remember(self, request: Request, userid: str, **options: Any) -> list[tuple[str, str]]:
        return self._tickets.remember(request, userid, **options)

    def forget(self, request: Request, **options: Any) -> list[tuple[str, str]]:
        return self._tickets.forget(request)

    def _load_identity(self, request: Request) -> dict[str, Any] | None:
        ticket = self._tickets.identify(request)
        return None if ticket is None else request.fishtest.users.get(ticket["userid"])
