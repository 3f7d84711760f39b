"""Twin: one client that signed in on one stack (`home`), and its session on the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from shadow.twin.held import Cookies, Held
from shadow.words import Side


@dataclass(eq=False)
class Twin:
    """`identity` are the cookies that the login set: only who brings all of them is this client.

    `held` is what each stack gave: the client itself has the cookies of its home, the harness those of the other.
    `used` is wall time (unix s). Of two versions of one twin, as two proxies may have them, the higher `revision`
    counts. A twin that `failed` has no session on the other stack, and its client appears signed out there.
    """

    id: str
    home: Side
    identity: tuple[str, ...]
    held: dict[Side, Held]
    used: float
    failed: bool = False
    revision: int = 0
    # Not set while the login on the other stack is under way.
    _settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def pending(self) -> bool:
        """True while the login on the other stack is under way."""
        return not self._settled.is_set()

    def settle(self, *, failed: bool) -> None:
        """The login on the other stack has ended, well or not: whoever waits for it goes on."""
        self.failed = failed
        self._settled.set()

    async def settled(self, patience: float) -> None:
        """Wait for the login on the other stack; one that nobody ends in time, since its proxy died, has failed."""
        try:
            async with asyncio.timeout(patience):
                await self._settled.wait()
        except TimeoutError:
            self.settle(failed=True)

    def owns(self, cookies: Cookies) -> bool:
        """True when a request with these cookies comes from this client."""
        own = self.held[self.home]
        return all(own.recognises(name, cookies.get(name)) for name in self.identity)

    @property
    def signed_out(self) -> bool:
        """True when its home has taken a cookie of the login back."""
        return any(name not in self.held[self.home].cookies for name in self.identity)

    def keys(self) -> set[tuple[str, str]]:
        """The cookies by which it is found."""
        own = self.held[self.home].cookies
        return {(name, value) for name in self.identity for value in own.get(name, ())}

    def merge(self, told: Twin) -> None:
        """Take what another proxy knows of this twin; what both have changed is known in both versions."""
        newer = told.revision > self.revision if told.pending == self.pending else self.pending
        for side, held in self.held.items():
            other = told.held[side]
            self.held[side] = other.over(held) if newer else held.over(other)
        if newer and not told.pending:
            self.settle(failed=told.failed)
        self.revision = max(self.revision, told.revision)
        self.used = max(self.used, told.used)

    def says(self, told: Twin) -> bool:
        """True when another version knows all that this one does."""
        return (self.held, self.failed, self.pending) == (told.held, told.failed, told.pending)

    def as_json(self) -> str:
        """All that lasts, as text; the store gets it sealed."""
        value = {"id": self.id, "home": self.home, "identity": self.identity, "used": self.used}
        state = {"revision": self.revision, "failed": self.failed, "pending": self.pending}
        held = {side.value: one.as_json() for side, one in self.held.items()}
        return orjson.dumps({**value, **state, "held": held}).decode()

    @classmethod
    def of(cls, text: str) -> Twin:
        """From the text of `as_json`."""
        value: dict[str, Any] = orjson.loads(text)
        held = {Side(side): Held.of(one) for side, one in value.pop("held").items()}
        pending = value.pop("pending")
        twin = cls(**{**value, "home": Side(value["home"]), "identity": tuple(value["identity"])}, held=held)
        if not pending:
            twin.settle(failed=twin.failed)
        return twin
