"""The quick ways say what the walk says, for whatever pair; where they do not know, they are silent."""

from __future__ import annotations

import json
import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare import bodies, html_walk, json_texts, strides, strings
from shadow.compare.decode import Document
from shadow.exchange import Response
from shadow.judgement import Comparison
from shadow.words import Outcome
from tests.support.compare import compared, found, json_text, page

IDS = [f"65f0a1b2c3d4e5f6071829{number:02x}" for number in range(6)]
OTHERS = [f"75f0a1b2c3d4e5f6071829{number:02x}" for number in range(6)]
scalars = st.sampled_from([0, 1, 1.0, "1", True, False, None, 0.0, -0.0, 2.5, "a", "", "é", *IDS, f"run_{IDS[0]}.json"])
items = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
documents = st.lists(items, max_size=6) | st.dictionaries(st.sampled_from("abcd"), items, max_size=4)


def slowly(primary: Response, candidate: Response) -> Comparison:
    """The comparison by the walk alone, over values that were read with all their finer points."""
    with (
        patch.object(json_texts, "settled", lambda primary, candidate, tally: False),
        patch.object(bodies, "same_but_names", lambda p, c, renaming, **_: False),
        patch.object(bodies, "same_pieces", lambda p, c, renaming, noisy: False),
        patch.object(strides.Strides, "ends", lambda self, primary, candidate: (0, 0)),
        patch.object(strides.Strides, "unequal", lambda self, primary, candidate: iter(range(len(primary)))),
        patch.object(html_walk.HtmlWalk, "_written_alike", lambda self, primary, candidate: False),
        patch.object(strings, "same_but_names", lambda p, c, renaming, **_: False),
        patch.object(Document, "compact", None),
    ):
        return compared(primary, candidate)


def spelled(value: Any, how: int) -> Response:
    """The value as one framework or another writes it."""
    spellings: list[dict[str, Any]] = [
        {}, {"separators": (",", ":"), "ensure_ascii": False}, {"sort_keys": True}, {"indent": 1}
    ]  # fmt: skip
    return json_text(json.dumps(value, **spellings[how]))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with its names renamed, one of them perhaps in another way, and now and then another leaf."""
    names = dict(zip(IDS, draw(st.permutations(OTHERS) | st.just(OTHERS)), strict=True))
    leaves = random.Random(draw(st.integers(0, 1 << 20)))
    rate = draw(st.sampled_from([0, 0, 0.1, 0.5]))

    def other(item: Any) -> Any:
        if isinstance(item, dict):
            kept = [key for key in item if leaves.random() >= rate / 4]
            return {key: other(item[key]) for key in kept}
        if isinstance(item, list):
            kept_items = [inner for inner in item if leaves.random() >= rate / 4]
            return [other(inner) for inner in kept_items]
        if leaves.random() < rate:
            return leaves.choice([0, 1, 1.0, "1", True, None, -0.0, *OTHERS])
        return names.get(item, item) if isinstance(item, str) else item

    return other(value)


@settings(deadline=None, max_examples=150)
@given(documents, st.data(), st.integers(0, 3), st.integers(0, 3))
def test_the_quick_ways_agree_with_the_walk(value: Any, data: st.DataObject, how: int, other_how: int) -> None:
    primary, candidate = spelled(value, how), spelled(data.draw(changed(value)), other_how)
    quick, slow = compared(primary, candidate), slowly(primary, candidate)
    assert quick.outcome is slow.outcome
    assert found(quick) == found(slow)
    assert set(quick.aliases) == set(slow.aliases) or quick.outcome is Outcome.MISMATCH


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ('{"n": 123456789012345678901234}', '{"n": 923456789012345678901234}'),
        ('{"n": 0.123456789012345678901234}', '{"n": 0.923456789012345678901234}'),
        ('{"n": 12345678901234567890123e+5}', '{"n": 92345678901234567890124e+5}'),
        ('{"n": 1234567890123456789012345678E+5}', '{"n": 9234567890123456789012345678E+5}'),
        ('{"a": 1, "a": 2}', '{"a": 2}'),
        ("[1]", "[true]"),
        ("[0.0]", "[-0.0]"),
        ("[1]", "[1.0]"),
        ("[100.0]", "[1e2]"),
        ('["1"]', "[1]"),
    ],
)
def test_what_a_quick_reader_takes_for_equal_is_found(primary: str, candidate: str) -> None:
    assert compared(json_text(primary), json_text(candidate)).outcome is Outcome.MISMATCH
    inside = [json_text(f'{{"rows": [{{"x": {text}}}, {{"x": 1}}]}}') for text in (primary, candidate)]
    assert compared(*inside).outcome is Outcome.MISMATCH


def test_one_name_for_two_things_is_found_however_the_two_bodies_are_spelled() -> None:
    """Fresh names cannot be known; but where each stands twice, both places must agree."""
    value = {"runs": [{"id": IDS[0]}, {"id": IDS[1]}], "first": IDS[0], "last": IDS[1]}
    agreed = {"runs": [{"id": OTHERS[0]}, {"id": OTHERS[1]}], "first": OTHERS[0], "last": OTHERS[1]}
    crossed = {**agreed, "first": OTHERS[1], "last": OTHERS[0]}
    for how in range(4):
        assert compared(spelled(value, 0), spelled(agreed, how)).outcome is Outcome.MATCH
        assert found(compared(spelled(value, 0), spelled(crossed, how))) == [
            ("identity", "json:$.first"),
            ("identity", "json:$.last"),
        ]


def test_one_name_for_two_things_is_found_in_pages() -> None:
    links = "".join(f"<p><a href='/{name}'>x</a></p>" for name in (*IDS[:2], *IDS[:2]))
    crossed = "".join(f"<p><a href='/{name}'>x</a></p>\n" for name in (*OTHERS[:2], OTHERS[1], OTHERS[0]))
    kinds = {kind for kind, _ in found(compared(page(links), page(crossed)))}
    assert kinds == {"identity"}


def test_the_letter_of_an_escape_is_no_part_of_the_name_behind_it() -> None:
    """Else the names of `\\nNAME` and `\\n` + OTHER were learned with an n in front."""
    name, other, third = "aB3dE5fG7hI9jK1lM3nO5", "zB3dE5fG7hI9jK1lM3nO7", "qB3dE5fG7hI9jK1lM3nO9"
    pairs = [
        (json.dumps([name, f"\n{name}", f"é{name}"]), json.dumps([other, f"\n{written}", f"é{other}"]))
        for written in (other, third)
    ]
    same, crossed = (compared(json_text(p), json_text(c)) for p, c in pairs)
    assert [(alias.primary, alias.candidate) for alias in same.aliases] == [(name, other)]
    assert found(crossed) == [("identity", "json:$[1]")]


@pytest.mark.parametrize("missing", [0, 3, 7])
def test_one_element_less_is_one_difference_at_its_place(missing: int) -> None:
    rows = [{"id": IDS[0], "n": number, "more": [1, 2]} for number in range(8)]
    less = [{**row, "id": OTHERS[0]} for row in rows if row["n"] != missing]
    assert found(compared(spelled(rows, 0), spelled(less, 1))) == [("missing", f"json:$[{missing}]")]
