"""Networks: the list, and the upload."""

from starlette.responses import Response

from domain.formatting import pagination
from domain.nets import PAGE_SIZE
from domain.queries import page_number
from new_server.http.boundary import Asked
from new_server.http.csrf import check_csrf
from new_server.http.route import ANY, call_router
from new_server.http.templates import page as full_page
from new_server.http.ui_errors import redirect
from new_server.views.accounts import please_login

router = call_router()


@router.api_route("/upload", methods=ANY)
def upload(call: Asked) -> Response:
    """The form; a POST with a network's file leads to the list, one with anything else back to the form."""
    check_csrf(call)
    if call.username is None:
        return please_login(call)
    if call.method != "POST":
        return full_page(call, "nn_upload")
    network = call.upload("network")
    faults = (
        call.fishtest.nets.upload(call.username, network.filename, network.file)
        if network is not None
        else ["Specify a network file with the 'Choose File' button"]
    )
    for fault in faults:
        call.session.flash(fault, "error")
    return full_page(call, "nn_upload") if faults else redirect(call, "/nns")


@router.api_route("/nns", methods=ANY)
def nns(call: Asked) -> Response:
    """Filters are pieces of regular expressions; whether only master nets are shown is the visitor's cookie."""
    filters = {name: call.param(name) or "" for name in ("user", "network_name")}
    master_only = call.cookies.get("master_only") == "true"
    page = page_number(call.param("page", ""))
    found = call.fishtest.nets.page(page, filters["user"], filters["network_name"], master_only)
    query = "".join(f"&{name}={value}" for name, value in filters.items() if value)
    context = {
        "nns": found["nns"],
        "pages": pagination(page, found["num_nns"], PAGE_SIZE, query),
        "master_only": master_only,
        **filters,
    }
    return full_page(call, "nns", context)
