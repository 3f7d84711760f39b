"""Reread: with one world, a difference may only tell that the state moved between the answer and its copy.

So a differing safe pair is read once more on both sides, one right after the other, before it counts: what is equal
then was none. Bounded in its rate, since the second reading is load on the live database; a pair whose turn does not
come is skipped with the reason `reread`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shadow import clock
from shadow.exchange import Exchange, Request, Unanswered
from shadow.mirror.sender import Sender, Sent


@dataclass
class Turns:
    """So many turns in a second, at most one second's worth of them saved up."""

    rate: float
    _saved: float = 0.0
    _at: float = float("-inf")

    def take(self, now: float) -> bool:
        """True when there is a turn (`now` is CLOCK_MONOTONIC s)."""
        most = max(self.rate, 1.0)
        self._saved = min(most, self._saved + (now - self._at) * self.rate) if self.rate else 0.0
        self._at = now
        if self._saved < 1.0:
            return False
        self._saved -= 1.0
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """Both sides' answers to one request, asked for at one moment."""

    exchange: Exchange
    copied: Sent


async def read_again(sender: Sender, exchange: Exchange, copy: Request) -> Reading | None:
    """Ask both sides now, the serving one first; None when it does not answer."""
    started_at, began = clock.now(), clock.monotonic()
    served = await sender.send(exchange.serving, exchange.request)
    ended = clock.monotonic()
    if isinstance(served.answer, Unanswered):
        return None
    now = replace(exchange, answer=served.answer, started_at=started_at, began=began, ended=ended)
    return Reading(now, await sender.send(exchange.serving.other, copy))
