"""Pyramid writes addresses by the name of a route, a port often writes them out: both written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")


class NamedRoutes(ast.NodeTransformer):
    """`request.route_path("tests_view", id=x)` as `f"/tests/view/{x}"`."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.args[0] if len(node.args) == 1 else None
        if ast.unparse(node.func) != "request.route_path" or not isinstance(name, ast.Constant):
            return node
        given = {str(keyword.arg): keyword.value for keyword in node.keywords}
        query = _query(given.pop("_query", None))
        path = _written(self._paths.get(str(name.value), ""), given)
        return node if path is None or query is None else _joined([*path, *query])


def _written(pattern: str, given: Mapping[str, ast.expr]) -> list[ast.expr] | None:
    """The path with its parameters filled in; None when a parameter is missing or too much."""
    pieces = _PARAMETER.split(pattern)
    if not pattern or set(pieces[1::2]) != set(given):
        return None
    return [_value(given[piece]) if number % 2 else ast.Constant(piece) for number, piece in enumerate(pieces)]


def _query(query: ast.expr | None) -> list[ast.expr] | None:
    """A query with one field, as `?name=value`; None for one that cannot be written out."""
    if query is None:
        return []
    if isinstance(query, ast.Dict) and len(query.keys) == 1 and isinstance(query.keys[0], ast.Constant):
        value = query.values[0]
        if isinstance(value, ast.Constant):
            return [ast.Constant(f"?{query.keys[0].value!s}={value.value!s}")]
    return None


def _value(node: ast.expr) -> ast.expr:
    return node if isinstance(node, ast.Constant) else ast.FormattedValue(node, -1)


def _joined(parts: list[ast.expr]) -> ast.expr:
    """One text, or an f-string; neighbouring literals made one."""
    found: list[ast.expr] = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(part, ast.Constant) and isinstance(before, ast.Constant):
            found[-1] = ast.Constant(f"{before.value!s}{part.value!s}")
        elif not (isinstance(part, ast.Constant) and part.value == ""):
            found.append(part)
    return found[0] if len(found) == 1 and isinstance(found[0], ast.Constant) else ast.JoinedStr(found)
