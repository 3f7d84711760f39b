"""RouteTable: one request, one route; overlaps are refused with both names."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.errors import ConfigError
from shadow.routes import REST, UNMATCHED, Route, RouteTable, path_mistake

TABLE = RouteTable(
    [
        Route("home", "/"),
        Route("orders.view", "/orders/{id}", frozenset({"GET"})),
        Route("orders.new", "/orders/new", frozenset({"GET"})),
        Route("orders.change", "/orders/{id}", frozenset({"POST", "PUT"})),
        Route("orders.part", "/orders/{id}/part-{number}.pdf"),
        Route("orders.any", "/orders/{id}/{what}"),
        Route("files", "/files/{rest:path}"),
        Route("files.index", "/files/index"),
        Route("umlaut", "/käse/{id}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", b"/", "home"),
        ("PROPFIND", b"/", "home"),
        ("GET", b"/orders/17", "orders.view"),
        ("GET", b"/orders/new", "orders.new"),
        ("POST", b"/orders/new", "orders.change"),
        ("DELETE", b"/orders/17", UNMATCHED),
        ("get", b"/orders/17", UNMATCHED),
        ("GET", b"/orders/17/", UNMATCHED),
        ("GET", b"/orders/", UNMATCHED),
        ("GET", b"/orders", UNMATCHED),
        ("GET", b"//orders/17", UNMATCHED),
        ("GET", b"/orders/17/part-3.pdf", "orders.part"),
        ("GET", b"/orders/17/part-3.pdX", "orders.any"),
        ("GET", b"/files/a/b/c", "files"),
        ("GET", b"/files/", "files"),
        ("GET", b"/files/index", "files.index"),
        ("GET", b"/files", UNMATCHED),
        ("GET", b"/orders/%31%37", "orders.view"),
        ("GET", b"/%6frders/17", "orders.view"),
        ("GET", b"/k%C3%A4se/1", "umlaut"),
        ("GET", b"/orders/a%0Ab", "orders.view"),
        ("GET", b"/orders/%ff", "orders.view"),
        ("GET", b"/orders/%", "orders.view"),
        ("GET", b"/orders/\xff\xfe", "orders.view"),
        ("GET", b"/orders/..", "orders.view"),
        ("GET", b"", UNMATCHED),
        ("OPTIONS", b"*", UNMATCHED),
    ],
)
def test_a_request_belongs_to_the_route_that_the_applications_would_choose(method, path, name):
    assert TABLE.match(method, path).name == name


def test_a_literal_segment_wins_wherever_it_stands_in_the_file():
    routes = [Route("any", "/{a}/{b}"), Route("left", "/x/{b}"), Route("right", "/{a}/y"), Route("both", "/x/y")]
    for order in (routes, routes[::-1]):
        table = RouteTable(order)
        found = [table.match("GET", path).name for path in (b"/x/y", b"/x/z", b"/z/y", b"/z/z")]
        assert found == ["both", "left", "right", "any"]


@given(st.binary(max_size=60), st.text(max_size=10))
def test_any_bytes_find_a_route_and_never_fail(path, method):
    assert TABLE.match(method, path).name


@given(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=20))
def test_a_parameter_takes_any_segment_however_it_is_written(segment):
    raw = f"/orders/{quote(segment, safe='')}".encode()
    assert TABLE.match("PUT", raw).name == "orders.change"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Route("a", "/x"), Route("b", "/x")),
        (Route("a", "/x/{id}"), Route("b", "/x/{name}")),
        (Route("a", "/x/{id}", frozenset({"GET", "POST"})), Route("b", "/x/{n}", frozenset({"POST"}))),
        (Route("a", "/x", frozenset({"GET"})), Route("b", "/x")),
        (Route("a", "/{r:path}"), Route("b", "/{q:path}")),
    ],
)
def test_overlapping_routes_are_refused_with_both_names_and_paths(first, second):
    with pytest.raises(ConfigError) as refused:
        RouteTable([first, second])
    (mistake,) = refused.value.mistakes
    for text in ("'a'", "'b'", first.path, second.path):
        assert text in mistake


def test_a_name_used_twice_is_refused():
    with pytest.raises(ConfigError, match="'a' is there twice: /x and /y"):
        RouteTable([Route("a", "/x"), Route("a", "/y")])


def test_all_overlaps_are_told_at_once():
    with pytest.raises(ConfigError) as refused:
        RouteTable([Route("a", "/x"), Route("b", "/x"), Route("c", "/y"), Route("c", "/y")])
    assert len(refused.value.mistakes) == 3


def test_the_same_path_may_have_a_route_for_each_method():
    table = RouteTable([Route("read", "/x", frozenset({"GET"})), Route("write", "/x", frozenset({"POST"}))])
    assert table.match("POST", b"/x").name == "write"


def test_a_unit_is_a_group_or_a_route_by_itself():
    table = RouteTable([Route("a", "/a", group="g"), Route("b", "/b"), Route("c", "/c", group="g")])
    assert {name: [route.name for route in routes] for name, routes in table.units().items()} == {
        "g": ["a", "c"],
        "b": ["b"],
    }


def test_routes_are_found_by_name_and_the_rest_by_its_star():
    assert TABLE.get("home").path == "/"
    assert TABLE.get(UNMATCHED) is REST
    assert TABLE.get("nowhere") is None


@pytest.mark.parametrize(
    ("path", "mistake"),
    [
        ("/a/{id}", None),
        ("/a/{id}.json", None),
        ("/{rest:path}", None),
        ("a", "begin with '/'"),
        ("", "begin with '/'"),
        ("/a/{id", "odd brace in '{id'"),
        ("/a/{}", "odd brace"),
        ("/a/{1x}", "odd brace"),
        ("/a/{id:int}", "odd brace"),
        ("/a/{rest:path}/b", "at its end only"),
    ],
)
def test_an_odd_template_is_named(path, mistake):
    found = path_mistake(path)
    assert found is None if mistake is None else mistake in found


def test_a_parameter_as_other_frameworks_write_it_is_refused() -> None:
    assert path_mistake("/issues/<int:id>") == (
        "holds '<int:id>', which no URL does; a parameter is written {name} or {name:path}"
    )
