"""Hooks for a handover: give up the in-process state, or take it up. For the machine itself only."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from new_server.http.boundary import Asked, Call
from new_server.http.errors import json_answer

router = APIRouter(prefix="/internal")

_LOOPBACK = ("127.0.0.1", "::1")


def _direct(call: Asked) -> Call:
    """Nobody may come through a proxy: for them the hooks do not exist."""
    forwarded = any(name == "forwarded" or name.startswith("x-forwarded-") for name in call.headers)
    if forwarded or call.remote_addr not in _LOOPBACK:
        raise HTTPException(404)
    return call


Direct = Annotated[Call, Depends(_direct)]


@router.post("/flush")
def flush(call: Direct) -> Response:
    return json_answer({"ok": True, **call.fishtest.leave()})


@router.post("/reload")
def reload(call: Direct) -> Response:
    return json_answer({"ok": True, **call.fishtest.enter()})
