"""The pages: the table of routes with the findings, and one finding. GET changes nothing; all text is escaped."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from shadow.console.api import desk
from shadow.report.harmless import plain

router = APIRouter()
_environment = Environment(
    loader=PackageLoader("shadow.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["plain"] = lambda value: plain(str(value))


@router.get("/")
async def overview(request: Request) -> Response:
    """Counts, routes and findings."""
    return _page("overview.html.j2", report=await run_in_threadpool(desk(request).report))


@router.get("/overview")
async def overview_fragment(request: Request) -> Response:
    """The part of the overview that renews itself."""
    return _page("_overview.html.j2", report=await run_in_threadpool(desk(request).report))


@router.get("/findings/{finding_id}")
async def finding(request: Request, finding_id: str) -> Response:
    """One finding with both answers side by side."""
    return _page("finding.html.j2", finding=await run_in_threadpool(desk(request).finding, finding_id))


@router.get("/ledger")
async def ledger(request: Request) -> Response:
    """The audit trail."""
    return _page("ledger.html.j2", entries=await run_in_threadpool(desk(request).ledger, 200))


def _page(name: str, **context: Any) -> HTMLResponse:
    return HTMLResponse(_environment.get_template(name).render(**context))
