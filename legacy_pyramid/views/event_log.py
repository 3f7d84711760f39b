"""What happened, newest first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain.documents import ACTION_FIELDS
from domain.event_log import PAGE_SIZE, Search, event_row, last_page, max_actions, straight_quotes
from domain.formatting import pagination
from domain.queries import page_number


@view_config(route_name="actions", renderer="actions.mak")
def actions(request: Request) -> Response | dict[str, Any]:
    """One page of what the parameters look for; beyond the end leads to the last page."""
    asked = search(request)
    limited = asked.limited(request.authenticated_userid is not None)
    page = page_number(request.params.get("page", ""))
    log = request.fishtest.event_log
    total = log.count(limited)
    if 0 < total <= (page - 1) * PAGE_SIZE:
        return HTTPFound(location=page_beyond(limited, total))
    query = "".join(f"&{name}={value}" for name, value in asked.fields().items())
    return {
        "actions": [event_row(action) for action in log.page(limited, page, total)],
        "pages": pagination(page, total, PAGE_SIZE, query),
        "approver": request.fishtest.users.is_approver(request.authenticated_userid),
        "search": asked,
        "kinds": sorted(ACTION_FIELDS),
        "usernames": request.fishtest.users.names(),
    }


def search(request: Request) -> Search:
    """What the parameters ask for. ValueError: ``before`` is no number."""
    params = request.params
    before = params.get("before")
    return Search(
        action=params.get("action", ""),
        user=params.get("user", ""),
        text=straight_quotes(params.get("text", "")),
        run_id=params.get("run_id", ""),
        before=float(before) if before else None,
        max_actions=max_actions(params.get("max_actions")),
    )


def page_beyond(limited: Search, total: int) -> str:
    """The last page, with the limit under which it is the last one."""
    return "/actions?" + urlencode({"page": last_page(total), "max_actions": total, **limited.fields()})
