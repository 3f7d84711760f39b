"""Machines that are kept out."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain.blocked_workers import name_fault
from domain.workers import MAX_REASON
from legacy_pyramid.views.accounts import please_login


@view_config(route_name="workers", renderer="workers.mak", require_csrf=True)
def workers(request: Request) -> Response | dict[str, Any]:
    """The blocked ones; for a worker's owner and for approvers also the form that blocks it."""
    worker_name = request.matchdict["worker_name"]
    if worker_name == "show":
        return listing(request)
    if fault := name_fault(worker_name):
        request.session.flash(fault, "error")
        return listing(request)
    visitor = request.authenticated_userid
    if visitor is None:
        return please_login(request)
    if not request.fishtest.blocked_workers.may_change(worker_name, visitor):
        request.session.flash("Only owners and approvers can block or unblock a worker", "error")
        return listing(request)
    if request.method != "POST":
        worker = request.fishtest.blocked_workers.form(worker_name)
        return {**listing(request), "worker": {"worker_name": worker_name, **worker}}
    if request.POST.get("submit") == "Submit":
        decide(request, worker_name, visitor)
    return HTTPFound(location=request.route_path("workers", worker_name="show"))


def listing(request: Request) -> dict[str, Any]:
    """The page without a form."""
    approver = request.fishtest.users.is_approver(request.authenticated_userid)
    return {
        "worker": None,
        "blocked_workers": request.fishtest.blocked_workers.listing(with_owners=approver),
        "approver": approver,
        "now": request.fishtest.clock.now(),
    }


def decide(request: Request, worker_name: str, username: str) -> None:
    message = request.POST.get("message", "")
    if len(message) > MAX_REASON:
        request.session.flash(f"Your description of the issue was cut to {MAX_REASON} characters", "error")
    blocked = "blocked" in request.POST
    if request.fishtest.blocked_workers.decide(worker_name, username, blocked=blocked, message=message):
        request.session.flash(f"Worker {worker_name} {'blocked' if blocked else 'unblocked'}!")
