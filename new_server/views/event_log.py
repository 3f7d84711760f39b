"""What happened, newest first."""

from urllib.parse import urlencode

from starlette.responses import Response

from domain.documents import ACTION_FIELDS
from domain.event_log import PAGE_SIZE, Search, event_row, last_page, max_actions, straight_quotes
from domain.formatting import pagination
from domain.queries import page_number
from new_server.http.boundary import Asked, Call
from new_server.http.route import ANY, call_router
from new_server.http.templates import page as full_page
from new_server.http.ui_errors import redirect

router = call_router()


@router.api_route("/actions", methods=ANY)
def actions(call: Asked) -> Response:
    """One page of what the parameters look for; beyond the end leads to the last page."""
    asked = search(call)
    limited = asked.limited(call.username is not None)
    page = page_number(call.param("page", ""))
    log = call.fishtest.event_log
    total = log.count(limited)
    if 0 < total <= (page - 1) * PAGE_SIZE:
        return redirect(call, page_beyond(limited, total))
    query = "".join(f"&{name}={value}" for name, value in asked.fields().items())
    context = {
        "actions": [event_row(action) for action in log.page(limited, page, total)],
        "pages": pagination(page, total, PAGE_SIZE, query),
        "approver": call.fishtest.users.is_approver(call.username),
        "search": asked,
        "kinds": sorted(ACTION_FIELDS),
        "usernames": call.fishtest.users.names(),
    }
    return full_page(call, "actions", context)


def search(call: Call) -> Search:
    """What the parameters ask for. ValueError: `before` is no number."""
    before = call.param("before")
    return Search(
        action=call.param("action") or "",
        user=call.param("user") or "",
        text=straight_quotes(call.param("text") or ""),
        run_id=call.param("run_id") or "",
        before=float(before) if before else None,
        max_actions=max_actions(call.param("max_actions")),
    )


def page_beyond(limited: Search, total: int) -> str:
    """The last page, with the limit under which it is the last one."""
    return "/actions?" + urlencode({"page": last_page(total), "max_actions": total, **limited.fields()})
