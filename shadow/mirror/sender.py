"""Send a copy to the mirrored side and bring back its answer as a value; pause while that side is away.

Nothing is raised: whatever goes wrong is an `Unanswered`. A copy that never reached the upstream is sent again when
it is back; one that may have reached it is not, since a write must land once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from shadow.clock import monotonic
from shadow.exchange import Answer, Request, Unanswered
from shadow.headers import HeaderList
from shadow.http.fetch import fetch
from shadow.http.hops import end_to_end, forwarded
from shadow.http.pool import UpstreamPool
from shadow.words import Side

MARK = (b"X-Shadow-Request", b"1")
# So many time-outs in a row and the side counts as hung: the mirror waits for a probe to come through.
_HUNG_AFTER = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0

_log = structlog.get_logger("shadow.mirror")


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
        self._timeouts = dict.fromkeys(Side, 0)
        self.away: dict[Side, str] = {}

    async def send(self, side: Side, request: Request) -> Sent:
        """The answer of this side; waits as long as it is away (with two worlds), so the recording waits too."""
        pause = _FIRST_PAUSE
        while True:
            if self._timeouts[side] >= _HUNG_AFTER:
                # One request at a time goes to a side that hangs, with growing distance.
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            began = monotonic()
            answer = await self._once(side, request)
            took = monotonic() - began
            if not isinstance(answer, Unanswered):
                self._back(side)
                return Sent(answer, took)
            again = not answer.sent or (request.safe and self._timeouts[side] >= _HUNG_AFTER)
            self._note(side, answer)
            if not (again and self._patient):
                return Sent(answer, None)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> None:
        """Close the pools."""
        for pool in self._pools.values():
            await pool.close()

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

    def _note(self, side: Side, answer: Unanswered) -> None:
        self._timeouts[side] = self._timeouts[side] + 1 if answer.phase == "timeout" else 0
        if side not in self.away and (not answer.sent or self._timeouts[side] >= _HUNG_AFTER):
            _log.warning("mirror.paused", side=str(side), phase=answer.phase, detail=answer.detail)
            self.away[side] = answer.phase

    def _back(self, side: Side) -> None:
        self._timeouts[side] = 0
        if self.away.pop(side, None):
            _log.info("mirror.resumed", side=str(side))


def copy_headers(request: Request, trusted_hops: int) -> HeaderList:
    """The fields of a copy: what the proxy would forward, the length of the translated body, and the mark."""
    headers = forwarded(
        end_to_end(request.headers), request.peer, request.scheme, request.headers.get(b"host") or b"", trusted_hops
    )
    headers = headers.without(b"content-length", b"expect")
    if request.body.size or request.method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
        headers = headers.adding(b"Content-Length", str(request.body.size).encode())
    return headers.adding(*MARK)
