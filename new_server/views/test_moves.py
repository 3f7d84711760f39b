"""What people do to a test: change, stop, approve, purge, delete. Whatever comes of it is told on the list of tests."""

from starlette.responses import Response

from domain.moves import Reply
from new_server.http.boundary import Asked, Call
from new_server.http.csrf import check_csrf
from new_server.http.route import call_router
from new_server.http.ui_errors import redirect
from new_server.views.accounts import please_login
from new_server.views.home import to_tests

router = call_router()


@router.post("/tests/modify")
def tests_modify(call: Asked) -> Response:
    check_csrf(call)
    if call.username is None:
        return please_login(call)
    return told(call, call.fishtest.moves.modify(call.form["run"], call.username, call.form))


@router.post("/tests/stop")
def tests_stop(call: Asked) -> Response:
    check_csrf(call)
    if call.username is None:
        return to_login(call, "Please login")
    if "run-id" not in call.form:
        return to_tests(call)
    return told(call, call.fishtest.moves.stop(call.form["run-id"], call.username))


@router.post("/tests/approve")
def tests_approve(call: Asked) -> Response:
    check_csrf(call)
    if call.username is None:
        return to_login(call)
    if not call.fishtest.users.is_approver(call.username):
        return to_login(call, "Please login as approver")
    return told(call, call.fishtest.moves.approve(call.form["run-id"], call.username))


@router.post("/tests/purge")
def tests_purge(call: Asked) -> Response:
    """Nobody has to be logged in to be told that it is not theirs."""
    check_csrf(call)
    run_id, username = call.form["run-id"], call.username
    if not call.fishtest.moves.allowed(run_id, username):
        return to_login(call, "Please login as the submitter of the test or as an approver")
    return told(call, call.fishtest.moves.purge(run_id, username))


@router.post("/tests/delete")
def tests_delete(call: Asked) -> Response:
    check_csrf(call)
    if call.username is None:
        return to_login(call, "Please login")
    if "run-id" not in call.form:
        return to_tests(call)
    return told(call, call.fishtest.moves.delete(call.form["run-id"], call.username))


def told(call: Call, reply: Reply) -> Response:
    call.session.flash(reply.message, reply.queue)
    return to_tests(call)


def to_login(call: Call, message: str = "") -> Response:
    """Without the way back: these addresses take no GET."""
    if message:
        call.session.flash(message)
    return redirect(call, "/login")
