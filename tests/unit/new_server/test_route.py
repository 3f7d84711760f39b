"""Between FastAPI's choice of a handler and the handler: the Call, the names in the path, one hop to a thread."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.responses import Response

from new_server.http.boundary import Asked
from new_server.http.middleware import Calls
from new_server.http.route import CallRoute

MIB = 1 << 20


class Seen:
    """What the handler saw of each request."""

    def __init__(self) -> None:
        router = APIRouter(route_class=CallRoute)
        router.add_api_route("/size/{name}", self.size, methods=["POST"])
        fishtest = SimpleNamespace(seen_at=lambda url: None)
        self.app = FastAPI(middleware=[Middleware(Calls, fishtest=fishtest)])
        self.app.include_router(router)
        self.names: list[str] = []
        self.threads: list[int] = []
        self.on_disk: list[bool] = []

    def size(self, call: Asked, name: str) -> Response:
        self.names.append(name)
        self.threads.append(threading.get_ident())
        self.on_disk.append(call.body_file._rolled)
        return Response(str(len(call.body)))

    async def post(self, path: str, body: bytes) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://h.example") as client:
            return await client.post(path, content=body)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_handler_gets_its_call_in_a_thread() -> None:
    seen = Seen()
    answer = await seen.post("/size/f%C3%BCnf", b"12345")
    assert (answer.text, seen.names) == ("5", ["fünf"])
    assert seen.threads != [threading.get_ident()]


@pytest.mark.parametrize(("size", "on_disk"), [(0, False), (MIB, False), (MIB + 1, True), (5 * MIB, True)])
@pytest.mark.anyio
async def test_a_large_body_waits_on_disk(size: int, on_disk: bool) -> None:
    """Of slow senders there may be any number, and each may send as much as is allowed."""
    seen = Seen()
    assert (await seen.post("/size/it", b"x" * size)).text == str(size)
    assert seen.on_disk == [on_disk]
