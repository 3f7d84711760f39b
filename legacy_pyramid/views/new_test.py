"""The form of a new test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain.new_test import FAULTS
from legacy_pyramid.views.accounts import please_login

SUBMITTED = "The test was submitted; it runs once an approver has agreed"


@view_config(route_name="tests_run", renderer="tests_run.mak", require_csrf=True)
def tests_run(request: Request) -> Response | dict[str, Any]:
    """The form, filled in from the run ``id``; whatever is wrong with a POST, a fresh one says it."""
    username = request.authenticated_userid
    if username is None:
        return please_login(request)
    if request.method == "POST":
        fields = dict(request.POST)
        try:
            run_id = request.fishtest.new_test.submit(username, fields, warner(request))
        except FAULTS as fault:
            request.session.flash(str(fault), "error")
        else:
            request.session.flash(SUBMITTED)
            return HTTPFound(location=request.route_path("tests_view", id=run_id, _query={"follow": "1"}))
    context = request.fishtest.new_test.page(username, request.GET.get("id", ""))
    if context is None:
        raise HTTPNotFound()
    return context


def warner(request: Request) -> Callable[[str], None]:
    return lambda text: request.session.flash(text, "warning")
