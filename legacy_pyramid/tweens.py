"""What happens around every request, pages, files and API alike."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.httpexceptions import HTTPFound, HTTPServiceUnavailable
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import forget

Handler = Callable[[Request], Response]


def build_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Say in every answer which build gave it (server.py says it in those that waitress makes)."""
    build = registry.fishtest.settings.build
    if not build:
        return handler

    def build_tween(request: Request) -> Response:
        response = handler(request)
        response.headers["X-Build"] = build
        return response

    return build_tween


def address_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Tell the domain under which address clients see it."""

    def address_tween(request: Request) -> Response:
        registry.fishtest.seen_at(request.host_url)
        return handler(request)

    return address_tween


def shutdown_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Refuse new work once the server is on its way out."""

    def shutdown_tween(request: Request) -> Response:
        if registry.fishtest.shutting_down:
            return HTTPServiceUnavailable()
        return handler(request)

    return shutdown_tween


def blocked_user_tween_factory(handler: Handler, registry: Registry) -> Handler:
    """Log a blocked user out on the next request of any kind (spec ui §3)."""

    def blocked_user_tween(request: Request) -> Response:
        username = request.authenticated_userid
        if username is not None and registry.fishtest.users.is_blocked(username):
            request.session.invalidate()
            return HTTPFound(location=request.route_path("tests"), headers=forget(request))
        return handler(request)

    return blocked_user_tween
