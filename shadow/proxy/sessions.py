"""The seam between the hot path and what keeps clients signed in on both stacks (`shadow/twin/`).

With `sessions = "shared"` there is nothing behind it, and no request is looked at.
"""

from __future__ import annotations

from typing import Protocol

from shadow.exchange import Answer, Request
from shadow.headers import HeaderList
from shadow.routes import Route
from shadow.words import Side


class Visit(Protocol):
    """One request of a client that is signed in, or signs in, on its way to a stack and back."""

    @property
    def alone(self) -> bool:
        """True when the serving side knows nothing of the session that the client has on the other one."""
        ...

    def reads_body(self, side: Side) -> bool:
        """True when something in the body may have to be put right for this side."""
        ...

    async def outgoing(self, side: Side, headers: HeaderList, beginning: bytes) -> tuple[HeaderList, bytes]:
        """Fields and beginning of the body as this side must get them; the length is told anew."""
        ...

    async def answered(self, side: Side, status: int, headers: HeaderList) -> HeaderList:
        """The fields of the answer of this side as the client gets them; called when its head is here."""
        ...

    def finished(self, request: Request, answer: Answer | None) -> None:
        """The client's request as it came, and the answer as the client got it; None when nobody answered."""
        ...


class Sessions(Protocol):
    """Says which requests have something to do with a session that must be known to both stacks."""

    async def visit(self, request: Request, route: Route, serving: Side) -> Visit | None:
        """None for a request that is to be left alone; waits, for a while, for a login that is under way."""
        ...
