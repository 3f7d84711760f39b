"""Hooks for a handover: give up the in-process state, or take it up. For this machine only."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config, view_defaults

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@view_defaults(renderer="json", request_method="POST")
class Internal:
    """For everybody but a direct peer on the loopback these routes do not exist."""

    def __init__(self, request: Request) -> None:
        self.fishtest = request.fishtest
        if forwarded(request) or request.remote_addr not in LOOPBACK:
            raise HTTPNotFound()

    @view_config(route_name="internal_flush")
    def flush(self) -> dict[str, Any]:
        return {"ok": True, **self.fishtest.leave()}

    @view_config(route_name="internal_reload")
    def reload(self) -> dict[str, Any]:
        return {"ok": True, **self.fishtest.enter()}


def forwarded(request: Request) -> bool:
    """Whether a proxy stands between; its peer address says nothing then."""
    return any(name == "HTTP_FORWARDED" or name.startswith("HTTP_X_FORWARDED_") for name in request.environ)
