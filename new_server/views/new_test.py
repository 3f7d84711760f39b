"""The form of a new test."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.new_test import FAULTS
from new_server.http.boundary import Asked, Call
from new_server.http.csrf import check_csrf
from new_server.http.route import ANY, call_router
from new_server.http.templates import page
from new_server.http.ui_errors import redirect
from new_server.views.accounts import please_login

router = call_router()

SUBMITTED = "The test was submitted; it runs once an approver has agreed"


@router.api_route("/tests/run", methods=ANY)
def tests_run(call: Asked) -> Response:
    """The form, filled in from the run `id`; whatever is wrong with a POST, a fresh one says it."""
    check_csrf(call)
    if call.username is None:
        return please_login(call)
    if call.method == "POST":
        fields = dict(call.form)
        try:
            run_id = call.fishtest.new_test.submit(call.username, fields, warner(call))
        except FAULTS as fault:
            call.session.flash(str(fault), "error")
        else:
            call.session.flash(SUBMITTED)
            return redirect(call, f"/tests/view/{run_id}?follow=1")
    context = call.fishtest.new_test.page(call.username, call.query.get("id", ""))
    if context is None:
        raise HTTPException(404)
    return page(call, "tests_run", context)


def warner(call: Call) -> Callable[[str], None]:
    return lambda text: call.session.flash(text, "warning")
