"""Who gave how much."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config


@view_config(route_name="contributors", renderer="contributors.mak")
def contributors(request: Request) -> dict[str, Any]:
    return contributors_page(request, monthly=False)


@view_config(route_name="contributors_monthly", renderer="contributors.mak")
def contributors_monthly(request: Request) -> dict[str, Any]:
    return contributors_page(request, monthly=True)


def contributors_page(request: Request, *, monthly: bool) -> dict[str, Any]:
    return {
        **request.fishtest.contributors.page(monthly=monthly),
        "monthly": monthly,
        "approver": request.fishtest.users.is_approver(request.authenticated_userid),
        "now": request.fishtest.clock.now(),
    }
