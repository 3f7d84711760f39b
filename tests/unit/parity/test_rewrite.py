"""Patterns over source: what fits, and what is kept of it."""

from __future__ import annotations

import ast

import pytest

from shadow.parity.rewrite import Rewriter, rules_of


def rewritten(source: str, *rules: tuple[str, str]) -> str:
    return ast.unparse(Rewriter(rules_of(rules)).visit(ast.parse(source)))


@pytest.mark.parametrize(
    ("source", "rule", "expected"),
    [
        (
            "call.param('a', x + 1)",
            ("call.param(_1, _2)", "request.params.get(_1, _2)"),
            "request.params.get('a', x + 1)",
        ),
        ("call.param('a')", ("call.param(_1, _2)", "request.params.get(_1, _2)"), "call.param('a')"),
        ("f(call)(call)", ("call", "request"), "f(request)(request)"),
        ("self.call", ("call", "request"), "self.call"),
        ("def f(call, x=call):\n    pass", ("call", "request"), "def f(request, x=request):\n    pass"),
        ("call = 1", ("call", "request"), "request = 1"),
        ("raise HTTPException(404)", ("raise HTTPException(404)", "raise HTTPNotFound()"), "raise HTTPNotFound()"),
        ("raise HTTPException(403)", ("raise HTTPException(404)", "raise HTTPNotFound()"), "raise HTTPException(403)"),
        ("f(a, a)", ("f(_1, _1)", "twice(_1)"), "twice(a)"),
        ("f(a, b)", ("f(_1, _1)", "twice(_1)"), "f(a, b)"),
        ("page(f(page(1)))", ("page(_1)", "_1"), "f(1)"),
        ("f(a=1)", ("f(_1)", "g(_1)"), "f(a=1)"),
        ("f(1.0)", ("f(1)", "g()"), "f(1.0)"),
        ("f(True)", ("f(1)", "g()"), "f(True)"),
    ],
)
def test_a_rule_changes_what_fits_and_nothing_else(source: str, rule: tuple[str, str], expected: str) -> None:
    assert rewritten(source, rule) == expected


def test_the_first_rule_wins_and_the_outermost_node() -> None:
    rules = ("call.param(_1) or ''", "get(_1, '')"), ("call.param(_1)", "get(_1)"), ("call", "request")
    assert rewritten("call.param('a') or ''\ncall.param('b')\ncall.x", *rules) == "get('a', '')\nget('b')\nrequest.x"


def test_what_a_name_stood_for_is_rewritten_too() -> None:
    assert rewritten("f(call)", ("f(_1)", "g(_1)"), ("call", "request")) == "g(request)"
