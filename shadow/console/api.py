"""The admin API: the same functions as the pages and the command line, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shadow.console.desk import Desk
from shadow.report import as_json
from shadow.report.retried import notes

router = APIRouter(prefix="/api")
Text = Annotated[str, Body()]
Flag = Annotated[bool, Body()]


def desk(request: Request) -> Desk:
    """The desk of this console."""
    found: Desk = request.app.state.desk
    return found


def who(request: Request) -> str:
    """The operator who asks, as the ledger has it; access.py found out."""
    return str(request.state.who)


@router.get("/report")
async def report(request: Request) -> Response:
    """The report of this moment: contract of design 13."""
    found = await run_in_threadpool(desk(request).report)
    return Response(as_json.render(found), media_type="application/json")


@router.get("/findings/{finding_id}")
async def finding(request: Request, finding_id: str) -> dict[str, Any]:
    """One finding."""
    return await run_in_threadpool(desk(request).finding, finding_id)


@router.get("/ledger")
async def ledger(request: Request, limit: int = 100) -> list[dict[str, Any]]:
    """The audit trail, newest first."""
    return await run_in_threadpool(desk(request).ledger, min(max(limit, 1), 1000))


@router.post("/accept")
async def accept(request: Request, finding: Text, reason: Text) -> dict[str, Any]:
    """Sign a finding off in the store; `shadow findings accept` writes the rule as well."""
    return await run_in_threadpool(desk(request).accept, finding, who=who(request), reason=reason)


@router.post("/retry")
async def retry(request: Request, finding: Annotated[str, Body()], force: Flag = False) -> dict[str, Any]:
    """Send a finding's request to both sides now; a write only with `force`."""
    then = await run_in_threadpool(desk(request).finding, finding)
    retried = await desk(request).retry(finding, force=force)
    return {**retried, "notes": notes(retried, then)}


@router.post("/promote")
async def promote(
    request: Request,
    name: Text,
    to: Text = "promoted",
    force: Flag = False,
    reason: Text = "",
    dry_run: Flag = False,
) -> dict[str, Any]:
    """Move a route or group forward, `to` promoted or canary:5; 409 with the reasons when the gate refuses."""
    return await desk(request).promote(name, to=to, force=force, reason=reason, who=who(request), dry_run=dry_run)


@router.post("/rollback")
async def rollback(
    request: Request, name: Text, force: Flag = False, reason: Text = "", dry_run: Flag = False
) -> dict[str, Any]:
    """Take a route or group back to `shadow`, and leave a hold; `force` does not wait for a dead candidate."""
    return await desk(request).rollback(name, reason=reason, who=who(request), force=force, dry_run=dry_run)


@router.post("/freeze")
async def freeze(request: Request, reason: Annotated[str, Body(embed=True)]) -> dict[str, Any]:
    """Let nothing move forward; rollbacks go on."""
    return await desk(request).freeze(reason=reason, who=who(request))


@router.post("/unfreeze")
async def unfreeze(request: Request, reason: Annotated[str, Body(embed=True)] = "") -> dict[str, Any]:
    """Let routes and groups move forward again."""
    return await desk(request).unfreeze(reason=reason, who=who(request))


@router.post("/hold")
async def hold(request: Request, name: Text, reason: Text) -> dict[str, Any]:
    """Allow no promotion of a route or group until `release`."""
    return await run_in_threadpool(desk(request).hold, name, reason=reason, who=who(request))


@router.post("/release")
async def release(request: Request, name: Text, reason: Text = "") -> dict[str, Any]:
    """Clear a hold."""
    return await desk(request).release(name, reason=reason, who=who(request))
