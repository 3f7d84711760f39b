"""What differs in one place of a long list is told without a look at the rest, as a walk through all would tell it."""

from __future__ import annotations

import json
import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare import json_texts
from shadow.compare.json_walk import JsonWalk
from shadow.compare.narrow import Part, narrowed
from shadow.compare.quick import Pieces
from tests.support.compare import compared, found, json_text, renamed
from tests.unit.compare.test_quick import slowly

IDS = [f"65f0a1b2c3d4e5f60718{number:04x}" for number in range(40)]
OTHERS = {name: f"75f0a1b2c3d4e5f60718{number + 7:04x}" for number, name in enumerate(IDS)}
# Brackets, quotes and commas in texts are no structure; names of no fixed length move all that is behind them.
TEXTS = ["a", "", "é", '"],[{"', "[", "\\", "[[1]", '","', "x" * 30, "1"]
SPELLINGS: list[dict[str, Any]] = [{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}]


def row(numbers: random.Random) -> Any:
    """An element as real lists have them, now and then another one."""
    kind = numbers.randrange(8)
    if kind == 0:
        return numbers.choice([1, 1.0, True, None, *TEXTS, IDS[numbers.randrange(40)], [], {}])
    found: dict[str, Any] = {"_id": numbers.choice(IDS), "n": numbers.randrange(3), "text": numbers.choice(TEXTS)}
    if kind > 4:
        found["of"] = [numbers.choice(IDS), {"deep": numbers.choice(TEXTS), "x": numbers.choice([0.0, -0.0, 0])}]
    return found


def changed(rows: list[Any], numbers: random.Random) -> None:
    """One of the faults that an application has."""
    at = numbers.randrange(len(rows))
    fault = numbers.randrange(6)
    if fault == 0:
        del rows[at]
    elif fault == 1:
        rows.insert(at, row(numbers))
    elif fault == 2:
        rows[at] = row(numbers)
    elif fault == 3:
        rows.insert(numbers.randrange(len(rows)), rows.pop(at))
    elif isinstance(rows[at], dict) and rows[at]:
        key = numbers.choice(list(rows[at]))
        if fault == 4:
            del rows[at][key]
        else:
            rows[at][key] = numbers.choice([0, 1, 1.0, True, None, *TEXTS, *OTHERS.values()])


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, random.Random]:
    """A document that is about one list."""
    numbers = random.Random(draw(st.integers(0, 1 << 32)))
    rows = [row(numbers) for _ in range(draw(st.integers(2, 24)))]
    if draw(st.booleans()):
        rows = rows[:2] * len(rows)  # of a list that repeats itself any part may be missing
    wraps: list[Any] = [
        rows, {"rows": rows}, {"a": IDS[0], "rows": rows, "z": row(numbers)}, {"[": "[", "rows": rows},
        {IDS[1]: rows}, {IDS[2]: 1, "rows": rows},
    ]  # fmt: skip
    return draw(st.sampled_from(wraps)), numbers


def agree(primary: str, candidate: str) -> None:
    pair = json_text(primary), json_text(candidate)
    quick, slow = compared(*pair), slowly(*pair)
    assert quick.outcome is slow.outcome
    assert found(quick) == found(slow)


@settings(deadline=None, max_examples=300)
@given(documents(), st.integers(0, 3), st.integers(0, 2))
def test_a_part_is_judged_as_the_whole(subject: tuple[Any, random.Random], how: int, faults: int) -> None:
    primary, numbers = subject
    candidate = renamed(primary, OTHERS)
    for _ in range(faults):
        lists = [candidate] if isinstance(candidate, list) else [one for one in candidate.values() if type(one) is list]
        if lists and lists[0]:
            changed(lists[0], numbers)
    agree(*(json.dumps(value, **SPELLINGS[how]) for value in (primary, candidate)))


@settings(deadline=None, max_examples=300)
@given(documents(), st.integers(0, 3), st.integers(1, 3))
def test_whatever_happens_to_a_text_it_is_judged_as_a_whole(
    subject: tuple[Any, random.Random], how: int, times: int
) -> None:
    """Structure may break, blanks and keys may move, and what is left may still be JSON."""
    primary, numbers = subject
    text = json.dumps(renamed(primary, OTHERS), **SPELLINGS[how])
    for _ in range(times):
        at, more = numbers.randrange(len(text) + 1), numbers.choice([0, 0, 1, 2, 9])
        other = numbers.choice(["", "", " ", ",", "]", "[", "{", "}", '"', ":", "0", "\\", "é", text[at : at + 9]])
        text = text[:at] + other + text[at + more :]
    agree(json.dumps(primary, **SPELLINGS[how]), text)


def part_of(primary: str, candidate: str) -> Part | None:
    return narrowed(primary, candidate, Pieces(primary, candidate))


def rows_of(count: int, **other: Any) -> list[Any]:
    return [{"_id": IDS[number], "n": number, "text": "of some length", **other} for number in range(count)]


def test_one_changed_value_leaves_one_element() -> None:
    rows = rows_of(9)
    theirs = renamed(rows, OTHERS)
    theirs[4]["n"] = 17
    for wrap in (lambda rows: rows, lambda rows: {"rows": rows, "page": 1}):
        found_part = part_of(json.dumps(wrap(rows)), json.dumps(wrap(theirs)))
        assert found_part is not None
        assert json.loads(found_part.primary) == [0, *rows[4:6]]
        assert json.loads(found_part.candidate) == [0, *theirs[4:6]]
        assert (found_part.before, found_part.after) == (4, 1)
        assert (found_part.head, found_part.tail, found_part.behind_list) == (4, 5, 9)


@pytest.mark.parametrize("gone", [0, 1, 5, 8])
def test_one_element_less_leaves_its_neighbourhood(gone: int) -> None:
    rows = rows_of(9)
    theirs = renamed([one for one in rows if one is not rows[gone]], OTHERS)
    found_part = part_of(json.dumps(rows), json.dumps(theirs))
    assert found_part is not None
    ours, theirs = json.loads(found_part.primary), json.loads(found_part.candidate)
    assert rows[gone] in ours
    assert len(ours) <= 4
    assert len(theirs) == len(ours) - 1


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ('{"rows": [1, 2, 3, 4, 5, 6, 7], "n": 1}', '{"rows": [1, 2, 3, 4, 5, 6, 7], "n": 2}'),  # not within the list
        ('{"rows": [1, 2, 3, 4, 5, 6, 7]', '{"rows": [1, 2, 3, 9, 5, 6, 7]'),  # no JSON
        ('{"rows": [1, 2, 3, 4,  5, 6, 7]}', '{"rows": [1, 2, 3, 9,  5, 6, 7]}'),  # unevenly apart
        ("[1, 2, 3, 4, 5, 6, 7]", "[7, 6, 5, 4, 3, 2, 1]"),  # everywhere
        ("[1]", "[2]"),
        ("{}", "[]"),
        ('{"a": 1}', '{"a": 2}'),
    ],
)
def test_what_is_no_small_part_of_one_list_is_left_to_the_walk(primary: str, candidate: str) -> None:
    assert part_of(primary, candidate) is None


@pytest.mark.parametrize(
    "candidate",
    [
        '{"rows": [1, 2, 3, 9, 5, 6, 7]',
        '{"rows": [1, 2, 3], "more": [5, 6, 7]}',
        '{"rows": [1, 2, 3, [4, 5, 6, 7]}',
        '{"rows": [1, 2, 3, "4, 5, 6, 7]}',
        '{"rows": [1, 2, 3, , 5, 6, 7]}',
        '{"rows": [1, 2, 3, 4}, {5, 6, 7]}',
        '{"rows": [1, 2, 3, 4, 5, 6, 7}',
    ],
)
def test_a_candidate_that_is_another_document_is_told_as_a_whole(candidate: str) -> None:
    pair = json_text('{"rows": [1, 2, 3, 4, 5, 6, 7]}'), json_text(candidate)
    assert found(compared(*pair)) == found(slowly(*pair)) != []


ROWS = [{"id": IDS[number], "n": number, "x": "a"} for number in range(12)]


def rows_with(**changes: Any) -> list[dict[str, Any]]:
    """The candidate's rows, some of them (`r5`) with other members."""
    return [{**row, **changes.get(f"r{number}", {})} for number, row in enumerate(renamed(ROWS, OTHERS))]


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        # A bracket is lost, and lists stand at both ends.
        ('{"r":[[1],[1],[1],[1],[1],[1]],"z":1}', '{"r":[[1],[1],[1],[1],[1],[1],"z":1}'),
        ('{"r":[[1],[1],[1],[1],[1],[1]],"z":1}', '{"r":[[1],[1],[1],[1],[1],"z":1}'),
        # The first difference of the texts is none of the values.
        (json.dumps([{"a": 1, "b": "xx"}] * 10), json.dumps([*[{"a": 1, "b": "xx"}] * 8, {"b": "xx", "a": 1}])),
        ("[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]", "[0, 0, 0, 0, 1, 0 , 0, 0, 0, 0]"),
        ("[" + " , ".join(["[1 , 2]"] * 14) + "]", "[" + " , ".join(["[1 , 2]"] * 13) + "]"),
        # One length, other runs.
        (
            '[{"t":"aB3dE5fG7hI9jK1lM3nO1"},7,7,7,7,7,7,7]',
            '[{"t":"zB3dE5fG7hI9jK1lM3nO1Qw"},7,7,7,7,7,7]',
        ),
        # Places that contradict one another.
        (
            json.dumps({IDS[0]: [{**one, "x": IDS[0]} if one["n"] == 5 else one for one in ROWS]}),
            json.dumps({IDS[0]: rows_with(r5={"n": 55, "x": OTHERS[IDS[0]]})}),
        ),
        (
            json.dumps({IDS[20]: 1, "rows": [{**one, "x": IDS[20]} if one["n"] == 5 else one for one in ROWS]}),
            json.dumps({OTHERS[IDS[20]]: 1, "rows": rows_with(r5={"n": 77, "x": OTHERS[IDS[30]]})}),
        ),
        # A letter of a name that is written as an escape.
        (f'["\\u0061{IDS[0]}", 1, 2, 3, 4, 5, 6]', f'["\\u0061{OTHERS[IDS[0]]}", 1, 2, 3, 7, 5, 6]'),
    ],
)
def test_what_looks_the_same_as_a_text_and_is_not(primary: str, candidate: str) -> None:
    agree(primary, candidate)


def test_a_part_that_does_not_fit_takes_nothing_from_the_budget() -> None:
    """Times that differ everywhere stand where names do: only a walk can tell that they are noise."""
    rows = [{"id": f"{n:08x}a0b1c2d3e4f50617", "at": "2023-11-14T22:13:20.123456Z", "n": 5} for n in range(4000)]
    theirs = [{**one, "at": "2023-11-14T22:13:21.123456Z"} for one in rows]
    theirs[2000]["n"] = 6
    comparison = compared(*(json_text(json.dumps(value)) for value in (rows, theirs)))
    assert found(comparison) == [("value", "json:$[2000].n")]


def test_a_list_of_one_key_that_stands_twice_is_not_mixed_up() -> None:
    ours = '{"rows": [1, 2, 3, 4, 5, 6, 7, 8], "rows": [1, 2, 3]}'
    assert found(compared(json_text(ours), json_text(ours.replace("7, 8", "7, 9")))) != []


def test_the_rest_of_the_document_is_not_walked() -> None:
    rows, walked = rows_of(40), []
    theirs = renamed(rows, OTHERS)
    theirs[20]["text"] = "another one"

    def part(walk: JsonWalk, key: str | None, *lists_and_places: Any) -> bool:
        walked.append((key, len(lists_and_places[0]), *lists_and_places[2:]))
        return original(walk, key, *lists_and_places)

    original = JsonWalk.part
    with patch.object(JsonWalk, "part", part), patch.object(json_texts, "parse_json") as parsed:
        comparison = compared(*(json_text(json.dumps({"rows": value})) for value in (rows, theirs)))
    assert found(comparison) == [("value", "json:$.rows[20].text")]
    assert walked == [("rows", 2, 20, 1)]
    assert len(comparison.aliases) == 40
    parsed.assert_not_called()


def test_a_name_around_the_part_that_already_means_another_thing_is_found() -> None:
    rows = [*rows_of(12), {"_id": IDS[3], "n": 5, "text": "the same once more"}]
    theirs = renamed(rows, OTHERS)
    theirs[6]["n"], theirs[12]["_id"] = 99, OTHERS[IDS[4]]
    pair = [json_text(json.dumps(value)) for value in (rows, theirs)]
    assert found(compared(*pair)) == [("value", "json:$[6].n"), ("identity", "json:$[12]._id")]
