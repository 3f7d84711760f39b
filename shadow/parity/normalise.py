"""Take out of two pieces of source what a port from Pyramid to FastAPI is forced to change; what is left is compared.

Each step is one forced change, with the reason in its docstring; the declared spellings (`[parity] forced`) come last.
Whatever no step explains stays, and is a difference.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shadow.parity import locals_of
from shadow.parity.class_views import Attributes, without_object
from shadow.parity.named_routes import NamedRoutes
from shadow.parity.rewrite import Rewriter, Rule, rules_of
from shadow.parity.sources import Function, Source

# What every port writes in another way; an application's own spellings stand in its configuration.
FRAMEWORK = rules_of(
    [
        ("raise HTTPException(status_code=_1)", "raise HTTPException(_1)"),
        ("raise HTTPException(400)", "raise HTTPBadRequest()"),
        ("raise HTTPException(401)", "raise HTTPUnauthorized()"),
        ("raise HTTPException(403)", "raise HTTPForbidden()"),
        ("raise HTTPException(404)", "raise HTTPNotFound()"),
        ("RedirectResponse(_1, status_code=302)", "HTTPFound(location=_1)"),
        ("RedirectResponse(_1, 302)", "HTTPFound(location=_1)"),
        ("HTTPFound(_1)", "HTTPFound(location=_1)"),
    ]
)
_SET_FIELDS = "request.response.headers.update("
CSRF = "require_csrf()"
"""What an endpoint begins with for which Pyramid checks the token; a port's own call is declared as equal to it."""


@dataclass(frozen=True, slots=True)
class Normal:
    """A piece without its forced changes: its lines for a person, and the same with its locals numbered."""

    lines: tuple[str, ...]
    canonical: str


NOTHING = Normal((), "")


def normalised(source: Source | None, forced: Sequence[Rule], paths: Mapping[str, str]) -> Normal:
    """A piece as it is compared. `paths` are the routes that the application names, by name."""
    if source is None:
        return NOTHING
    if source.node is None:
        return Normal((source.told,), source.told)
    node = copy.deepcopy(source.node)
    for step in STEPS:
        node = step(node, source)
    node = NamedRoutes(paths).visit(node)
    # Once more after the declared ones, which may write what the frameworks' are about.
    for rules in (FRAMEWORK, tuple(forced), FRAMEWORK):
        node = Rewriter(rules).visit(node)
    node = locals_of.without_lone(locals_of.without_aliases(node))
    lines = _lines(node, source)
    return Normal(tuple(lines), "\n".join(_lines(locals_of.numbered(node), source)))


def _lines(node: ast.stmt, source: Source) -> list[str]:
    if source.endpoint is None or not isinstance(node, Function):
        return ast.unparse(node).splitlines()
    # The frameworks call endpoints each in its own way: names and parameters are theirs.
    return [line for statement in node.body for line in ast.unparse(statement).splitlines()]


def _without_decorators(node: ast.stmt, source: Source) -> ast.stmt:
    """Routes are declared in decorators on one side and in a table on the other; `routes` compares them."""
    for inner in ast.walk(node):
        if isinstance(inner, Function | ast.ClassDef):
            inner.decorator_list = []
    return node


def _without_docstrings(node: ast.stmt, source: Source) -> ast.stmt:
    """Nothing that runs."""
    for inner in ast.walk(node):
        if isinstance(inner, Function | ast.ClassDef) and ast.get_docstring(inner) is not None:
            inner.body = inner.body[1:] or [ast.Pass()]
    return node


def _without_annotations(node: ast.stmt, source: Source) -> ast.stmt:
    """FastAPI reads annotations where Pyramid has none."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        elif isinstance(inner, Function):
            inner.returns = None
    return _Untyped().visit(node)  # type: ignore[no-any-return]


def _synchronous(node: ast.stmt, source: Source) -> ast.stmt:
    """A coroutine does the same as the function; `await` says where it waits, not what for."""
    return _Synchronous().visit(node)  # type: ignore[no-any-return]


def _class_views(node: ast.stmt, source: Source) -> ast.stmt:
    """Where one side has a class-based view, the other has a function that makes an object first."""
    owner = source.owner
    if isinstance(node, Function) and owner is None:
        owner = without_object(node, source.classes)
    if owner is None or (isinstance(node, Function) and node.name == "__init__"):
        return node
    return Attributes(owner).visit(node)  # type: ignore[no-any-return]


def _matched(node: ast.stmt, source: Source) -> ast.stmt:
    """`request.matchdict["id"]` is a parameter of the endpoint under FastAPI, and a local for it is that parameter."""
    return _Matched().visit(node)  # type: ignore[no-any-return]


def _csrf(node: ast.stmt, source: Source) -> ast.stmt:
    """What Pyramid checks before the view, because a decorator says so, a port checks at its beginning."""
    if isinstance(node, Function) and source.endpoint is not None and source.endpoint.csrf:
        node.body.insert(0, ast.parse(CSRF).body[0])
    return node


def _headers(node: ast.stmt, source: Source) -> ast.stmt:
    """Fields for the rendered answer are set on Pyramid's request, and given with the answer elsewhere."""
    if isinstance(node, ast.FunctionDef):
        for number, statement in enumerate(node.body):
            found = ast.unparse(statement)
            if (
                found.startswith(_SET_FIELDS)
                and isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Call)
            ):
                node.body[number:] = [
                    _WithFields(statement.value.args[0]).visit(one) for one in node.body[number + 1 :]
                ]
                break
    return node


STEPS: tuple[Callable[[ast.stmt, Source], ast.stmt], ...] = (
    _without_decorators,
    _without_docstrings,
    _without_annotations,
    _synchronous,
    _class_views,
    _matched,
    _csrf,
    _headers,
)


class _Untyped(ast.NodeTransformer):
    """`x: int = f()` as `x = f()`, and `x: int` as nothing."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if node.value is None else ast.Assign([node.target], node.value, lineno=node.lineno)


class _Synchronous(ast.NodeTransformer):
    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.__class__ = ast.FunctionDef  # type: ignore[assignment]  # the same fields
        return node


class _WithFields(ast.NodeTransformer):
    """Returned values with the fields that their answer gets: `with_fields(VALUE, FIELDS)`."""

    def __init__(self, fields: ast.expr) -> None:
        self._fields = fields

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is None or ast.unparse(node.value).startswith("HTTP"):
            return node  # an answer of its own
        return ast.Return(ast.Call(ast.Name("with_fields", ast.Load()), [node.value, self._fields], []))


class _Matched(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        for statement in [one for one in node.body if isinstance(one, ast.Assign)]:
            target, name = statement.targets[0], _parameter(statement.value)
            if name and isinstance(target, ast.Name):
                node.body.remove(statement)
                Rewriter((Rule.of(target.id, name),)).visit(node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        name = _parameter(node)
        return ast.Name(name, ast.Load()) if name else self.generic_visit(node)


def _parameter(node: ast.expr) -> str:
    """`id` of `request.matchdict["id"]`; empty for anything else."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "request.matchdict":
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else ""
    return ""
