"""Stacks: the sessions of one client of the mirror, as far as the stacks do not share them. Pure.

Over a login and a logout they are kept and dropped as the proxy does it for the client itself (`twin/visits.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shadow.headers import HeaderList
from shadow.twin.held import Cookies, Held, session_cookies
from shadow.words import Side


@dataclass
class Session:
    """What a stack gave the client itself (`live`), and what the other stack gave the copies of that (`copies`)."""

    live: Held = field(default_factory=Held)
    copies: Held = field(default_factory=Held)


@dataclass
class Stacks:
    """One session for each stack that serves the client.

    `home` is the stack on which it is signed in, `identity` the cookies that the login set. Its session on the other
    stack is then the twin's, and `aside` the one of which it has kept the cookies: it comes with them again once it
    has signed out. `returned` is the stack that has not yet shown whether it still knows that session. `failed` are
    the stacks on which the client could not be signed in for its copies.
    """

    sessions: dict[Side, Session] = field(default_factory=lambda: {side: Session() for side in Side})
    aside: Session = field(default_factory=Session)
    home: Side | None = None
    identity: tuple[str, ...] = ()
    returned: Side | None = None
    failed: set[Side] = field(default_factory=set)

    def copies(self, side: Side) -> Held:
        """The session on this stack that copies of what the other one served go with."""
        return self.sessions[side.other].copies

    def keep(self, side: Side, held: Held) -> None:
        """Another session on this stack for the copies."""
        self.sessions[side.other].copies = held

    def gave(self, name: str, value: str) -> bool:
        """True for a cookie that the client itself was given."""
        return any(one.live.recognises(name, value) for one in self._known())

    def tokens(self, serving: Side) -> set[str]:
        """The tokens that are good with this stack: before a login its own, then those of both."""
        sides = [serving] if self.home is None else [*Side]
        return {token for side in sides for token in self.sessions[side].live.tokens}

    def take(self, by: Side, headers: HeaderList, names: Mapping[Side, Collection[str]]) -> None:
        """Take the cookies of an answer of the stack `by`, as the client got them."""
        for side in Side:
            self.sessions[side].live.take(headers, names[side])
        both = {name for name in names[by] if name in names[by.other]}
        if self.home is not by.other and session_cookies(headers, both):
            # Under one name there is room for one: the cookie of the other stack is gone.
            self._drop_own(by.other)

    def enter(self, home: Side, identity: Collection[str]) -> Cookies:
        """The client has signed in; the cookies with which the twin's login on the other stack begins."""
        twins = self.sessions[home.other]
        if self.home is not home:
            # Who was signed in on the other stack has no cookie of it any more: the proxy has taken it.
            taken = self.home is not None and not twins.live.cookies
            self.aside = Session() if taken else twins
        self.sessions[home.other] = Session()
        # A token from before the login is good no longer.
        self.sessions[home].live.tokens = []
        self.home, self.identity, self.returned = home, tuple(identity), None
        return self.aside.copies.newest or twins.copies.newest

    def leave(self) -> None:
        """The client is signed out: it goes on with the session that it has kept on the other stack."""
        if self.home is None:
            return
        self.sessions[self.home].live.tokens = []
        if self.home.other in self.failed:
            self.keep(self.home.other, Held())
        self.sessions[self.home.other] = self.aside
        self.returned = self.home.other
        self.aside, self.home, self.identity = Session(), None, ()
        self.failed.clear()

    def ended(self, by: Side, headers: HeaderList, names: Collection[str]) -> bool:
        """True when the home takes back a cookie of the login."""
        return by is self.home and any(not session_cookies(headers, names).get(name, "-") for name in self.identity)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        sessions = {side.value: _as_json(one) for side, one in self.sessions.items()}
        state = {"home": self.home, "identity": self.identity, "returned": self.returned}
        return {"sessions": sessions, "aside": _as_json(self.aside), **state, "failed": sorted(self.failed)}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Stacks:
        """From the values of `as_json`; of another version nothing is taken."""
        if "sessions" not in value:
            return cls()
        home, returned = (Side(value[name]) if value[name] else None for name in ("home", "returned"))
        return cls(
            {Side(side): _session(one) for side, one in value["sessions"].items()},
            _session(value["aside"]),
            home,
            tuple(value["identity"]),
            returned,
            {Side(side) for side in value["failed"]},
        )

    def _known(self) -> Iterator[Session]:
        yield from self.sessions.values()
        yield self.aside

    def _drop_own(self, side: Side) -> None:
        """Forget the session of which the client itself has the cookies."""
        if self.home is None:
            self.sessions[side] = Session()
        else:
            self.aside = Session()


def _as_json(session: Session) -> dict[str, Any]:
    return {"live": session.live.as_json(), "copies": session.copies.as_json()}


def _session(value: Mapping[str, Any]) -> Session:
    return Session(Held.of(value["live"]), Held.of(value["copies"]))
