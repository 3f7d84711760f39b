"""The legacy application: Pyramid and Mako over the shared domain, as `spec/` describes it."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.router import Router
from pyramid.session import SignedCookieSessionFactory

from domain.server import Fishtest
from domain.settings import Settings
from legacy_pyramid import layout, static
from legacy_pyramid.forms import FormRequest
from legacy_pyramid.routes import add_routes
from legacy_pyramid.security import TicketPolicy

# Public knowledge (spec ui §1): the signature guards the session against accidents, not against forgers.
SESSION_SECRET = "fishtest"  # noqa: S105


def main(settings: Settings) -> Router:
    """The WSGI application over its own domain layer, which whoever serves it starts and stops.

    The domain is at ``registry.fishtest`` and, in a view, at ``request.fishtest``.
    """
    config = Configurator(
        settings={"mako.directories": "legacy_pyramid:templates"},
        request_factory=FormRequest,
        session_factory=SignedCookieSessionFactory(SESSION_SECRET),
        security_policy=TicketPolicy(settings.authentication_secret),
    )
    config.registry.fishtest = Fishtest(settings)
    config.add_request_method(_fishtest, "fishtest", reify=True)
    config.include("pyramid_mako")
    config.include(layout)
    config.include(static)
    # The last one added is the outermost.
    config.add_tween("legacy_pyramid.tweens.blocked_user_tween_factory")
    config.add_tween("legacy_pyramid.tweens.address_tween_factory")
    config.add_tween("legacy_pyramid.tweens.shutdown_tween_factory")
    config.add_tween("legacy_pyramid.tweens.build_tween_factory")
    add_routes(config)
    config.scan("legacy_pyramid", ignore="legacy_pyramid.__main__")
    return config.make_wsgi_app()


def _fishtest(request: Request) -> Fishtest:
    return request.registry.fishtest
