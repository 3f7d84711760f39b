"""The class of all routes: what runs between FastAPI's choice of a handler and the handler."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from new_server.http.boundary import received


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
