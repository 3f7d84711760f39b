"""Patterns over Python source: `call.param(_1)` finds that call whatever its argument is, and keeps the argument.

A rule is written as two pieces of Python, what is found and what stands in its place. Names `_1`, `_2` … stand for any
expression, the same name twice for the same expression.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_ANY = re.compile(r"_\d+")
# Where a node stands and how a literal was spelled says nothing of what it means.
_SILENT = frozenset({"ctx", "kind", "type_comment"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rewriting, parsed."""

    found: ast.AST
    instead: ast.AST

    @classmethod
    def of(cls, found: str, instead: str) -> Rule:
        """From two pieces of Python that are known to parse."""
        return cls(_node(found), _node(instead))


def rules_of(pairs: Iterable[tuple[str, str]]) -> tuple[Rule, ...]:
    """Rules in the order in which they are tried."""
    return tuple(Rule.of(*pair) for pair in pairs)


class Rewriter(ast.NodeTransformer):
    """Applies the first rule that fits, the outermost node first; what `_1` stood for is rewritten too."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules

    def visit(self, node: ast.AST) -> Any:
        """The node, or what stands in its place."""
        for rule in self._rules:
            bound: dict[str, ast.AST] = {}
            if _fits(rule.found, node, bound):
                inner = {name: self.visit(value) for name, value in bound.items()}
                instead = _filled(rule.instead, inner)
                if isinstance(node, ast.Name) and isinstance(instead, ast.Name):
                    instead.ctx = node.ctx  # a name that is assigned to stays one
                return instead
        return super().visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:  # the name that ast looks for
        """A parameter is named anew like what refers to it."""
        for rule in self._rules:
            if isinstance(rule.found, ast.Name) and isinstance(rule.instead, ast.Name) and rule.found.id == node.arg:
                return ast.arg(arg=rule.instead.id, annotation=node.annotation)
        return node


def _node(text: str) -> ast.AST:
    statement = ast.parse(text).body[0]
    return statement.value if isinstance(statement, ast.Expr) else statement


def _fits(pattern: Any, node: Any, bound: dict[str, ast.AST]) -> bool:
    if isinstance(pattern, ast.Name) and _ANY.fullmatch(pattern.id) and isinstance(node, ast.expr):
        known = bound.setdefault(pattern.id, node)
        return known is node or ast.dump(known) == ast.dump(node)
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, list):
        return len(pattern) == len(node) and all(_fits(p, n, bound) for p, n in zip(pattern, node, strict=True))
    if isinstance(pattern, ast.AST):
        fields = (name for name in pattern._fields if name not in _SILENT)
        return all(_fits(getattr(pattern, name, None), getattr(node, name, None), bound) for name in fields)
    return bool(pattern == node)


def _filled(template: ast.AST, bound: dict[str, ast.AST]) -> ast.AST:
    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return bound.get(node.id, node)

    return Fill().visit(copy.deepcopy(template))  # type: ignore[no-any-return]
