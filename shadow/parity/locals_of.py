"""Locals of a function: what they are called, and whether there is one more of them, changes nothing."""

from __future__ import annotations

import ast
import copy

from shadow.parity.rewrite import Rewriter, Rule


def without_lone(node: ast.stmt) -> ast.stmt:
    """`x = f(); return x + 1` as `return f() + 1`: a local whose only use is the return that follows it."""
    for inner in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(inner, name, None)
            if isinstance(statements, list) and statements and isinstance(statements[-1], ast.Return):
                while _inlined(statements):
                    pass
    return node


def _inlined(statements: list[ast.stmt]) -> bool:
    """Put the value of the last assignment into the return behind it; False when it is used otherwise."""
    before = statements[-2] if len(statements) > 1 else None
    if not (isinstance(before, ast.Assign) and isinstance(before.targets[0], ast.Name)):
        return False
    name = before.targets[0].id
    uses = [node for node in ast.walk(statements[-1]) if isinstance(node, ast.Name) and node.id == name]
    if len(uses) != 1:
        return False
    statements[-2:] = [Rewriter((Rule(uses[0], before.value),)).visit(statements[-1])]
    return True


def without_aliases(node: ast.stmt) -> ast.stmt:
    """`params = request.params` gone, and `request.params` wherever `params` was: a shorter name and nothing else."""
    if not isinstance(node, ast.FunctionDef):
        return node
    stored = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)]
    for statement in [one for one in node.body if isinstance(one, ast.Assign)]:
        target = statement.targets[0]
        if isinstance(target, ast.Name) and stored.count(target.id) == 1 and _of_request(statement.value):
            node.body.remove(statement)
            Rewriter((Rule(ast.Name(target.id, ast.Load()), statement.value),)).visit(node)
    return node


def _of_request(value: ast.expr) -> bool:
    """An attribute of the request, or one of that."""
    if not isinstance(value, ast.Attribute):
        return False
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name) and value.id == "request"


def numbered(node: ast.stmt) -> ast.stmt:
    """A copy whose locals are called by the order in which they get their first value."""
    node = copy.deepcopy(node)
    names: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.setdefault(inner.id, f"local_{len(names)}")
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in names:
            inner.id = names[inner.id]
    return node
