"""The route tables of both frameworks, in one form: neutral paths, methods, and what answers.

A neutral path has its parameters without names, since no client sees those: `/tests/view/{}`, `/static/{.*}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_PYRAMID_PARAMETER = re.compile(r"\{\w+(?::(?P<form>(?:[^{}]|\{[^{}]*\})*))?\}|(?P<rest>\*\w+)$|:\w+")
_STARLETTE_PARAMETER = re.compile(r"\{(?P<name>\w+)(?::\w+)?\}")
_ONE_SEGMENT = "[^/]+"
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers some methods of a route (none: all of them); `attribute` is the method of a class-based view.

    `csrf` tells that the framework checks the token before it asks the handler.
    """

    methods: frozenset[str]
    handler: Any
    attribute: str = ""
    csrf: bool = False

    @property
    def shown(self) -> str:
        """Its methods as people write them."""
        return ", ".join(sorted(self.methods)) or "any"


@dataclass(slots=True)
class TableRoute:
    """One path of an application with all its endpoints, in order."""

    name: str
    path: str
    endpoints: list[Endpoint]

    @property
    def methods(self) -> frozenset[str]:
        """All methods that are answered; none listed when any is."""
        if any(not endpoint.methods for endpoint in self.endpoints):
            return frozenset()
        return frozenset().union(*(endpoint.methods for endpoint in self.endpoints))

    @property
    def shown(self) -> str:
        """The methods as people write them."""
        return Endpoint(self.methods, None).shown


def pyramid_table(app: Any) -> list[TableRoute]:
    """The routes of a Pyramid application in the order in which they are tried; those without a view never answer."""
    from pyramid.interfaces import IRoutesMapper

    views: dict[str, list[Any]] = {}
    for entry in app.registry.introspector.get_category("views", default=()):
        view = entry["introspectable"]
        views.setdefault(view["route_name"], []).append(view)
    specifics = {
        entry["introspectable"]["name"]: entry["introspectable"]["request_methods"]
        for entry in app.registry.introspector.get_category("routes", default=())
    }
    found = []
    for route in app.registry.getUtility(IRoutesMapper).get_routes():
        endpoints = [_view(view, specifics.get(route.name)) for view in views.get(route.name, ())]
        found.append(TableRoute(route.name, _pyramid_path(route.pattern), endpoints))
    return _merged(route for route in found if route.endpoints)


def fastapi_table(app: Any) -> list[TableRoute]:
    """The routes of a FastAPI (or Starlette) application in the order in which they are tried, mounts opened."""
    return _merged(_starlette_routes(app.routes, ""))


def _view(view: Any, of_route: Any) -> Endpoint:
    methods = _methods(view["request_methods"])
    limits = _methods(of_route)
    both = methods & limits if methods and limits else methods or limits
    return Endpoint(both, view["callable"], view["attr"] or "", view["require_csrf"] is True)


def _methods(given: Any) -> frozenset[str]:
    """Pyramid answers HEAD wherever it answers GET."""
    if not given:
        return frozenset()
    methods = frozenset({given} if isinstance(given, str) else given)
    return methods | _READING if "GET" in methods else methods


def _pyramid_path(pattern: str) -> str:
    def neutral(found: re.Match[str]) -> str:
        if found["rest"]:
            return "{.*}"
        return _parameter(found["form"] or _ONE_SEGMENT)

    return "/" + _PYRAMID_PARAMETER.sub(neutral, pattern).lstrip("/")


def _parameter(form: str) -> str:
    return "{}" if form == _ONE_SEGMENT else f"{{{form}}}"


def _starlette_routes(routes: Iterable[Any], prefix: str) -> Iterator[TableRoute]:
    import fastapi.routing

    # FastAPI opened included routers by itself before 0.160.
    opened = getattr(fastapi.routing, "iter_route_contexts", iter)
    for route in opened(routes):
        inner = getattr(getattr(route, "original_route", route), "routes", None)
        path = prefix + _starlette_path(route)
        if inner:
            yield from _starlette_routes(inner, path)
        elif inner is not None:  # a mounted application without a table: it answers whatever is below
            yield TableRoute(route.name or path, f"{path}/{{.*}}", [Endpoint(frozenset(), route.app)])
        elif getattr(route, "endpoint", None) is not None and hasattr(route, "methods"):
            yield TableRoute(route.name, path, [Endpoint(frozenset(route.methods or ()), route.endpoint)])


def _starlette_path(route: Any) -> str:
    convertors = getattr(route, "param_convertors", {})

    def neutral(found: re.Match[str]) -> str:
        convertor = convertors.get(found["name"])
        return _parameter(convertor.regex if convertor else _ONE_SEGMENT)

    path = getattr(route, "path", "") or ""
    # A mount's own path ends in a parameter for all that is below it.
    return _STARLETTE_PARAMETER.sub(neutral, path)


def _merged(routes: Iterable[TableRoute]) -> list[TableRoute]:
    """One entry for each path, where it first stands."""
    found: dict[str, TableRoute] = {}
    for route in routes:
        if route.path in found:
            found[route.path].endpoints.extend(route.endpoints)
        else:
            found[route.path] = route
    return list(found.values())


def patterns(app: Any) -> dict[str, str]:
    """The paths of a Pyramid application's routes by their names, as they are declared."""
    from pyramid.interfaces import IRoutesMapper

    routes = app.registry.getUtility(IRoutesMapper).get_routes()
    return {route.name: "/" + route.pattern.lstrip("/") for route in routes}
