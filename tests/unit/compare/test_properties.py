"""The algebra of comparing: renaming, symmetry, idempotence, and no lost difference."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.words import Outcome
from tests.support.compare import as_json, compared, found, page, renamed

# Names as a database makes them: a run of zeros is filling and no name.
ids = st.integers(0, 1 << 32).map(lambda number: hashlib.sha256(str(number).encode()).hexdigest()[:24])
texts = st.text(st.characters(codec="utf-8"), max_size=8)
leaves = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_nan=False) | texts | ids
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5), max_leaves=25
)
MIRROR = {"missing": "extra", "extra": "missing"}


def all_ids(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [name for item in items for name in all_ids(item)]
    return [value] if isinstance(value, str) and len(value) == 24 and not set(value) - set("0123456789abcdef") else []


@settings(deadline=None)
@given(documents)
def test_a_document_matches_itself_however_it_is_spelled(value: Any) -> None:
    from tests.support.compare import json_text

    assert compared(as_json(value), as_json(value)).outcome is Outcome.MATCH
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    assert compared(as_json(value), json_text(compact)).outcome is Outcome.MATCH


@settings(deadline=None)
@given(documents, st.integers(0, 1 << 30))
def test_renaming_any_set_of_identifiers_leaves_a_document_equal(value: Any, seed: int) -> None:
    numbers = random.Random(seed)
    names = {name: f"{numbers.getrandbits(96) | 1 << 95:024x}" for name in dict.fromkeys(all_ids(value))}
    comparison = compared(as_json(value), as_json(renamed(value, names)))
    assert comparison.outcome is Outcome.MATCH
    assert {(alias.primary, alias.candidate) for alias in comparison.aliases} <= set(names.items())


@settings(deadline=None)
@given(st.lists(ids, min_size=2, max_size=6, unique=True), st.data())
def test_swapping_two_identifiers_at_one_place_is_a_difference(names: list[str], data: st.DataObject) -> None:
    """Each name stands twice, so a swap in one of the two places contradicts the other."""
    one, other = data.draw(st.lists(st.sampled_from(range(len(names))), min_size=2, max_size=2, unique=True))
    swapped = list(names)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert compared(as_json({"a": names, "b": names}), as_json({"a": names, "b": swapped})).outcome is Outcome.MISMATCH
    twice = "".join(f"<p id='x'>{name}</p>" for name in names)
    again = "".join(f"<p id='x'>{name}</p>" for name in swapped)
    assert compared(page(twice + twice), page(twice + again)).outcome is Outcome.MISMATCH


objects = st.recursive(leaves, lambda inner: st.dictionaries(texts, inner, max_size=5), max_leaves=25)


@settings(deadline=None)
@given(documents, documents)
def test_the_outcome_is_the_same_when_the_sides_change_places(one: Any, other: Any) -> None:
    assert compared(as_json(one), as_json(other)).outcome is compared(as_json(other), as_json(one)).outcome


@settings(deadline=None)
@given(objects, objects)
def test_differences_are_mirrored_when_the_sides_change_places(one: Any, other: Any) -> None:
    """Of lists that is asked too much: elements that are equally unlike may be paired in two ways."""
    there, back = compared(as_json(one), as_json(other)), compared(as_json(other), as_json(one))
    assert there.outcome is back.outcome
    mirrored = sorted((MIRROR.get(d.kind, d.kind), d.candidate, d.primary) for d in back.differences)
    assert sorted((d.kind, d.primary, d.candidate) for d in there.differences) == mirrored


@settings(deadline=None)
@given(documents, documents)
def test_equal_means_equal(one: Any, other: Any) -> None:
    """Whatever differs once identifiers are taken out must be found."""
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True) and not (all_ids(one) or all_ids(other)):
        assert compared(as_json(one), as_json(other)).outcome is not Outcome.MATCH


def places(value: Any, path: str = "json:$") -> list[tuple[str, list[Any]]]:
    """Every scalar of a document: its place, and the keys that lead there."""
    from shadow.compare.rules import key_step

    if isinstance(value, dict):
        steps = [(key, item, key_step(key)) for key, item in value.items()]
    elif isinstance(value, list):
        steps = [(index, item, f"[{index}]") for index, item in enumerate(value)]
    else:
        return [(path, [])]
    return [(place, [key, *keys]) for key, item, step in steps for place, keys in places(item, path + step)]


@settings(deadline=None)
@given(documents, st.data())
def test_one_mutation_is_a_difference_at_its_place(value: Any, data: st.DataObject) -> None:
    spots = places(value)
    if not spots:
        return
    place, keys = data.draw(st.sampled_from(spots))
    changed: Any = [copy.deepcopy(value)]
    keys = [0, *keys]
    holder = changed
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = {"mutated": True}
    assert [where for _, where in found(compared(as_json(value), as_json(changed[0])))] == [place]


rows = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=2, max_size=30, unique=True)


@settings(deadline=None)
@given(rows, st.data())
def test_a_removed_row_is_exactly_one_difference(cells: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(cells) - 1))

    def table(cells: list[str]) -> Any:
        return page(
            "<table id='t'><tr><th>name" + "".join(f"<tr><td>{cell}<td><b>{cell}</b>" for cell in cells) + "</table>"
        )

    comparison = compared(table(cells), table(cells[:gone] + cells[gone + 1 :]))
    assert found(comparison) == [("missing", f"html:table#t > tbody > tr[{gone + 2}]")]


@settings(deadline=None)
@given(documents, documents)
def test_comparing_twice_gives_the_same(one: Any, other: Any) -> None:
    assert compared(as_json(one), as_json(other)) == compared(as_json(one), as_json(other))
