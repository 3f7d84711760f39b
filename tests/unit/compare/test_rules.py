"""Every kind of rule, at every sort of place; what is not accepted stays a difference."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shadow.compare import Comparer
from shadow.compare.rules import json_path
from shadow.config import Rule
from shadow.errors import ConfigError
from shadow.exchange import Response
from shadow.words import Outcome
from tests.support.compare import TODAY, answer, as_json, compared, found, page

RUN = {"run": {"args": {"tc": "10+0.1"}, "tasks": [{"id": 1, "n": 2}, {"id": 2, "n": 3}]}}


def changed(**values: Any) -> Response:
    run = {"args": {"tc": "10+0.1"}, "tasks": [{"id": 1, "n": 2}, {"id": 2, "n": 3}]}
    return as_json({"run": {**run, **values}})


@pytest.mark.parametrize(
    "place",
    [
        "json:$.run.args.tc",
        "json:$.run.args",
        "json:$.run",
        "json:$",
        "json:$..tc",
        "json:$.*.args",
        'json:$["run"].args',
    ],
)
def test_ignore_covers_the_place_and_all_below(place: str) -> None:
    comparison = compared(as_json(RUN), changed(args={"tc": "60+0.6"}), (place, "ignore"))
    assert (comparison.outcome, comparison.accepted) == (Outcome.ACCEPTED, ("json:$.run.args.tc",))
    assert comparison.rules == {0}


@pytest.mark.parametrize(
    "place", ["json:$.run.args.t", "json:$.args", "json:$.run.tasks", "header:*", "html:p", "text"]
)
def test_ignore_covers_nothing_else(place: str) -> None:
    comparison = compared(as_json(RUN), changed(args={"tc": "60+0.6"}), (place, "ignore"))
    assert (comparison.outcome, comparison.rules) == (Outcome.MISMATCH, frozenset())


def test_a_rule_that_hides_nothing_is_not_used() -> None:
    comparison = compared(as_json(RUN), as_json(RUN), ("json:$.run", "ignore"))
    assert (comparison.outcome, comparison.rules) == (Outcome.MATCH, frozenset())


def test_an_expired_rule_does_nothing() -> None:
    p, c = as_json({"a": 1}), as_json({"a": 2})
    assert compared(p, c, ("json:$.a", "ignore"), until=TODAY).outcome is Outcome.ACCEPTED
    assert compared(p, c, ("json:$.a", "ignore"), until=date(2026, 1, 14)).outcome is Outcome.MISMATCH


def test_a_rule_speaks_for_the_routes_of_its_glob() -> None:
    rule = Rule(place="json:$.a", rule="ignore", route="api.*", reason="test")
    from tests.support.compare import AT, NoNames, Pair

    for route, outcome in (("api.beat", Outcome.ACCEPTED), ("tests.view", Outcome.MISMATCH)):
        pair = Pair(route, "GET", "", as_json({"a": 1}), as_json({"a": 2}), AT)
        assert Comparer([rule], today=TODAY).compare(pair, NoNames()).outcome is outcome


def test_an_ignored_place_takes_no_part_in_the_renaming() -> None:
    one, une, deux = "65f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"
    p, c = as_json({"wrong": one, "id": one}), as_json({"wrong": deux, "id": une})
    comparison = compared(p, c, ("json:$.wrong", "ignore"))
    assert comparison.outcome is Outcome.ACCEPTED
    assert [(a.primary, a.candidate) for a in comparison.aliases] == [(one, une)]


def test_alias_renames_what_has_no_form_of_its_own() -> None:
    comparison = compared(as_json({"id": 7, "n": 1}), as_json({"id": 9, "n": 1}), ("json:$.id", "alias"))
    assert comparison.outcome is Outcome.ACCEPTED
    # The client's own, and for the others where they have none.
    assert [(a.primary, a.candidate, a.scope) for a in comparison.aliases] == [("7", "9", "client"), ("7", "9", "")]
    assert all(alias.latest for alias in comparison.aliases)
    again = compared(as_json({"id": 7}), as_json({"id": 7}), ("json:$.id", "alias"))
    assert (again.outcome, {(a.primary, a.candidate) for a in again.aliases}) == (Outcome.MATCH, {("7", "7")})


def test_unordered_pairs_equal_elements_and_still_sees_changes() -> None:
    p, rule = as_json([{"a": 1}, {"b": 2}, {"c": 3}]), ("json:$", "unordered")
    assert compared(p, as_json([{"c": 3}, {"a": 1}, {"b": 2}]), rule).outcome is Outcome.ACCEPTED
    assert found(compared(p, as_json([{"c": 3}, {"a": 1}, {"b": 4}]), rule)) == [("value", "json:$[1].b")]
    assert found(compared(p, as_json([{"c": 3}, {"a": 1}]), rule)) == [("missing", "json:$[1]")]


def test_keyed_pairs_elements_by_a_field() -> None:
    tasks = [{"id": 2, "n": 3}, {"id": 1, "n": 2}]
    rule = ("json:$.run.tasks", "keyed:id")
    assert compared(as_json(RUN), changed(tasks=tasks), rule).outcome is Outcome.ACCEPTED
    assert found(compared(as_json(RUN), changed(tasks=[{"id": 2, "n": 4}, {"id": 1, "n": 2}]), rule)) == [
        ("value", "json:$.run.tasks[1].n")
    ]
    assert found(compared(as_json(RUN), changed(tasks=[{"id": 3, "n": 3}, {"id": 1, "n": 2}]), rule)) == [
        ("missing", "json:$.run.tasks[1]"),
        ("extra", "json:$.run.tasks[0]"),
    ]


@pytest.mark.parametrize(
    ("rule", "primary", "candidate", "accepted"),
    [
        ("tolerance:0.01", 1.0, 1.01, True),
        ("tolerance:0.01", 1.0, 1.02, False),
        ("tolerance:1", 1, 1.0, False),
        ("tolerance:1", "1", 1, False),
        ("tolerance:0.5", "Elo 1.2 ± 0.3", "Elo 1.4 ± 0.5", True),
        ("tolerance:0.5", "Elo 1.2 ± 0.3", "elo 1.4 ± 0.5", False),
        ("timestamp:5s", "2020-01-01T00:00:00Z", "2020-01-01T00:00:05Z", True),
        ("timestamp:60 s", "2020-01-01T00:00:00Z", "2020-01-01T00:01:05Z", False),
        ("timestamp:1 d", "2020-01-01T00:00:00Z", "2020-01-01 00:00:00", False),
        ("regex:[a-z]{3}", "abc", "xyz", True),
        ("regex:[a-z]{3}", "abc", "wxyz", False),
        ("null-is-absent", None, "x", False),
    ],
)
def test_value_rules_accept_only_what_they_say(rule: str, primary: Any, candidate: Any, accepted: bool) -> None:
    comparison = compared(as_json({"a": primary}), as_json({"a": candidate}), ("json:$.a", rule))
    assert (comparison.outcome is Outcome.ACCEPTED) == accepted


def test_null_is_absent_in_both_directions() -> None:
    rule = ("json:$.a", "null-is-absent")
    assert compared(as_json({"a": None}), as_json({}), rule).outcome is Outcome.ACCEPTED
    assert compared(as_json({}), as_json({"a": None}), rule).outcome is Outcome.ACCEPTED
    assert compared(as_json({}), as_json({"a": 0}), rule).outcome is Outcome.MISMATCH


def test_header_cookie_status_and_text_places() -> None:
    p = answer("a\nb", media="text/plain", headers=[("X-One", "1"), ("Set-Cookie", "s=a; Path=/; HttpOnly")])
    c = answer("a\nc", media="text/plain", headers=[("X-One", "2"), ("Set-Cookie", "s=a; Path=/x")], status=201)
    rules = [("status", "ignore"), ("header:x-*", "ignore"), ("cookie:s", "ignore"), ("text", "ignore")]
    comparison = compared(p, c, *rules)
    assert (comparison.outcome, comparison.rules) == (Outcome.ACCEPTED, {0, 1, 2, 3})
    assert found(compared(p, c, *rules[:2], ("cookie:s.path", "ignore"), rules[3])) == [
        ("missing", "cookie:s.httponly")
    ]


HTML = "<h1>{0}</h1><ul id=a>{1}</ul><a class='nav' href='/{2}'>x</a><p>{3}</p>"


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (("html:h1", "ignore"), ("T2", "<li>1<li>2", "u", "1.0")),
        (("html:body > h1", "ignore"), ("T2", "<li>1<li>2", "u", "1.0")),
        (("html:ul#a", "ignore"), ("T", "<li>1", "u", "1.0")),
        (("html:ul#a > li", "ignore"), ("T", "<li>1", "u", "1.0")),
        (("html:ul#a > li[2]", "ignore"), ("T", "<li>1<li>3", "u", "1.0")),
        (("html:ul#a > li[*]", "ignore"), ("T", "<li>1<li>3", "u", "1.0")),
        (("html:a.nav@href", "ignore"), ("T", "<li>1<li>2", "v", "1.0")),
        (("html:p", "tolerance:0.2"), ("T", "<li>1<li>2", "u", "1.1")),
        (("html:ul", "unordered"), ("T", "<li>2<li>1", "u", "1.0")),
    ],
)
def test_html_rules_are_css_selectors_matched_in_both_pages(rule: tuple[str, str], values: tuple[str, ...]) -> None:
    p, c = page(HTML.format("T", "<li>1<li>2", "u", "1.0")), page(HTML.format(*values))
    assert compared(p, c).outcome is Outcome.MISMATCH
    comparison = compared(p, c, rule)
    assert (comparison.outcome, comparison.rules) == (Outcome.ACCEPTED, {0})
    assert compared(c, p, rule).outcome is Outcome.ACCEPTED
    other = compared(p, page(HTML.format(*values).replace("x</a>", "y</a>")), rule)
    assert [place for _, place in found(other)] == ["html:body > a"]


@pytest.mark.parametrize("body", ["<h1>a</h1>", "<div><p>a</p><p>b</p></div>", "<ul id=a><li>a<li>b</ul>"])
def test_the_place_of_a_difference_is_a_place_for_a_rule(body: str) -> None:
    p, c = page(body), page(body.replace("a</", "z</").replace("<li>a", "<li>z"))
    place = compared(p, c).differences[0].place
    assert compared(p, c, (place, "ignore")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("place", "rule", "word"),
    [
        ("html:p[", "ignore", "CSS selector"),
        ("json:run", "ignore", "not a path"),
        ("json:$.a[x]", "ignore", "is odd from"),
        ("json:$.a", "tolerance:much", "tolerance:0.01"),
        ("json:$.a", "timestamp:soon", "not a time"),
        ("json:$.a", "regex:(", "regular expression"),
        ("json:$.a", "keyed", "needs a field"),
        ("header:x", "unordered", "is for lists"),
        ("header", "ignore", "names no place"),
        ("json:$.a", "ignore:x", "takes no argument"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_number(place: str, rule: str, word: str) -> None:
    with pytest.raises(ConfigError, match=r"number 2: .*docs/rules\.md") as error:
        Comparer([Rule(place="status", rule="ignore"), Rule(place=place, rule=rule)], today=TODAY)
    assert word in str(error.value)


def test_paths_match_whole_steps() -> None:
    assert json_path("$.a[*].b", subtree=False).fullmatch("$.a[12].b")
    assert not json_path("$.a", subtree=True).fullmatch("$.ab")
    assert json_path("$..b", subtree=False).fullmatch('$["odd key"][3].b')
