"""The FastAPI port, wired: one domain layer, the API and the pages, and what happens around every request."""

import multiprocessing
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from domain.schemas import MAX_BODY
from domain.server import Fishtest
from domain.settings import Settings, SettingsError
from new_server import api, internal, views
from new_server.http.errors import Refused, refused
from new_server.http.middleware import BlockedUsers, Build, Calls, TrustedProxy
from new_server.http.refusals import BodyLimit, ShuttingDown
from new_server.http.ui_errors import BadCsrf, bad_csrf, crashed
from new_server.views import accounts, home

THREADS = 10
"""Requests at work at once, as many as the legacy server has; above the five that the scheduler lets in."""


def create_app(settings: Settings) -> FastAPI:
    """The application over its own domain layer, which starts and stops with it.

    SettingsError: this process would own the runs and be one of several.
    """
    if settings.starts_as_owner and one_of_several():
        raise SettingsError(
            "an owner of the runs must be the only process on its database: start it without WEB_CONCURRENCY and "
            "--workers, or give this one FISHTEST_ROLE=standby"
        )
    fishtest = Fishtest(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        await run_in_threadpool(fishtest.start)
        yield
        # The server has finished all requests by now: what they changed is written here.
        await run_in_threadpool(fishtest.stop)

    app = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(BodyLimit, limit=MAX_BODY, build=settings.build),
            Middleware(TrustedProxy),
            Middleware(Build, build=settings.build),
            Middleware(Calls, fishtest=fishtest),
            Middleware(ShuttingDown, fishtest=fishtest),
            Middleware(BlockedUsers, fishtest=fishtest),
        ],
        exception_handlers={
            403: accounts.forbidden,
            404: home.not_found,
            405: home.not_found,
            Refused: refused,
            BadCsrf: bad_csrf,
            Exception: crashed,
        },
    )
    app.state.fishtest = fishtest
    for router in (*views.ROUTERS, *api.ROUTERS, internal.router):
        app.include_router(router)
    return app


def one_of_several() -> bool:
    """Whether a server's supervisor started this process, or was asked to start more than one (spec domain §7)."""
    return multiprocessing.parent_process() is not None or os.environ.get("WEB_CONCURRENCY", "1") != "1"
