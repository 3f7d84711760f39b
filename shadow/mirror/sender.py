"""Send a copy to the mirrored side and bring back its answer as a value; pause while that side is away.

Whatever goes wrong in traffic is an `Unanswered`. A copy that never reached the upstream is sent again when it is back;
one that may have reached it is not, since a write must land once. A read that failed is tried once more if the whole
side was away meanwhile: an outage is no evidence, but a request that fails by itself, or brings the side down, is.
Only a mirror that ends gives a waiting copy up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from shadow.clock import monotonic
from shadow.exchange import Answer, Request, Unanswered
from shadow.headers import HeaderList
from shadow.http.copies import copy_headers
from shadow.http.fetch import fetch
from shadow.http.pool import UpstreamPool
from shadow.words import Side

# RFC 9110 9.3.7: a request to the server as a whole, a ping that no route gets.
PROBE = Request("OPTIONS", b"*", HeaderList.of([(b"Host", b"shadow")]))
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
# RFC 9110 15.6.4; so often a copy is sent again for it, over three seconds in all.
UNAVAILABLE, _REFUSALS = 503, 6

_log = structlog.get_logger("shadow.mirror")


class GivenUp(Exception):
    """The mirror ends while a copy waits for its side: nothing is known of it, and it stays in the recording."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The mirrored side's answer and how long it took, in seconds (None when there is none)."""

    answer: Answer
    seconds: float | None


class Sender:
    """The pools towards the mirrored side of both stacks, and what is known of their health."""

    def __init__(
        self, pools: Mapping[Side, UpstreamPool], *, timeout: float, limit: int, trusted_hops: int, patient: bool
    ) -> None:
        self._pools = pools
        self._timeout = timeout
        self._limit = limit
        self._trusted_hops = trusted_hops
        self._patient = patient
        self._doubtful: set[Side] = set()
        self._outages = dict.fromkeys(Side, 0)
        self._probing = {side: asyncio.Lock() for side in Side}
        self._ending = asyncio.Event()
        self.away: dict[Side, str] = {}

    async def send(self, side: Side, request: Request, *, unavailable: bool = False) -> Sent:
        """The answer of this side; waits as long as it is away (with two worlds), so the recording waits too.

        A 503 says that the request was not taken, as a server says that is being replaced: it is sent again a few
        times, unless the original was answered so too (`unavailable`). Raises GivenUp after `give_up`, for a copy that
        waits.
        """
        pause = _FIRST_PAUSE
        tried = False
        refusals = 0 if self._patient and not unavailable else _REFUSALS
        while True:
            await self._alive(side)
            outages, began = self._outages[side], monotonic()
            answer = await self._once(side, request)
            took = monotonic() - began
            if not isinstance(answer, Unanswered):
                if answer.status == UNAVAILABLE and refusals < _REFUSALS:
                    refusals += 1
                    pause = await self._pause(pause)
                    continue
                self._back(side)
                return Sent(answer, took)
            if not self._patient:
                return Sent(answer, None)
            if not answer.sent:
                self._paused(side, answer)
                pause = await self._pause(pause)
                continue
            self._doubtful.add(side)
            if tried or not request.safe:
                return Sent(answer, None)
            await self._alive(side)
            if self._outages[side] == outages:
                return Sent(answer, None)
            tried = True

    def give_up(self) -> None:
        """Wait for no side any more."""
        self._ending.set()

    async def close(self) -> None:
        """Close the pools."""
        for pool in self._pools.values():
            await pool.close()

    async def _alive(self, side: Side) -> None:
        """After a failure, wait until the side answers anything at all."""
        pause = _FIRST_PAUSE
        async with self._probing[side]:
            while side in self._doubtful:
                answer = await self._once(side, PROBE)
                if not isinstance(answer, Unanswered):
                    self._back(side)
                    return
                self._paused(side, answer)
                pause = await self._pause(pause)

    async def _pause(self, seconds: float) -> float:
        """Wait so long; the length of the next pause."""
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return min(seconds * 2, _LONGEST_PAUSE)
        raise GivenUp

    async def _once(self, side: Side, request: Request) -> Answer:
        headers = copy_headers(request, self._trusted_hops)
        return await fetch(
            self._pools[side],
            request.method,
            request.target,
            headers,
            request.body.data,
            timeout=self._timeout,
            limit=self._limit,
        )

    def _paused(self, side: Side, answer: Unanswered) -> None:
        if side not in self.away:
            _log.warning("mirror.paused", side=str(side), phase=answer.phase, detail=answer.detail)
            self.away[side] = answer.phase
            self._outages[side] += 1

    def _back(self, side: Side) -> None:
        self._doubtful.discard(side)
        if self.away.pop(side, None):
            _log.info("mirror.resumed", side=str(side))
