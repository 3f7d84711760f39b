"""Log in and out, sign up."""

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from domain import sign_up
from new_server.http.boundary import Asked, Call
from new_server.http.csrf import check_csrf
from new_server.http.route import call_router
from new_server.http.templates import page
from new_server.http.ui_errors import redirect
from new_server.views.home import to_tests

router = call_router()

# Seconds for which a browser keeps the ticket of a user who asks to stay logged in.
REMEMBERED = 60 * 60 * 24 * 365

MANUAL_APPROVAL = " - a person approves every new account, to keep spam out. Please try again in a few hours."


async def forbidden(request: Request, _: Exception) -> Response:
    """For a 403, should anything ever raise one. Not a handler, so it goes to the threads by itself."""
    return await run_in_threadpool(login, request.scope["call"])


@router.api_route("/login", methods=["GET", "HEAD", "POST"])
def login(call: Asked) -> Response:
    """The form; a POST with the right password leads on to the page that sent the user here."""
    check_csrf(call)
    if call.username:
        return to_tests(call)
    if call.method != "POST":
        return page(call, "login")
    found = call.fishtest.users.login(call.form.get("username"), call.form.get("password"))
    if "error" in found:
        call.session.flash(explained(found["error"]), "error")
        return page(call, "login")
    max_age = REMEMBERED if call.form.get("stay_logged_in") else None
    return redirect(call, next_page(call), [call.remember(found["username"], max_age)])


def explained(error: str) -> str:
    return error + MANUAL_APPROVAL if error.startswith("Account pending") else error


def next_page(call: Call) -> str:
    """Where a login leads: `next`, else `came_from`, else this address; foreign hosts too, as it always was."""
    here = "/" if call.url == f"{call.host_url}/login" else call.url
    return call.param("next") or call.param("came_from", here) or ""


def please_login(call: Call) -> Response:
    """For a page that only users see: to the login form, and from there back here."""
    call.session.flash("Please login")
    return redirect(call, f"/login?next={quote(call.path_and_query, safe='')}")


@router.post("/logout")
def logout(call: Asked) -> Response:
    check_csrf(call)
    call.session.invalidate()
    return redirect(call, "/tests", [call.forget()])


@router.api_route("/signup", methods=["GET", "HEAD", "POST"])
def signup(call: Asked) -> Response:
    """The form; a POST without a fault makes an account that waits for an approver."""
    check_csrf(call)
    if call.username:
        return to_tests(call)
    context = {"captcha_site_key": call.fishtest.settings.captcha_site_key}
    if call.method != "POST":
        return page(call, "signup", context)
    faults = call.fishtest.sign_up.register({name: call.form.get(name, "") for name in sign_up.FIELDS})
    for fault in faults:
        call.session.flash(fault, "error")
    if faults:
        return page(call, "signup", context)
    call.session.flash(f"Account created{MANUAL_APPROVAL}")
    return redirect(call, "/login")
