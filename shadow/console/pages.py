"""The pages: the table of routes with the findings, and one finding with what can be done about it.

GET changes nothing; all text is escaped.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from shadow.console.api import desk, who
from shadow.console.render import page
from shadow.report.retried import notes

router = APIRouter()


@router.get("/")
async def overview(request: Request) -> Response:
    """Counts, routes and findings."""
    return page(request, "overview.html.j2", report=await run_in_threadpool(desk(request).report))


@router.get("/overview")
async def overview_fragment(request: Request) -> Response:
    """The part of the overview that renews itself."""
    return page(request, "_overview.html.j2", report=await run_in_threadpool(desk(request).report))


@router.get("/findings/{finding_id}")
async def finding(request: Request, finding_id: str) -> Response:
    """One finding with both answers side by side."""
    found = await run_in_threadpool(desk(request).finding, finding_id)
    return page(request, "finding.html.j2", finding=found, retried=None)


@router.post("/findings/{finding_id}/retry")
async def retry(request: Request, finding_id: str) -> Response:
    """The finding, and what both sides answer to its request now."""
    found = await run_in_threadpool(desk(request).finding, finding_id)
    retried = await desk(request).retry(finding_id, force=False)
    return page(request, "finding.html.j2", finding=found, retried={**retried, "notes": notes(retried, found)})


@router.post("/findings/{finding_id}/accept")
async def accept(request: Request, finding_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Sign a finding off, then show it again."""
    await run_in_threadpool(desk(request).accept, finding_id, who=who(request), reason=reason.strip())
    return RedirectResponse(f"/findings/{quote(finding_id, safe='')}", 303)


@router.get("/ledger")
async def ledger(request: Request) -> Response:
    """The audit trail."""
    return page(request, "ledger.html.j2", entries=await run_in_threadpool(desk(request).ledger, 200))
