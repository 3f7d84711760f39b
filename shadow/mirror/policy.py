"""Whether an exchange is mirrored, and if not, why: the reasons of `skipped` in every report."""

from __future__ import annotations

from hashlib import blake2b

from shadow.exchange import Exchange, Request, Unanswered
from shadow.routes import Route
from shadow.words import MirrorMode

NEVER = "never"
METHOD = "method"
SAMPLED = "sampled"
TRUNCATED = "truncated"
NOT_SERVED = "not-served"
CUT_OFF = "cut-off"
LATE = "late"
SESSION = "session"
INTERRUPTED = "interrupted"
# A number that may name a thing, or be a fault: not enough is known yet (series.py).
NUMBER = "number"
# With one world: the two answers differ, and it was nobody's turn to be read again (reread.py).
REREAD = "reread"
# Served before the present clone was taken.
RESYNC = "resync"
# Only when judged again: the recording has no mirrored answer of it.
NOT_KEPT = "not-kept"


def skip_reason(exchange: Exchange, route: Route, *, two_worlds: bool, sample: float) -> str:
    """Why this exchange is not mirrored; empty when it is.

    With one world only safe methods are mirrored unless the route says `always`. Writes are never sampled: a write
    left out would make the shadow world another one.
    """
    request = exchange.request
    if route.mirror is MirrorMode.NEVER:
        return NEVER
    if not request.safe and not two_worlds and route.mirror is not MirrorMode.ALWAYS:
        return METHOD
    if isinstance(exchange.answer, Unanswered):
        if not exchange.answer.sent:
            return NOT_SERVED
        if request.safe or _unfinished(request):
            return CUT_OFF
    if request.body.truncated:
        return TRUNCATED
    if request.safe and sample < 1.0 and not _drawn(exchange.id, sample):
        return SAMPLED
    return ""


def unfit_reason(request: Request, route: Route) -> str:
    """Why a recorded request is sent to no fresh side at all; empty when it is. Its recorded answer does not count."""
    if route.mirror is MirrorMode.NEVER:
        return NEVER
    if _unfinished(request):
        return CUT_OFF
    return TRUNCATED if request.body.truncated else ""


def _unfinished(request: Request) -> bool:
    """True when the client left amid the body: an incomplete message, which no application acts on (RFC 9112 8)."""
    return request.body.truncated and request.body.size == len(request.body.data)


def _drawn(exchange_id: str, sample: float) -> bool:
    """The same draw for the same exchange, also after a restart."""
    value = int.from_bytes(blake2b(exchange_id.encode(), digest_size=8).digest(), "big")
    return value < sample * 2**64
