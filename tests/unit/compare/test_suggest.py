"""The rule that a person is offered: the narrowest one that accepts all that was seen, and it really does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shadow.compare.suggest import suggested
from shadow.judgement import Difference
from shadow.words import Outcome
from tests.support.compare import as_json, compared

ONE, TWO = "65f0a1b2c3d4e5f607182930", "65f0a1b2c3d4e5f607182931"


def rule_for(
    primary: str, candidate: str, kind: str = "value", layer: str = "json", place: str = "json:$.a"
) -> tuple[str, str]:
    return suggested(Difference(layer, kind, place, primary, candidate))


def seen(primary: Any, candidate: Any) -> tuple[str, str]:
    """What is suggested for the first difference of two documents; it must accept them."""
    difference = compared(as_json(primary), as_json(candidate)).differences[0]
    place = difference.place.replace("[0]", "[*]").replace("[1]", "[*]").replace("[2]", "[*]")
    named = Difference(difference.layer, difference.kind, place, difference.primary, difference.candidate)
    found = suggested(named, bodies=[(json.dumps(primary), json.dumps(candidate))])
    assert compared(as_json(primary), as_json(candidate), found).outcome is Outcome.ACCEPTED
    return found


def test_a_list_in_another_order_is_unordered() -> None:
    assert seen({"a": [1, 2, 3]}, {"a": [3, 1, 2]}) == ("json:$.a", "unordered")
    assert seen([{"n": 1}, {"n": 1}, {"n": 2}], [{"n": 2}, {"n": 1}, {"n": 1}]) == ("json:$", "unordered")


def test_a_list_whose_elements_have_a_name_is_keyed() -> None:
    rows = [{"n": 1, "id": 7, "b": True}, {"n": 1, "id": 8, "b": True}, {"n": 2, "id": 9, "b": False}]
    assert seen({"rows": rows}, {"rows": rows[::-1]}) == ("json:$.rows", "keyed:id")
    named = [{"n": 1, "worker": "a"}, {"n": 1, "worker": "b"}]
    assert seen({"x": [{"w": named}]}, {"x": [{"w": named[::-1]}]}) == ("json:$.x[*].w", "keyed:worker")


def test_elements_that_moved_and_changed_are_keyed_too() -> None:
    """Without the rule they are missing here and extra there."""
    rows = [{"id": number, "text": f"row {number}"} for number in range(4)]
    turned = [rows[3], rows[0], rows[1], rows[2]]
    difference = Difference("json", "extra", "json:$[*]", "", "{}")
    assert suggested(difference, bodies=[(json.dumps(rows), json.dumps(turned))]) == ("json:$", "keyed:id")
    assert suggested(difference, bodies=[(json.dumps(rows), json.dumps(rows[1:]))]) == ("json:$[*]", "ignore")


@pytest.mark.parametrize(
    ("primary", "candidate", "rule"),
    [
        ("1.25", "1.26", "tolerance:0.01"),
        ("12.503", "12.51", "tolerance:0.007"),
        ("0.0001", "0.00010004", "tolerance:4e-08"),
        ('"LLR 2.501 of 3.0"', '"LLR 2.502 of 3.0"', "tolerance:0.001"),
        ('"LLR 2.501 of 3.0"', '"ELO 2.502 of 3.0"', "ignore"),
        ("1.25", "1.5", "ignore"),
        ("100", "101", "ignore"),
        ('"2023-01-14 10:00:00"', '"2023-01-14 10:00:07"', "timestamp:10s"),
        ('"at 26 Nov 2022 17:30"', '"at 26 Nov 2022 17:35"', "timestamp:5min"),
        ('"2023-01-14 10:00:00"', '"2023-01-15 10:00:00"', "ignore"),
        ("1600000000", "1600000020", "timestamp:30s"),
        ('"a"', '"b"', "ignore"),
        ("", "", "ignore"),
    ],
)
def test_near_numbers_and_times_are_bounded(primary: str, candidate: str, rule: str) -> None:
    assert rule_for(primary, candidate) == ("json:$.a", rule)


def test_the_bound_holds_for_all_that_was_seen() -> None:
    difference = Difference("json", "value", "json:$.a", "1.5", "1.501")
    assert suggested(difference, [("1.5", "1.501"), ("1.5", "1.512")]) == ("json:$.a", "tolerance:0.02")
    assert suggested(difference, [("1.5", "1.501"), ("1.5", '"x"')]) == ("json:$.a", "ignore")


def test_null_against_absent() -> None:
    assert seen({"a": None}, {}) == ("json:$.a", "null-is-absent")
    difference = Difference("json", "missing", "json:$.a", "null", "")
    assert suggested(difference, [("null", ""), ("1", "")]) == ("json:$.a", "ignore")


@pytest.mark.parametrize(
    ("kind", "layer", "place"),
    [("status", "status", "status"), ("identity", "json", "json:$.a"), ("type", "json", "json:$.a")],
)
def test_what_no_narrow_rule_accepts_is_ignored_as_a_whole(kind: str, layer: str, place: str) -> None:
    assert rule_for("1", "1.0", kind, layer, place) == (place, "ignore")


@pytest.mark.parametrize("body", ["", "[" * 5000, '{"a": ', '{"rows": 1}', "null"])
def test_bodies_that_say_nothing_are_no_harm(body: str) -> None:
    difference = Difference("json", "order", "json:$.rows", "[1]", "[2]")
    assert suggested(difference, bodies=[(body, body)]) == ("json:$.rows", "unordered")
