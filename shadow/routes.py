"""RouteTable: (method, path) to one named route; refuses overlaps and names both places.

Templates are those of Pyramid and FastAPI: `/tests/view/{id}`; `{name}` is one segment, `{name:path}` the rest.
A literal segment wins over a parameter at the same position, wherever the routes stand in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from shadow.errors import ConfigError
from shadow.words import MirrorMode, Stage

ANY_METHOD = "*"
UNMATCHED = "*"

PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(:path)?\}")


@dataclass(frozen=True, slots=True)
class Route:
    """Method plus path template under a name: the unit of counting and of cutover.

    `group` is the route's own name when it was not put into one; `methods` is empty for any method. `auto`
    lets a route without a group be promoted without a person.
    """

    name: str
    path: str
    methods: frozenset[str] = frozenset()
    group: str = ""
    mirror: MirrorMode = MirrorMode.DEFAULT
    stage: Stage = Stage.SHADOW
    auto: bool = False

    @property
    def unit(self) -> str:
        """What is promoted together with this route: its group, or the route by itself."""
        return self.group or self.name

    def allows(self, method: str) -> bool:
        """True when requests of this method belong to the route."""
        return not self.methods or method in self.methods


# What no route matches: served by the primary, mirrored, never promoted.
REST = Route(name=UNMATCHED, path="/{rest:path}")


@dataclass(frozen=True, slots=True)
class _Pattern:
    route: Route
    regex: re.Pattern[str]
    weight: tuple[int, ...]


class RouteTable:
    """The routes of one application, in the order of the configuration."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self.routes = tuple(routes)
        self._by_name = {route.name: route for route in self.routes}
        self._literal: dict[str, list[Route]] = {}
        self._patterns: list[_Pattern] = []
        mistakes = _overlaps(self.routes)
        if mistakes:
            raise ConfigError(mistakes)
        for route in self.routes:
            if PARAMETER.search(route.path):
                self._patterns.append(_Pattern(route, _regex(route.path), _weight(route.path)))
            else:
                self._literal.setdefault(route.path, []).append(route)
        self._patterns.sort(key=lambda pattern: pattern.weight)

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def __len__(self) -> int:
        return len(self.routes)

    def get(self, name: str) -> Route | None:
        """The route of this name; `*` gives the route of all that matches nothing."""
        return REST if name == UNMATCHED else self._by_name.get(name)

    def units(self) -> Mapping[str, tuple[Route, ...]]:
        """Group name (or route name, for a route without one) to the routes that move together."""
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            found.setdefault(route.unit, []).append(route)
        return {name: tuple(routes) for name, routes in found.items()}

    def in_order(self) -> Iterator[Route]:
        """The routes in the order in which `match` tries them."""
        for routes in self._literal.values():
            yield from routes
        yield from (pattern.route for pattern in self._patterns)

    def match(self, method: str, raw_path: bytes) -> Route:
        """The route of a request; `REST` when none matches. `raw_path` is the target without its query."""
        path = (unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path).decode("utf-8", "replace")
        for route in self._literal.get(path, ()):
            if route.allows(method):
                return route
        for pattern in self._patterns:
            if pattern.route.allows(method) and pattern.regex.fullmatch(path):
                return pattern.route
        return REST


def path_mistake(path: str) -> str | None:
    """What is wrong with a path template, or None."""
    if not path.startswith("/"):
        return "must begin with '/'"
    for segment in path.split("/"):
        if "<" in segment or ">" in segment:
            return f"holds {segment!r}, which no URL does; a parameter is written {{name}} or {{name:path}}"
        rest = PARAMETER.sub("", segment)
        if "{" in rest or "}" in rest:
            return f"has an odd brace in {segment!r}; write {{name}} or {{name:path}}"
    if ":path}" in path and not path.endswith(":path}"):
        return "may have {name:path} at its end only"
    return None


def _regex(path: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    for found in PARAMETER.finditer(path):
        parts.append(re.escape(path[position : found.start()]))
        parts.append(".*" if found.group(2) else "[^/]+")
        position = found.end()
    parts.append(re.escape(path[position:]))
    return re.compile("".join(parts), re.DOTALL)


def _weight(path: str) -> tuple[int, ...]:
    """Sorts literal segments before mixed ones before parameters before `{name:path}`, from the left."""

    def one(segment: str) -> int:
        found = PARAMETER.fullmatch(segment)
        if found:
            return 3 if found.group(2) else 2
        return 1 if PARAMETER.search(segment) else 0

    return tuple(one(segment) for segment in path.split("/"))


def _overlaps(routes: tuple[Route, ...]) -> list[str]:
    """One line for each pair of routes that the same request could mean, and for each name used twice."""
    mistakes: list[str] = []
    seen: dict[str, list[Route]] = {}
    names: dict[str, Route] = {}
    for route in routes:
        if route.name in names:
            mistakes.append(f"[[routes]] {route.name!r} is there twice: {names[route.name].path} and {route.path}")
        names[route.name] = route
        key = PARAMETER.sub(lambda found: "{:path}" if found.group(2) else "{}", route.path)
        for other in seen.setdefault(key, []):
            if not route.methods or not other.methods or route.methods & other.methods:
                mistakes.append(
                    f"[[routes]] {route.name!r} ({route.path}) and {other.name!r} ({other.path}) match the same "
                    "requests; give them different methods or paths"
                )
        seen[key].append(route)
    return mistakes
