"""Networks: the list, and the upload."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from domain.formatting import pagination
from domain.nets import PAGE_SIZE
from domain.queries import page_number
from legacy_pyramid.views.accounts import please_login


@view_config(route_name="nn_upload", renderer="nn_upload.mak", require_csrf=True)
def upload(request: Request) -> Response | dict[str, Any]:
    """The form; a POST with a network's file leads to the list, one with anything else back to the form."""
    if request.authenticated_userid is None:
        return please_login(request)
    if request.method != "POST":
        return {}
    network = request.upload("network")
    faults = (
        request.fishtest.nets.upload(request.authenticated_userid, network.filename, network.file)
        if network is not None
        else ["Specify a network file with the 'Choose File' button"]
    )
    for fault in faults:
        request.session.flash(fault, "error")
    return {} if faults else HTTPFound(location=request.route_path("nns"))


@view_config(route_name="nns", renderer="nns.mak")
def nns(request: Request) -> dict[str, Any]:
    """Filters are pieces of regular expressions; whether only master nets are shown is the visitor's cookie."""
    filters = {name: request.params.get(name, "") for name in ("user", "network_name")}
    master_only = request.cookies.get("master_only") == "true"
    page = page_number(request.params.get("page", ""))
    found = request.fishtest.nets.page(page, **filters, master_only=master_only)
    query = "".join(f"&{name}={value}" for name, value in filters.items() if value)
    return {
        "nns": found["nns"],
        "pages": pagination(page, found["num_nns"], PAGE_SIZE, query),
        "master_only": master_only,
        **filters,
    }
