"""JSON: exact types, numbers as written, key order ignored, list order kept, one difference for one change."""

from __future__ import annotations

import json

import pytest

from shadow.words import Outcome, Severity
from tests.support.compare import as_json, compared, found, json_text

ONE, TWO = "65f0a1b2c3d4e5f607182930", "65f0a1b2c3d4e5f607182931"
UNE, DEUX = "75f0a1b2c3d4e5f607182930", "75f0a1b2c3d4e5f607182931"
VALUES = ["1", "1.0", '"1"', "null", "true", "[]", "{}", '""', "0", "false"]


@pytest.mark.parametrize("primary", VALUES)
@pytest.mark.parametrize("candidate", VALUES)
def test_types_are_exact(primary: str, candidate: str) -> None:
    comparison = compared(json_text(f'{{"a": {primary}}}'), json_text(f'{{"a":{candidate}}}'))
    assert (comparison.outcome is Outcome.MATCH) == (primary == candidate)
    if primary != candidate:
        assert [difference.place for difference in comparison.differences] == ["json:$.a"]


def test_null_and_absent_are_two_things() -> None:
    assert found(compared(as_json({"a": None}), as_json({}))) == [("missing", "json:$.a")]
    assert found(compared(as_json({}), as_json({"a": None}))) == [("extra", "json:$.a")]


def test_separators_escapes_and_key_order_say_nothing() -> None:
    text = '{"b": "\\u00e9\\/<", "a": [1, 2.5]}'
    assert compared(json_text(text), json_text('{"a":[1,2.5],"b":"é/\\u003c"}')).outcome is Outcome.MATCH


@pytest.mark.parametrize(("one", "other"), [("1e2", "100.0"), ("1.50", "1.5"), ("1E5", "1e5")])
def test_one_number_written_in_two_ways_is_cosmetic(one: str, other: str) -> None:
    comparison = compared(json_text(f"[{one}]"), json_text(f"[{other}]"))
    assert found(comparison) == [("encoding", "json:$[0]")]
    assert comparison.differences[0].severity is Severity.COSMETIC


def test_numbers_are_compared_beyond_the_precision_of_a_double() -> None:
    assert found(compared(as_json([2**70]), as_json([2**70 + 1]))) == [("value", "json:$[0]")]
    assert found(compared(as_json([2**53]), as_json([2**53 + 1]))) == [("value", "json:$[0]")]
    assert found(compared(json_text("[NaN]"), json_text("[1.0]"))) == [("value", "json:$[0]")]


def test_repeated_keys_are_seen() -> None:
    assert found(compared(json_text('{"a":1,"a":2}'), json_text('{"a":2}'))) == [("type", "json:$")]
    assert compared(json_text('{"a":1,"a":2}'), json_text('{"a": 1, "a": 2}')).outcome is Outcome.MATCH
    assert found(compared(json_text('{"a":1,"a":2}'), json_text('{"a":3,"a":2}'))) == [("value", "json:$.a")]


def test_an_element_less_or_more_is_one_difference() -> None:
    rows = [{"n": number, "text": f"row {number}"} for number in range(30)]
    assert found(compared(as_json(rows), as_json(rows[:7] + rows[8:]))) == [("missing", "json:$[7]")]
    assert found(compared(as_json(rows[:7] + rows[8:]), as_json(rows))) == [("extra", "json:$[7]")]


def test_a_list_that_moved_by_one_is_one_less_and_one_more() -> None:
    rows = [{"n": number, "text": f"row {number}"} for number in range(26)]
    assert found(compared(as_json(rows[:25]), as_json(rows[1:]))) == [("missing", "json:$[0]"), ("extra", "json:$[24]")]


def test_another_order_of_a_list_is_one_difference() -> None:
    assert found(compared(as_json({"a": [1, 2, 3]}), as_json({"a": [3, 1, 2]}))) == [("order", "json:$.a")]
    rows = [{"id": name, "n": number} for number, name in enumerate([ONE, TWO])]
    renamed = [{"id": name, "n": number} for number, name in enumerate([UNE, DEUX])]
    assert found(compared(as_json(rows), as_json(renamed[::-1]))) == [("order", "json:$")]


def test_a_changed_element_is_told_by_its_own_place() -> None:
    rows = [{"n": number, "stats": {"wins": 1}} for number in range(9)]
    changed = json.loads(json.dumps(rows))
    changed[4]["stats"]["wins"] = 2
    assert found(compared(as_json(rows), as_json(changed))) == [("value", "json:$[4].stats.wins")]


def test_keys_that_are_identifiers_are_renamed_as_well() -> None:
    p, c = {ONE: {"n": 1}, TWO: {"n": 2}}, {DEUX: {"n": 2}, UNE: {"n": 1}}
    assert compared(as_json(p), as_json(c)).outcome is Outcome.MATCH
    comparison = compared(as_json({"id": ONE, "by": p}), as_json({"id": DEUX, "by": c}))
    assert ("value", f'json:$.by["{ONE}"].n') in found(comparison)


def test_composites_of_identifiers_are_renamed() -> None:
    p, c = as_json({"file": f"{ONE}-3.pgn.gz", "id": ONE}), as_json({"file": f"{UNE}-3.pgn.gz", "id": UNE})
    assert compared(p, c).outcome is Outcome.MATCH
    assert found(compared(p, as_json({"file": f"{UNE}-4.pgn.gz", "id": UNE}))) == [("value", "json:$.file")]


@pytest.mark.parametrize("prefix", ["row-", "run_", "task_id-7-", "a-b_c-"])
def test_an_identifier_behind_a_word_is_found(prefix: str) -> None:
    """Small letters with dashes are token letters too; the name behind them is still a name."""
    p, c = as_json([prefix + ONE, ONE]), as_json([prefix + UNE, UNE])
    assert compared(p, c).outcome is Outcome.MATCH
    assert found(compared(p, as_json([prefix + DEUX, UNE]))) == [("identity", "json:$[1]")]


def test_a_request_id_in_hex_may_happen_to_have_no_letter() -> None:
    p, c = as_json({"request_id": "5995730402295079"}), as_json({"request_id": "7b0db99e9d7fc2ff"})
    assert compared(p, c).outcome is Outcome.NOISE
    assert compared(p, as_json({"request_id": "7b0db99e9d7"})).outcome is Outcome.MISMATCH


def test_a_unix_time_as_text_is_a_clock_where_the_name_says_so() -> None:
    p = as_json({"at": "1700000000", "note": "1600000000"})
    assert compared(p, as_json({"at": "1700000003", "note": "1600000000"})).outcome is Outcome.NOISE
    old = as_json({"at": "1600000000", "note": "1600000000"})
    assert compared(old, as_json({"at": "1600000003", "note": "1600000000"})).outcome is Outcome.NOISE
    assert found(compared(old, as_json({"at": "1600000000", "note": "1600000003"}))) == [("value", "json:$.note")]
    assert found(compared(old, as_json({"at": "1600003600", "note": "1600000000"}))) == [("value", "json:$.at")]


@pytest.mark.parametrize("key", ["a b", "a.b", "", 'q"q', "é", "0"])
def test_odd_keys_are_written_as_a_rule_would_name_them(key: str) -> None:
    comparison = compared(as_json({key: 1}), as_json({key: 2}))
    place = comparison.differences[0].place
    assert place == f"json:$[{json.dumps(key)}]"
    assert compared(as_json({key: 1}), as_json({key: 2}), (place, "ignore")).outcome is Outcome.ACCEPTED


def test_nothing_with_a_sign_is_another_spelling() -> None:
    assert found(compared(json_text("[0]"), json_text("[-0]"))) == [("type", "json:$[0]")]
    assert found(compared(json_text('{"a": -0}'), json_text('{"a":-0}'))) == []
    assert found(compared(json_text('["2026-01-05", -0.5]'), json_text('["2026-01-05", -0.5]'))) == []


def test_keys_may_stand_in_any_order_beside_a_repeated_one() -> None:
    p = json_text('{"a": 1, "a": 2, "b": 1}')
    assert found(compared(p, json_text('{"b": 1, "a": 1, "a": 2}'))) == []
    assert len(found(compared(p, json_text('{"b": 1, "a": 2, "a": 1}')))) == 2
    assert found(compared(p, json_text('{"b": 1, "a": 1}'))) != []
