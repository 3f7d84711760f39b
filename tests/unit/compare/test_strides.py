"""Strides through lists: what they leave out must be the same, and what differs must be left to the walk, in order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shadow.compare.differences import Tally
from shadow.compare.noise import Moment
from shadow.compare.renaming import NoNames, Renaming
from shadow.compare.rules import RouteRules, compile_rules
from shadow.compare.strides import Strides

Item = dict[str, Any]


def an_id(number: int, side: str) -> str:
    return f"{number:08x}{side}0c1d2e3f4a5b687"


def item(number: int, side: str, text: str = "") -> Item:
    """An element that names itself, and its neighbour; in it lie commas, braces and what is not ASCII."""
    return {"_id": an_id(number, side), "next": an_id(number + 1, side), "text": text or '"},{"é', "wins": [1, 2, {}]}


def strides() -> tuple[Strides, Renaming]:
    renaming = Renaming(NoNames(), "")
    rules = RouteRules(compile_rules([], None), "r")  # type: ignore[arg-type]
    return Strides(Tally(renaming, Moment(), rules), allowed=True), renaming


def same(primary: Item, candidate: Item, number: int) -> bool:
    """Equal up to the renaming that `item` makes."""
    names = {an_id(at, "a"): an_id(at, "b") for at in (number, number + 1)}
    return {key: names.get(value, value) if isinstance(value, str) else value for key, value in primary.items()} == (
        candidate
    )


@given(st.integers(0, 300), st.sets(st.integers(0, 299), max_size=40))
def test_of_two_lists_of_one_length_only_what_is_the_same_is_left_out(size: int, changed: set[int]):
    primary = [item(number, "a") for number in range(size)]
    candidate = [item(number, "b", "other" if number in changed else "") for number in range(size)]
    given_back = list(strides()[0].unequal(primary, candidate))
    assert given_back == sorted(set(given_back))
    assert changed & set(range(size)) <= set(given_back) <= set(range(size))


@given(st.integers(1, 200), st.data())
def test_what_is_left_out_at_the_ends_is_the_same_and_its_names_are_learned(size: int, data: st.DataObject):
    gone = data.draw(st.sets(st.integers(0, size - 1), max_size=3))
    primary = [item(number, "a") for number in range(size)]
    kept = [number for number in range(size) if number not in gone]
    candidate = [item(number, "b") for number in kept]
    walk, renaming = strides()
    before, after = walk.ends(primary, candidate)
    assert before + after <= len(candidate)
    numbers = [*range(before), *range(size - after, size)]
    others = [*candidate[:before], *candidate[len(candidate) - after :]]
    pairs = zip((primary[number] for number in numbers), others, strict=True)
    assert all(renaming.candidate_of(p["_id"]) == c["_id"] for p, c in pairs)
    if not gone:
        assert before == size
        assert all(same(primary[number], candidate[number], number) for number in numbers)


def test_one_element_less_leaves_only_its_neighbourhood():
    primary = [item(number, "a", f"number {number}") for number in range(100)]
    candidate = [item(number, "b", f"number {number}") for number in range(100) if number != 40]
    before, after = strides()[0].ends(primary, candidate)
    assert before + after >= 98


def test_a_name_that_already_means_another_thing_ends_what_is_the_same():
    walk, renaming = strides()
    assert renaming.same("objectid", an_id(5, "a"), an_id(9, "b"))
    primary, candidate = [item(number, "a") for number in range(8)], [item(number, "b") for number in range(8)]
    assert walk.ends(primary, candidate) == (4, 0)
    assert [renaming.candidate_of(an_id(number, "a")) for number in (3, 6)] == [an_id(3, "b"), None]
    assert {4, 5} <= set(walk.unequal(primary, candidate))


def test_two_names_that_are_swapped_are_left_to_the_walk():
    primary, candidate = [item(number, "a") for number in range(30)], [item(number, "b") for number in range(30)]
    candidate[20]["_id"], candidate[21]["_id"] = candidate[21]["_id"], candidate[20]["_id"]
    assert {20, 21} & set(strides()[0].unequal(primary, candidate))


def test_lists_in_which_nothing_is_the_same_are_soon_walked_as_they_are():
    primary = [item(number, "a", f"one {number}") for number in range(2000)]
    candidate = [item(number, "b", f"two {number}") for number in range(2000)]
    walk, renaming = strides()
    assert list(walk.unequal(primary, candidate)) == list(range(2000))
    assert walk.ends(primary, primary) == (0, 0)
    assert renaming.pairs() == ()


def test_numbers_at_the_end_of_an_element_are_compared_in_full():
    ours, theirs = [{"a": 1}, 12, {"a": 2}], [{"a": 1}, 123, {"a": 2}]
    assert list(strides()[0].unequal(ours, theirs)) == [1]
    assert list(strides()[0].unequal([{"a": 1}, 3], [{"a": 1}, 3.0])) == [0, 1]


def test_long_numbers_are_no_names():
    ours, theirs = [{"a": 123456789012345678}], [{"a": 123456789012345679}]
    assert list(strides()[0].unequal(ours * 3, theirs * 3)) == [0, 1, 2]
