"""Who gave how much."""

from starlette.responses import Response

from new_server.http.boundary import Asked, Call
from new_server.http.route import ANY, call_router
from new_server.http.templates import page

router = call_router()


@router.api_route("/contributors", methods=ANY)
def contributors(call: Asked) -> Response:
    return contributors_page(call, monthly=False)


@router.api_route("/contributors/monthly", methods=ANY)
def contributors_monthly(call: Asked) -> Response:
    return contributors_page(call, monthly=True)


def contributors_page(call: Call, *, monthly: bool) -> Response:
    context = {
        **call.fishtest.contributors.page(monthly=monthly),
        "monthly": monthly,
        "approver": call.fishtest.users.is_approver(call.username),
        "now": call.fishtest.clock.now(),
    }
    return page(call, "contributors", context)
