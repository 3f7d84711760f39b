"""Builds the console from what it shows (a report) and what it can do (the moves)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from shadow.console import api, move_pages, pages
from shadow.console.access import Access, refuse
from shadow.console.desk import Desk
from shadow.console.operators import Operators
from shadow.errors import NotFound, PromotionRefused, ShadowError, StoreError
from shadow.units import Address

_STATIC = Path(__file__).parent / "static"


def create_console(desk: Desk, listen: Address, operators: Operators) -> FastAPI:
    """The ASGI application of the console."""
    app = FastAPI(openapi_url=None)
    app.state.desk = desk
    app.middleware("http")(Access(listen, operators))
    app.mount("/static", StaticFiles(directory=_STATIC))
    app.include_router(pages.router)
    app.include_router(move_pages.router)
    app.include_router(api.router)
    app.add_exception_handler(PromotionRefused, _told(409))
    app.add_exception_handler(NotFound, _told(404))
    app.add_exception_handler(StoreError, _told(503))
    app.add_exception_handler(ShadowError, _told(400))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def _told(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        return refuse(request, status, str(error))

    return answer


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return JSONResponse({"error": "unexpected"}, 500)
    return refuse(request, error.status_code, str(error.detail))


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return JSONResponse({"error": "unexpected"}, 500)
    told = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
    return refuse(request, 422, told)
