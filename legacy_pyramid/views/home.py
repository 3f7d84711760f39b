"""The way in, and what is not there."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import notfound_view_config, view_config


@notfound_view_config(renderer="notfound.mak")
def not_found(request: Request) -> dict[str, Any]:
    """Also for a method that a route does not take."""
    request.response.status_code = 404
    return {}


@view_config(route_name="home")
def home(request: Request) -> Response:
    return to_tests(request)


def to_tests(request: Request) -> Response:
    return HTTPFound(location=request.route_path("tests"))
