"""The pages: the table of routes with the findings, and one finding with what can be done about it.

GET changes nothing; all text is escaped.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shadow.console.api import WHO, desk
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
    found = await run_in_threadpool(desk(request).finding, finding_id)
    return _page("finding.html.j2", finding=found, retried=None)


@router.post("/findings/{finding_id}/retry")
async def retry(request: Request, finding_id: str) -> Response:
    """The finding, and what both sides answer to its request now."""
    retried = await desk(request).retry(finding_id, force=False)
    found = await run_in_threadpool(desk(request).finding, finding_id)
    return _page("finding.html.j2", finding=found, retried=retried)


@router.post("/findings/{finding_id}/accept")
async def accept(request: Request, finding_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Sign a finding off, then show it again."""
    await run_in_threadpool(desk(request).accept, finding_id, who=WHO, reason=reason.strip())
    return RedirectResponse(f"/findings/{quote(finding_id, safe='')}", 303)


@router.get("/ledger")
async def ledger(request: Request) -> Response:
    """The audit trail."""
    return _page("ledger.html.j2", entries=await run_in_threadpool(desk(request).ledger, 200))


def _page(name: str, **context: Any) -> HTMLResponse:
    return HTMLResponse(_environment.get_template(name).render(**context))
