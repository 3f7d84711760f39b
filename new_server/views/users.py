"""Profiles, and the people who look after them."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain import profiles
from new_server.http.boundary import Asked, Call
from new_server.http.route import ANY, call_router
from new_server.http.templates import page
from new_server.views.accounts import please_login
from new_server.views.home import to_tests

router = call_router()


@router.api_route("/user", methods=ANY)
def profile(call: Asked) -> Response:
    return user_page(call, call.username)


@router.api_route("/user/{username}", methods=ANY)
def user(call: Asked, username: str) -> Response:
    return user_page(call, username)


def user_page(call: Call, username: str | None) -> Response:
    """One's own profile; for approvers everybody's page. A form that names a user changes the account."""
    visitor = call.username
    if visitor is None:
        return please_login(call)
    is_own = username == visitor
    if not is_own and not call.fishtest.users.is_approver(visitor):
        call.session.flash("Only approvers can look at other users", "error")
        return to_tests(call)
    context = call.fishtest.profiles.page(username)
    if context is None:
        raise HTTPException(404)
    if "user" not in call.form:
        return page(call, "user", {**context, "profile": is_own})
    if is_own:
        change_own(call, visitor)
    else:
        change_other(call, username, visitor)
    return to_tests(call)


def change_own(call: Call, username: str) -> None:
    """Query values win over those of the form, as they always did."""
    form = {name: call.param(name, "") for name in profiles.FIELDS}
    fault = call.fishtest.profiles.change(username, form)
    if fault:
        call.session.flash(fault, "error")
    else:
        call.session.flash("Your profile is stored")


def change_other(call: Call, username: str, approver: str) -> None:
    """What an approver decides about somebody else."""
    form = {name: call.form.get(name, "") for name in ("blocked", "pending")}
    blocked = profiles.switch(form["blocked"])
    if blocked is not None:
        call.fishtest.profiles.block(username, approver, blocked=blocked)
        call.session.flash(f"{'Blocked' if blocked else 'Unblocked'} user {username}")
    elif "pending" in call.form:
        call.fishtest.profiles.decide(username, approver, accept=form["pending"] == "0")


@router.api_route("/user_management", methods=ANY)
def user_management(call: Asked) -> Response:
    if not call.fishtest.users.is_approver(call.username):
        call.session.flash("Only approvers can manage users", "error")
        return to_tests(call)
    return page(call, "user_management", {"users": call.fishtest.profiles.overview()})
