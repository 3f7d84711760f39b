"""Profiles, and the people who look after them."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain import profiles
from legacy_pyramid.views.accounts import please_login
from legacy_pyramid.views.home import to_tests

Answer = Response | dict[str, Any]


@view_config(route_name="profile", renderer="user.mak")
def profile(request: Request) -> Answer:
    return user_page(request, request.authenticated_userid)


@view_config(route_name="user", renderer="user.mak")
def user(request: Request) -> Answer:
    return user_page(request, request.matchdict["username"])


def user_page(request: Request, username: str | None) -> Answer:
    """One's own profile; for approvers everybody's page. A form that names a user changes the account."""
    visitor = request.authenticated_userid
    if visitor is None:
        return please_login(request)
    is_own = username == visitor
    if not is_own and not request.fishtest.users.is_approver(visitor):
        request.session.flash("Only approvers can look at other users", "error")
        return to_tests(request)
    context = request.fishtest.profiles.page(username)
    if context is None:
        raise HTTPNotFound()
    if "user" not in request.POST:
        return {**context, "profile": is_own}
    if is_own:
        change_own(request, visitor)
    else:
        change_other(request, username, visitor)
    return to_tests(request)


def change_own(request: Request, username: str) -> None:
    """Query values win over those of the form, as they always did."""
    form = {name: request.params.get(name, "") for name in profiles.FIELDS}
    fault = request.fishtest.profiles.change(username, form)
    if fault:
        request.session.flash(fault, "error")
    else:
        request.session.flash("Your profile is stored")


def change_other(request: Request, username: str, approver: str) -> None:
    """What an approver decides about somebody else."""
    form = {name: request.POST.get(name, "") for name in ("blocked", "pending")}
    blocked = profiles.switch(form["blocked"])
    if blocked is not None:
        request.fishtest.profiles.block(username, approver, blocked=blocked)
        request.session.flash(f"{'Blocked' if blocked else 'Unblocked'} user {username}")
    elif "pending" in request.POST:
        request.fishtest.profiles.decide(username, approver, accept=form["pending"] == "0")


@view_config(route_name="user_management", renderer="user_management.mak")
def user_management(request: Request) -> Answer:
    if not request.fishtest.users.is_approver(request.authenticated_userid):
        request.session.flash("Only approvers can manage users", "error")
        return to_tests(request)
    return {"users": request.fishtest.profiles.overview()}
