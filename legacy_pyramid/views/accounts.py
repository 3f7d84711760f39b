"""Log in and out, sign up."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import forget, remember
from pyramid.view import forbidden_view_config, view_config

from domain import sign_up
from legacy_pyramid.views.home import to_tests

# Seconds for which a browser keeps the ticket of a user who asks to stay logged in.
REMEMBERED = 60 * 60 * 24 * 365

MANUAL_APPROVAL = " - a person approves every new account, to keep spam out. Please try again in a few hours."


@view_config(route_name="login", renderer="login.mak", request_method=("GET", "POST"), require_csrf=True)
@forbidden_view_config(renderer="login.mak")
def login(request: Request) -> Response | dict[str, Any]:
    """The form; a POST with the right password leads on to the page that sent the user here."""
    if request.authenticated_userid:
        return to_tests(request)
    if request.method != "POST":
        return {}
    username = request.POST.get("username")
    found = request.fishtest.users.login(username, request.POST.get("password"))
    if "error" in found:
        request.session.flash(explained(found["error"]), "error")
        return {}
    max_age = REMEMBERED if request.POST.get("stay_logged_in") else None
    return HTTPFound(location=next_page(request), headers=remember(request, username, max_age=max_age))


def explained(error: str) -> str:
    return error + MANUAL_APPROVAL if error.startswith("Account pending") else error


def next_page(request: Request) -> str:
    """Where a login leads: ``next``, else ``came_from``, else this address; foreign hosts too, as it always was."""
    here = "/" if request.url == request.route_url("login") else request.url
    return request.params.get("next") or request.params.get("came_from", here)


def please_login(request: Request) -> Response:
    """For a page that only users see: to the login form, and from there back here."""
    request.session.flash("Please login")
    return HTTPFound(location=f"/login?next={quote(request.path_qs, safe='')}")


@view_config(route_name="logout", request_method="POST", require_csrf=True)
def logout(request: Request) -> Response:
    request.session.invalidate()
    return HTTPFound(location=request.route_path("tests"), headers=forget(request))


@view_config(route_name="signup", renderer="signup.mak", request_method=("GET", "POST"), require_csrf=True)
def signup(request: Request) -> Response | dict[str, Any]:
    """The form; a POST without a fault makes an account that waits for an approver."""
    if request.authenticated_userid:
        return to_tests(request)
    context = {"captcha_site_key": request.fishtest.settings.captcha_site_key}
    if request.method != "POST":
        return context
    faults = request.fishtest.sign_up.register({name: request.POST.get(name, "") for name in sign_up.FIELDS})
    for fault in faults:
        request.session.flash(fault, "error")
    if faults:
        return context
    request.session.flash(f"Account created{MANUAL_APPROVAL}")
    return HTTPFound(location=request.route_path("login"))
