"""The page of one unit: what each move would do now, and the buttons that do it. Freeze and unfreeze, too.

A page shows dry runs only, which change nothing and call no hook; a button's move asks the gate again. What goes
against the gate is for the command line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from shadow.console.api import desk, who
from shadow.console.render import page
from shadow.errors import NotFound, PromotionRefused

router = APIRouter()
Text = Annotated[str, Form()]
# The next step of the ramp, and the end of it.
_OFFERS = ("canary", "promoted")


@router.get("/units/{name:path}")
async def unit(request: Request, name: str, share: Annotated[int, Query(ge=0, le=99)] = 0) -> Response:
    """A route or group with the moves that it may make; `share` asks about this per cent of the clients."""
    return await _unit(request, name, (f"canary:{share}",) if share else _OFFERS)


@router.post("/units/{name:path}/promote")
async def promote(request: Request, name: str, to: Text = "promoted", reason: Text = "") -> Response:
    """Move a route or group forward, as far as the gate is ready."""
    move = desk(request).promote(name, to=to, force=False, reason=reason.strip(), who=who(request), dry_run=False)
    return await _moved(request, name, move)


@router.post("/units/{name:path}/rollback")
async def rollback(request: Request, name: str, reason: Text = "", force: Annotated[bool, Form()] = False) -> Response:
    """Take a route or group back to `shadow`."""
    move = desk(request).rollback(name, reason=reason.strip(), who=who(request), force=force, dry_run=False)
    return await _moved(request, name, move)


@router.post("/units/{name:path}/hold")
async def hold(request: Request, name: str, reason: Text = "") -> Response:
    """Allow no promotion until the hold is cleared."""
    move = run_in_threadpool(desk(request).hold, name, reason=reason.strip(), who=who(request))
    return await _moved(request, name, move)


@router.post("/units/{name:path}/release")
async def release(request: Request, name: str, reason: Text = "") -> Response:
    """Clear a hold."""
    return await _moved(request, name, desk(request).release(name, reason=reason.strip(), who=who(request)))


@router.post("/freeze")
async def freeze(request: Request, reason: Text = "") -> Response:
    """Let nothing move forward."""
    await desk(request).freeze(reason=reason.strip(), who=who(request))
    return RedirectResponse("/", 303)


@router.post("/unfreeze")
async def unfreeze(request: Request, reason: Text = "") -> Response:
    """Let routes and groups move forward again."""
    await desk(request).unfreeze(reason=reason.strip(), who=who(request))
    return RedirectResponse("/", 303)


async def _moved(request: Request, name: str, move: Awaitable[dict[str, Any]]) -> Response:
    """The unit after its move, with what there is to say about it; where nothing is, a page that may be renewed."""
    try:
        told = (await move).get("note", "")
    except PromotionRefused as refused:
        return await _unit(request, name, _OFFERS, told=str(refused), status=409)
    if told:
        return await _unit(request, name, _OFFERS, told=told)
    return RedirectResponse(f"/units/{quote(name)}", 303)


async def _unit(request: Request, name: str, offers: Sequence[str], *, told: str = "", status: int = 200) -> Response:
    report = await run_in_threadpool(desk(request).report)
    routes = [route for route in report["routes"] if name == (route["group"] or route["name"])]
    if not routes:
        raise NotFound(f"there is no route or group {name!r}")
    forward = [] if routes[0]["stage"] == "promoted" else [await _promotion(request, name, to) for to in offers]
    back = await _would(desk(request).rollback(name, reason="", who=who(request), force=False, dry_run=True))
    return page(request, "unit.html.j2", status=status, name=name, routes=routes, forward=forward, back=back, told=told)


async def _promotion(request: Request, name: str, to: str) -> dict[str, Any]:
    move = desk(request).promote(name, to=to, force=False, reason="", who=who(request), dry_run=True)
    return {"to": to, **await _would(move)}


async def _would(move: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """What a dry run tells: the plan, or why there is none."""
    try:
        return {"plan": await move, "refused": ""}
    except PromotionRefused as refused:
        return {"plan": None, "refused": str(refused)}
