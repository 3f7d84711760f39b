"""Pages that compute in the browser."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config


@view_config(route_name="sprt_calc", renderer="sprt_calc.mak")
def sprt_calc(request: Request) -> dict[str, Any]:
    return {}


@view_config(route_name="rate_limits", renderer="rate_limits.mak")
def rate_limits(request: Request) -> dict[str, Any]:
    return {}
