"""Each forced change by itself: what a port had to write in another way is equal, and nothing beside it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from shadow.parity.normalise import normalised
from shadow.parity.rewrite import rules_of
from shadow.parity.sources import Source
from shadow.parity.tables import Endpoint

PATHS = {"tests": "/tests", "view": r"/tests/view/{id:\w+}", "files": "/files/*rest"}


class View:
    """A class-based view as the tests' sources know it."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.domain = request.domain
        self.started = len(request.path)


def canonical(text: str, *, endpoint: bool = True, csrf: bool = False, owner: type | None = None, **forced: str) -> str:
    """An endpoint with this body, or a function, as it is compared."""
    source = f"def f(request):\n    {text}" if endpoint and not text.startswith(("def", "async", "@")) else text
    held = Endpoint(frozenset(), None, csrf=csrf) if endpoint else None
    piece = Source(ast.parse(source).body[0], "f", held, owner, {"View": View})
    return normalised(piece, rules_of(forced.items()), PATHS).canonical


@pytest.mark.parametrize(
    ("legacy", "port"),
    [
        ("return 1", "@route('/x')\ndef f(request):\n    '''Doc.'''\n    return 1"),
        ("return g()", "async def f(call: Call, id: str) -> Response:\n    return await g()"),
        ("x = g()\n    return h(x, x)", "x: int = g()\n    return h(x, x)"),
        ("return g().lower()", "x: str = g()\n    return x.lower()"),
        ("return g(1)", "x = 1\n    y = g(x)\n    return y"),
        ("n = g()\n    return n + n", "number = g()\n    return number + number"),
        ("for a in b:\n        g(a)", "for c in b:\n        g(c)"),
        ("params = request.params\n    g(params, params)", "g(request.params, request.params)"),
        ("return g(request.matchdict['id'])", "def f(call, id):\n    return g(id)"),
        ("name = request.matchdict['id']\n    g(name, name)", "def f(call, id):\n    g(id, id)"),
        ("raise HTTPNotFound()", "raise HTTPException(404)"),
        ("raise HTTPForbidden()", "raise HTTPException(status_code=403)"),
        ("return HTTPFound(location=request.route_path('tests'))", "return RedirectResponse('/tests', 302)"),
        ("return HTTPFound(x)", "return RedirectResponse(x, status_code=302)"),
        ("g(request.route_path('view', id=x))", "g(f'/tests/view/{x}')"),
        ("g(request.route_path('view', id='new'))", "g('/tests/view/new')"),
        ("g(request.route_path('view', id=x, _query={'follow': '1'}))", "g(f'/tests/view/{x}?follow=1')"),
    ],
)
def test_a_forced_change_is_no_difference(legacy: str, port: str) -> None:
    assert canonical(legacy) == canonical(port)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("return g(1)", "return g(2)"),
        ("raise HTTPNotFound()", "raise HTTPException(403)"),
        ("a = g()\n    b = h()\n    return k(a, b)", "a = g()\n    b = h()\n    return k(b, a)"),
        ("x = g()\n    h()\n    return x", "h()\n    return g()"),
        ("if x:\n        return 1\n    return 2", "if not x:\n        return 1\n    return 2"),
        ("return g(id)", "return g(name)"),
        ("g(request.route_path('view'))", "g('/tests/view/')"),
        ("g(request.route_path('tests', _query=q))", "g('/tests')"),
        ("g(request.route_path('unknown'))", "g('')"),
        ("x = request.params\n    x = g(x)\n    return h(x, x)", "x = g(request.params)\n    return h(x)"),
    ],
)
def test_any_other_change_is_one(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_a_token_that_the_framework_checks_is_one_that_the_port_must_check() -> None:
    ours = canonical("return 1", csrf=True)
    assert ours == canonical("check_csrf(call)\n    return 1", **{"check_csrf(call)": "require_csrf()"})
    assert ours != canonical("return 1")


def test_fields_of_the_answer_belong_to_what_is_returned_after_them() -> None:
    ours = canonical("request.response.headers.update(F)\n    if x:\n        return HTTPFound(y)\n    return {}")
    rule = {"page(_1, headers=_2)": "with_fields(_1, _2)"}
    assert ours == canonical("if x:\n        return RedirectResponse(y, 302)\n    return page({}, headers=F)", **rule)
    assert ours != canonical("if x:\n        return RedirectResponse(y, 302)\n    return page({}, headers=G)", **rule)
    assert ours != canonical("if x:\n        return RedirectResponse(y, 302)\n    return {}")


@pytest.mark.parametrize(
    "port",
    [
        "def f(request):\n    view = View(request)\n    return view.done(view.domain.count(view.request.path))",
        "def f(request):\n    return View(request).done(request.domain.count(request.path))",
    ],
)
def test_a_class_based_view_is_equal_to_a_function_with_an_object(port: str) -> None:
    method = "def f(self):\n    return self.done(self.domain.count(self.request.path))"
    assert canonical(method, owner=View) == canonical(port)


def test_an_attribute_that_is_computed_stays_one() -> None:
    method = canonical("def f(self):\n    return self.started", owner=View)
    assert method == "return self.started"
    assert method != canonical("def f(request):\n    return len(request.path)")


def test_a_helper_is_compared_with_its_name_and_parameters() -> None:
    one = canonical("def f(a, b=1):\n    return a", endpoint=False)
    assert one != canonical("def f(b, a=1):\n    return b", endpoint=False)
    assert one != canonical("def g(a, b=1):\n    return a", endpoint=False)
    assert one == canonical("def f(a: int, b: int = 1) -> int:\n    return a", endpoint=False)


def test_the_lines_keep_the_names_that_people_gave() -> None:
    piece = Source(
        ast.parse("def f(request):\n    total = g()\n    return total + total").body[0],
        "f",
        Endpoint(frozenset(), None),
    )
    assert normalised(piece, (), {}).lines == ("total = g()", "return total + total")
