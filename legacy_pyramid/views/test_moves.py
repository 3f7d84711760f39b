"""What people do to a test: change, stop, approve, purge, delete. Whatever comes of it is told on the list of tests."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain.moves import Reply
from legacy_pyramid.views.accounts import please_login
from legacy_pyramid.views.home import to_tests


@view_config(route_name="tests_modify", request_method="POST", require_csrf=True)
def tests_modify(request: Request) -> Response:
    username = request.authenticated_userid
    if username is None:
        return please_login(request)
    return told(request, request.fishtest.moves.modify(request.POST["run"], username, request.POST))


@view_config(route_name="tests_stop", request_method="POST", require_csrf=True)
def tests_stop(request: Request) -> Response:
    username = request.authenticated_userid
    if username is None:
        return to_login(request, "Please login")
    if "run-id" not in request.POST:
        return to_tests(request)
    return told(request, request.fishtest.moves.stop(request.POST["run-id"], username))


@view_config(route_name="tests_approve", request_method="POST", require_csrf=True)
def tests_approve(request: Request) -> Response:
    username = request.authenticated_userid
    if username is None:
        return to_login(request)
    if not request.fishtest.users.is_approver(username):
        return to_login(request, "Please login as approver")
    return told(request, request.fishtest.moves.approve(request.POST["run-id"], username))


@view_config(route_name="tests_purge", request_method="POST", require_csrf=True)
def tests_purge(request: Request) -> Response:
    """Nobody has to be logged in to be told that it is not theirs."""
    run_id, username = request.POST["run-id"], request.authenticated_userid
    if not request.fishtest.moves.allowed(run_id, username):
        return to_login(request, "Please login as the submitter of the test or as an approver")
    return told(request, request.fishtest.moves.purge(run_id, username))


@view_config(route_name="tests_delete", request_method="POST", require_csrf=True)
def tests_delete(request: Request) -> Response:
    username = request.authenticated_userid
    if username is None:
        return to_login(request, "Please login")
    if "run-id" not in request.POST:
        return to_tests(request)
    return told(request, request.fishtest.moves.delete(request.POST["run-id"], username))


def told(request: Request, reply: Reply) -> Response:
    request.session.flash(reply.message, reply.queue)
    return to_tests(request)


def to_login(request: Request, message: str = "") -> Response:
    """Without the way back: these addresses take no GET."""
    if message:
        request.session.flash(message)
    return HTTPFound(location=request.route_path("login"))
