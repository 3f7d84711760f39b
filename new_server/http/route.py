"""How routes are declared, and what runs between FastAPI's choice of a handler and the handler."""

from collections.abc import Callable, Coroutine
from operator import attrgetter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from new_server.http.boundary import received

# An empty list lets any method through: apart from workers' calls only a few routes ever looked at it.
ANY: list[str] = []


class CallRoute(APIRoute):
    """Give the handler its Call and the names in its path, in one hop to the thread pool.

    FastAPI's own way resolves dependencies, validates and serialises at each request. Handlers want nothing of that,
    and it costs more than the calls of a worker themselves.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = self.endpoint

        async def handle(request: Request) -> Response:
            async with received(request) as call:
                answer: Response = await run_in_threadpool(handler, call, **request.path_params)
                return answer

        return handle


def call_router(prefix: str = "") -> APIRouter:
    """FastAPI names a route after its first method by default, and most have none."""
    return APIRouter(prefix=prefix, route_class=CallRoute, generate_unique_id_function=attrgetter("name"))
