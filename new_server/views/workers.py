"""Machines that are kept out."""

from typing import Any

from starlette.responses import Response

from domain.blocked_workers import name_fault
from domain.workers import MAX_REASON
from new_server.http.boundary import Asked, Call
from new_server.http.csrf import check_csrf
from new_server.http.route import ANY, call_router
from new_server.http.templates import page
from new_server.http.ui_errors import redirect
from new_server.views.accounts import please_login

router = call_router()


@router.api_route("/workers/{worker_name}", methods=ANY)
def workers(call: Asked, worker_name: str) -> Response:
    """The blocked ones; for a worker's owner and for approvers also the form that blocks it."""
    check_csrf(call)
    if worker_name == "show":
        return page(call, "workers", listing(call))
    if fault := name_fault(worker_name):
        call.session.flash(fault, "error")
        return page(call, "workers", listing(call))
    visitor = call.username
    if visitor is None:
        return please_login(call)
    if not call.fishtest.blocked_workers.may_change(worker_name, visitor):
        call.session.flash("Only owners and approvers can block or unblock a worker", "error")
        return page(call, "workers", listing(call))
    if call.method != "POST":
        worker = call.fishtest.blocked_workers.form(worker_name)
        return page(call, "workers", {**listing(call), "worker": {"worker_name": worker_name, **worker}})
    if call.form.get("submit") == "Submit":
        decide(call, worker_name, visitor)
    return redirect(call, "/workers/show")


def listing(call: Call) -> dict[str, Any]:
    """The page without a form."""
    approver = call.fishtest.users.is_approver(call.username)
    return {
        "worker": None,
        "blocked_workers": call.fishtest.blocked_workers.listing(with_owners=approver),
        "approver": approver,
        "now": call.fishtest.clock.now(),
    }


def decide(call: Call, worker_name: str, username: str) -> None:
    message = call.form.get("message", "")
    if len(message) > MAX_REASON:
        call.session.flash(f"Your description of the issue was cut to {MAX_REASON} characters", "error")
    blocked = "blocked" in call.form
    if call.fishtest.blocked_workers.decide(worker_name, username, blocked=blocked, message=message):
        call.session.flash(f"Worker {worker_name} {'blocked' if blocked else 'unblocked'}!")
