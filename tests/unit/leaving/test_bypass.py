"""The map of what may go past the harness: what is in it, and what is left to the harness with the reason."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shadow.config import Config, Group, Upstream
from shadow.errors import ConfigError
from shadow.leaving.bypass import Bypass, bypass
from shadow.routes import Route, RouteTable

ONE_WORLD = Upstream(live="http://127.0.0.1:9")
TWO_WORLDS = Upstream(live="http://127.0.0.1:9", shadow="http://127.0.0.1:8")
GET, POST = frozenset({"GET"}), frozenset({"POST"})


def a_config(*routes: Route, upstream: Upstream = ONE_WORLD, **groups: Group) -> Config:
    return Config(Path("shadow.toml"), upstream, upstream, routes=RouteTable(routes), groups=groups)


def lines(config: Config, *done: str) -> list[tuple[str, str, bool]]:
    return [(one.route, one.pattern, one.bypass) for one in bypass(config, done).entries]


def test_a_route_that_is_not_done_stands_in_front_of_one_that_is_and_would_take_its_requests():
    config = a_config(
        Route("read", "/orders/{id}", GET), Route("new", "/orders/new", GET), Route("far", "/z/{rest:path}")
    )
    assert lines(config, "read") == [
        ("new", r'"~^(?:GET) /orders/new(?:\\?.*)?$"', False),
        ("read", r'"~^(?:GET) /orders/[^/?%#]+(?:\\?.*)?$"', True),
    ]


def test_any_method_and_the_rest_of_a_path_are_expressed():
    config = a_config(Route("far", "/z/{rest:path}"))
    assert lines(config, "far") == [("far", r'"~^(?:[^ ]+) /z/[^?%#]*(?:\\?.*)?$"', True)]


def test_nothing_done_is_an_empty_map():
    assert lines(a_config(Route("a", "/a"))) == []


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (GET, [("(?:GET)", True)]),
        (POST, [("(?:POST)", False)]),
        (GET | POST, [("(?:GET)", True), ("(?:GET|POST)", False)]),
        (frozenset(), [("(?:GET|HEAD|OPTIONS)", True), ("(?:[^ ]+)", False)]),
    ],
)
def test_with_two_worlds_writes_stay_with_the_harness(methods, expected):
    """The clone would lack them, and nothing that is compared afterwards would prove anything."""
    config = a_config(Route("a", "/a", methods), Route("b", "/b", GET), upstream=TWO_WORLDS)
    found = bypass(config, ["a", "b"])
    told = [(one.pattern.split(" /")[0].removeprefix('"~^'), one.bypass) for one in found.entries if one.route == "a"]
    assert told == expected
    assert ("a" in found.left) is (methods != GET)
    assert "b" in found.routes


def test_a_group_with_state_and_letters_that_come_escaped_are_left_with_the_reason():
    group = Group("worker", "in-process", "POST /leave", "POST /enter")
    config = a_config(Route("beat", "/beat", group="worker"), Route("cafe", "/café"), Route("a", "/a"), worker=group)
    found = bypass(config, ["worker", "cafe", "a"])
    assert found.routes == ("a",)
    assert "handover" in found.left["beat"]
    assert "escaped" in found.left["cafe"]
    assert bypass(replace(config, groups={}), ["worker"]).routes == ("beat",)


def test_what_an_expression_or_a_configuration_would_read_is_escaped():
    (line,) = lines(a_config(Route("odd", '/a.b+c"d$e;f')), "odd")
    assert line[1] == r'"~^(?:[^ ]+) /a\\.b\\+c\"d\\$e;f(?:\\?.*)?$"'


SEGMENTS = st.sampled_from(["a", "b", "a.b", "{x}", "{y}", "a-{x}"])
PATHS = st.tuples(st.lists(SEGMENTS, min_size=1, max_size=3), st.booleans()).map(
    lambda found: "/" + "/".join([*found[0], *(["{rest:path}"] if found[1] else [])])
)
METHODS = st.sampled_from([frozenset[str](), GET, POST, GET | POST])
TARGETS = st.lists(st.sampled_from(["a", "b", "a.b", "aXb", "a-c", "c", ""]), min_size=1, max_size=4).map(
    lambda found: "/" + "/".join(found)
)


def goes_past(found: Bypass, method: str, target: str) -> bool:
    """What nginx does with the map: the first pattern that matches counts."""
    for entry in found.entries:
        pattern = entry.pattern.removeprefix('"~').removesuffix('"').replace("\\\\", "\\")
        if re.search(pattern, f"{method} {target}"):
            return entry.bypass
    return False


@given(st.lists(st.tuples(PATHS, METHODS), min_size=1, max_size=6), st.data())
def test_a_request_goes_past_exactly_when_the_route_that_the_harness_finds_for_it_is_done(drawn, data):
    routes = [Route(f"r{number}", path, methods) for number, (path, methods) in enumerate(drawn)]
    try:
        config = a_config(*routes)
    except ConfigError:
        assume(False)
    done = data.draw(st.sets(st.sampled_from([route.name for route in routes])))
    found = bypass(config, done)
    for target in data.draw(st.lists(TARGETS, min_size=1, max_size=10)):
        for method in ("GET", "POST", "PUT"):
            expected = config.routes.match(method, target.encode()).name in done
            for query in ("", "?/a=b"):
                assert goes_past(found, method, target + query) is expected, (method, target, found.entries)
