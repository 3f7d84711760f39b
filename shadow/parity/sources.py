"""Which pieces of source of the two applications belong together: endpoints by path, what stands beside them by name.

Beside the endpoints stand the other functions, methods and constants of their modules: a port is as different as the
helpers that its endpoints call.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shadow.parity.tables import Endpoint, TableRoute

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One piece: a function or the assignment of a constant, with the application's classes that its module knows.

    `node` is None for what has no source in the application: an instance, a mounted program. `told` says what it is.
    `owner` is the class of a method.
    """

    node: ast.stmt | None
    told: str
    endpoint: Endpoint | None = None
    owner: type | None = None
    classes: Mapping[str, type] = field(default_factory=dict)


@dataclass(slots=True)
class _Module:
    """The pieces of one module by qualified name, and which of them are endpoints."""

    pieces: dict[str, Source]
    endpoints: set[str] = field(default_factory=set)


Pair = tuple[str, Source | None, Source | None]


def pairs(primary: Sequence[TableRoute], candidate: Sequence[TableRoute], packages: tuple[str, str]) -> Iterator[Pair]:
    """Every piece once, under the primary's name of the route or the name inside the package, with its partner."""
    ours, theirs = _Side(packages[0]), _Side(packages[1])
    by_path = {route.path: route for route in candidate}
    for route in primary:
        for subject, p, c in _endpoints(route, by_path.get(route.path)):
            yield subject, ours.endpoint(p), theirs.endpoint(c)
    known = {route.path for route in primary}
    for route in candidate:
        if route.path not in known:
            yield from ((route.name, None, theirs.endpoint(endpoint)) for endpoint in route.endpoints)
    beside, others = ours.beside(), theirs.beside()
    for name in (*beside, *(name for name in others if name not in beside)):
        yield name, beside.get(name), others.get(name)


def _endpoints(p: TableRoute, c: TableRoute | None) -> Iterator[tuple[str, Endpoint | None, Endpoint | None]]:
    """One endpoint on each side is a pair; of several, those for the same methods are."""
    theirs = list(c.endpoints) if c else []
    if len(p.endpoints) == 1 and len(theirs) == 1:
        yield p.name, p.endpoints[0], theirs[0]
        return
    for endpoint in p.endpoints:
        partner = next((other for other in theirs if other.methods == endpoint.methods), None)
        if partner:
            theirs.remove(partner)
        yield f"{p.name} {endpoint.shown}" if c else p.name, endpoint, partner
    yield from ((f"{p.name} {endpoint.shown}", None, endpoint) for endpoint in theirs)


class _Side:
    """One application: reads the modules of its endpoints as they are asked for."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._modules: dict[str, _Module] = {}

    def endpoint(self, endpoint: Endpoint | None) -> Source | None:
        """The function behind an endpoint."""
        if endpoint is None:
            return None
        function = inspect.unwrap(_function(endpoint))
        module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
        if not _is_of(self._package, module) or not inspect.isfunction(function):
            return Source(None, f"no function of {self._package}: {_told(endpoint.handler)}", endpoint)
        if module not in self._modules:
            self._modules[module] = _Module(_pieces(module, self._package))
        held = self._modules[module]
        held.endpoints.add(name)
        found = held.pieces.get(name)
        if found is None:
            return Source(None, f"no source: {module}.{name}", endpoint)
        return replace(found, endpoint=endpoint)

    def beside(self) -> dict[str, Source]:
        """What else stands in the modules of the endpoints that were asked for, by name inside the package."""
        return {
            f"{module.removeprefix(self._package).lstrip('.')}:{name}": source
            for module, held in self._modules.items()
            for name, source in held.pieces.items()
            if name not in held.endpoints
        }


def _function(endpoint: Endpoint) -> Any:
    if endpoint.attribute:
        return getattr(endpoint.handler, endpoint.attribute)
    if inspect.isclass(endpoint.handler):
        return endpoint.handler.__call__
    return endpoint.handler


def _told(handler: Any) -> str:
    kind = handler if inspect.isclass(handler) or inspect.isfunction(handler) else type(handler)
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_of(package: str, module: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _pieces(name: str, package: str) -> dict[str, Source]:
    """Functions, methods and constants of a module by qualified name, in order."""
    module = importlib.import_module(name)
    classes = {
        known: value
        for known, value in vars(module).items()
        if inspect.isclass(value) and _is_of(package, value.__module__)
    }
    found: dict[str, Source] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, Function):
            found[node.name] = Source(node, node.name, classes=classes)
        elif isinstance(node, ast.ClassDef):
            for method in (inner for inner in node.body if isinstance(inner, Function)):
                full = f"{node.name}.{method.name}"
                found[full] = Source(method, full, owner=classes.get(node.name), classes=classes)
        elif (constant := _constant(node)) and constant.isupper():
            found[constant] = Source(node, constant, classes=classes)
    return found


def _constant(node: ast.stmt) -> str:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
