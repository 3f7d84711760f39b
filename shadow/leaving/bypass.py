"""Bypass: the routes that are done as the entries of an nginx `map`, in the order in which a RouteTable matches. Pure.

nginx looks at `$request_method $request_uri`, so at the bytes that came: `$uri` has its slashes merged, its dots
resolved and its escapes undone, and would send requests past the harness that the harness itself takes for other ones.
What the entries do not match, such as a path with an escape in it, goes to the harness, which knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shadow.config import Config
from shadow.routes import PARAMETER, Route
from shadow.words import SAFE_METHODS

# The query does not decide; an escape, or a fragment that no client should send, leaves the request to the harness.
_SEGMENT, _REST, _QUERY = "[^/?%#]+", "[^?%#]*", r"(?:\?.*)?"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the map: a pattern as nginx reads it, and whether its requests bypass the harness."""

    route: str
    pattern: str
    bypass: bool


@dataclass(frozen=True, slots=True)
class Bypass:
    """The whole map, and what is left to the harness although it is done, in words by route."""

    entries: tuple[Entry, ...]
    left: Mapping[str, str]

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes of which at least some requests bypass the harness."""
        return tuple(dict.fromkeys(entry.route for entry in self.entries if entry.bypass))


def bypass(config: Config, done: Iterable[str]) -> Bypass:
    """The map for the units that are done. Routes that are not stand in it too: they may come before one that is."""
    units = set(done)
    entries: list[Entry] = []
    left: dict[str, str] = {}
    for route in config.routes.in_order():
        methods, why = _past(route, config) if route.unit in units else (None, "")
        if why:
            left[route.name] = why
        if methods is not None:
            entries.append(Entry(route.name, _pattern(route, methods), bypass=True))
        if methods is None or why:
            entries.append(Entry(route.name, _pattern(route, route.methods), bypass=False))
    while entries and not entries[-1].bypass:
        entries.pop()  # behind the last one that bypasses, all is left to the harness anyway
    return Bypass(tuple(entries), left)


def _past(route: Route, config: Config) -> tuple[frozenset[str] | None, str]:
    """The methods (none at all: any) with which a route that is done may go past the harness, and why not with all.

    None where it may not with any.
    """
    if not route.path.isascii():
        return None, "nginx compares bytes, and the path has letters that come escaped"
    if config.group_of(route).state == "in-process":
        return None, "a rollback of its group is a handover, and the harness cannot hold what it does not see"
    if not config.two_worlds or (route.methods and route.methods <= SAFE_METHODS):
        return route.methods, ""
    safe = SAFE_METHODS & route.methods if route.methods else SAFE_METHODS
    return safe or None, "a write that goes past the harness would be missing in the shadow world"


def _pattern(route: Route, methods: frozenset[str]) -> str:
    """A regular expression for `map`, in the quotes of an nginx configuration."""
    parts, position = [], 0
    for found in PARAMETER.finditer(route.path):
        parts += [re.escape(route.path[position : found.start()]), _REST if found.group(2) else _SEGMENT]
        position = found.end()
    path = "".join([*parts, re.escape(route.path[position:])])
    method = "|".join(re.escape(one) for one in sorted(methods)) if methods else "[^ ]+"
    text = f"~^(?:{method}) {path}{_QUERY}$"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
