"""Class-based views on one side, functions with an object on the other: both in terms of `self` and the request."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any


def without_object(node: ast.FunctionDef | ast.AsyncFunctionDef, classes: Mapping[str, type]) -> type | None:
    """Let `self` stand for the object that a function makes of its request, as `api = WorkerApi(call)` does.

    Changes the function; gives the class of the object, None when there is none.
    """
    first = node.args.args[0].arg if node.args.args else ""
    made = _Made(first, classes)
    made.visit(node)
    node.body = node.body or [ast.Pass()]
    return made.owner


class _Made(ast.NodeTransformer):
    """Replaces the object, whether it gets a name first or is used where it is made."""

    def __init__(self, request: str, classes: Mapping[str, type]) -> None:
        self._request = request
        self._classes = classes
        self._names: set[str] = set()
        self.owner: type | None = None

    def visit_Assign(self, node: ast.Assign) -> Any:
        target = node.targets[0]
        if self._makes(node.value) and isinstance(target, ast.Name):
            self._names.add(target.id)
            return None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        return ast.Name("self", ast.Load()) if self._makes(node) else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("self", ast.Load()) if node.id in self._names else node

    def _makes(self, node: ast.expr) -> bool:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords):
            return False
        if node.func.id not in self._classes or [ast.unparse(one) for one in node.args] != [self._request]:
            return False
        self.owner = self._classes[node.func.id]
        return True


class Attributes(ast.NodeTransformer):
    """`self.fishtest` as `request.fishtest` where `__init__`, or that of a base class, has put that there."""

    def __init__(self, owner: type) -> None:
        self._meant: dict[str, ast.expr] = {}
        for statement in _inits(owner):
            target = statement.targets[0]
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and _plain(statement.value):
                self._meant[target.attr] = statement.value

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.value) == "self" and isinstance(node.ctx, ast.Load):
            return copy.deepcopy(self._meant.get(node.attr, node))
        return node


def _inits(owner: type) -> Iterator[ast.Assign]:
    """All assignments that make an object of this class, those of base classes first."""
    for base in reversed(owner.__mro__):
        init = vars(base).get("__init__")
        if inspect.isfunction(init):
            tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Assign))


def _plain(value: ast.expr) -> bool:
    """A name, or attributes of one."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)
