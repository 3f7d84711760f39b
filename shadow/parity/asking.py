"""Send the same requests to both applications in this process, and keep what each made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from shadow.parity.applications import Applications
from shadow.parity.ask import Ask
from shadow.parity.pages import Page, candidate_pages, primary_pages

CRASHED = 500
_BASE = "http://parity.test"
_PEER = ("127.0.0.1", 50000)


@dataclass(frozen=True, slots=True)
class Told:
    """What one side made of a request."""

    status: int
    pages: tuple[Page, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and both sides' answers."""

    ask: Ask
    primary: Told
    candidate: Told


def ask_both(apps: Applications, asks: Sequence[Ask], ambient: Sequence[str]) -> list[Asked]:
    """Every request to both, one after another; no cookie is kept from one to the next."""
    layout = frozenset(ambient)
    found = []
    with _client(apps.candidate) as candidate:
        for ask in asks:
            with primary_pages(apps.primary, layout) as ours:
                status, body = _wsgi(apps.primary, ask)
            with candidate_pages(ours, layout) as theirs:
                other_status, other_body = candidate.send(ask)
            primary = Told(status, tuple(ours.made), body)
            found.append(Asked(ask, primary, Told(other_status, tuple(theirs.made), other_body)))
    return found


def _wsgi(app: Any, ask: Ask) -> tuple[int, str]:
    """Status and body; an exception that nothing caught is what a server makes of it."""
    transport = httpx.WSGITransport(app=app, remote_addr=_PEER[0])
    with httpx.Client(transport=transport, base_url=_BASE) as client:
        try:
            answer = client.request(ask.method, ask.target, headers=list(ask.headers), content=ask.body)
        except Exception:
            return CRASHED, ""
    return answer.status_code, answer.text


class _Candidate:
    """An ASGI application whose lifespan has begun."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def send(self, ask: Ask) -> tuple[int, str]:
        """Status and body."""
        return self._runner.run(self._send(ask))

    async def _send(self, ask: Ask) -> tuple[int, str]:
        transport = httpx.ASGITransport(app=self._app, client=_PEER, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=_BASE) as client:
            answer = await client.request(ask.method, ask.target, headers=list(ask.headers), content=ask.body)
        return answer.status_code, answer.text


@contextmanager
def _client(app: Any) -> Iterator[_Candidate]:
    with asyncio.Runner() as runner:
        lifespan: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        try:
            yield _Candidate(app, runner)
        finally:
            runner.run(lifespan.__aexit__(None, None, None))
