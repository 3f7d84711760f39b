"""Pass upgraded connections through, raw bytes both ways. They are not mirrored and not recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from shadow.errors import UpstreamError
from shadow.headers import HeaderList
from shadow.http.hops import end_to_end
from shadow.http.pool import UpstreamPool
from shadow.proxy.errors import own_answer, status_of
from shadow.proxy.forward import ClientBody, send_own
from shadow.proxy.turn import Scope, Send

# RFC 9110 7.8: both ends of each hop have to say it anew.
_UPGRADE = ((b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"))


# Status and fields of an answer to the fields that the client gets.
Given = Callable[[int, HeaderList], Awaitable[HeaderList]]


async def pass_through(
    pool: UpstreamPool, scope: Scope, headers: HeaderList, body: ClientBody, send: Send, given: Given
) -> None:
    """Ask the upstream for the upgrade; its answer goes to the client, and after a 101 whatever either of them says."""
    try:
        answer = await pool.upgrade(scope["target"], (*headers, *_UPGRADE), aiter(body))
    except UpstreamError as error:
        await send_own(own_answer(status_of(error), headers), send)
        return
    try:
        kept = await given(answer.status, end_to_end(answer.headers))
        fields = (*kept, *(_UPGRADE if answer.status == 101 else ()))
        await send({"type": "http.response.start", "status": answer.status, "reason": answer.reason, "headers": fields})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        async for piece in answer:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        answer.abort()
