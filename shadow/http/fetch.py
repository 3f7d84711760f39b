"""Fetch a whole answer as a value: what the mirror needs. Whatever goes wrong is an Unanswered, nothing is raised."""

from __future__ import annotations

import asyncio

from shadow.errors import UpstreamError
from shadow.exchange import Answer, Body, Response, Unanswered
from shadow.http.connection import Payload
from shadow.http.hops import end_to_end
from shadow.http.pool import Fields, UpstreamPool
from shadow.units import show_seconds


async def fetch(
    pool: UpstreamPool, method: str, target: bytes, headers: Fields, body: Payload, *, timeout: float, limit: int
) -> Answer:
    """Send a request and read its whole answer within `timeout` seconds; `limit` bytes of the body are kept.

    The fields of the answer are without those that end at this hop.
    """
    try:
        async with asyncio.timeout(timeout):
            return await _whole(pool, method, target, headers, body, timeout, limit)
    except UpstreamError as error:
        return Unanswered(error.phase, error.detail, error.sent)
    except TimeoutError:
        return Unanswered("timeout", f"no whole answer within {show_seconds(timeout)}")


async def _whole(
    pool: UpstreamPool, method: str, target: bytes, headers: Fields, body: Payload, timeout: float, limit: int
) -> Response:
    answer = await pool.send(method, target, headers, body, timeout=timeout)
    kept, size = bytearray(), 0
    try:
        async for piece in answer:
            kept += piece[: limit - len(kept)]
            size += len(piece)
    finally:
        answer.abort()
    return Response(answer.status, end_to_end(answer.headers), Body(bytes(kept), size, size > len(kept)), answer.reason)
