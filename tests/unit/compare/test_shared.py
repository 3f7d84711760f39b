"""A name that both worlds have means the same in both, also where it is seen for the first time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.compare import Comparer, NoNames, Pair
from shadow.compare.shared import compare_settled
from shadow.judgement import Comparison
from tests.support.compare import AT, TODAY, as_json, found, page

ONE, TWO, THREE = (f"65f0a1b2c3d4e5f60718293{digit}" for digit in "012")
NEW = "75f0a1b2c3d4e5f607182930"


def settled(primary: object, candidate: object) -> Comparison:
    answers = (value if not isinstance(value, dict | list) else as_json(value) for value in (primary, candidate))
    pair = Pair("orders", "GET", "client", *answers, AT, frozenset(), frozenset())
    return compare_settled(Comparer((), today=TODAY).compare, pair, NoNames())


def test_two_names_that_have_changed_places_are_a_difference_at_both() -> None:
    result = settled({"a": ONE, "b": TWO, "c": THREE}, {"a": TWO, "b": ONE, "c": THREE})
    assert found(result) == [("identity", "json:$.a"), ("identity", "json:$.b")]
    assert {(alias.primary, alias.candidate) for alias in result.aliases} <= {(ONE, ONE), (TWO, TWO), (THREE, THREE)}


def test_a_name_that_stands_for_another_thing_is_a_difference() -> None:
    assert found(settled({"a": ONE, "b": TWO}, {"a": TWO, "b": TWO})) == [("identity", "json:$.a")]
    links = page(f'<a href="/t/{ONE}">x</a><b>-</b><a href="/t/{TWO}">y</a>')
    other = page(f'<a href="/t/{TWO}">x</a><b>-</b><a href="/t/{ONE}">y</a>')
    assert {kind for kind, _ in found(settled(links, other))} == {"identity"}


def test_old_things_and_new_ones_stand_side_by_side() -> None:
    result = settled({"old": ONE, "made": TWO}, {"old": ONE, "made": NEW})
    assert found(result) == []
    assert (TWO, NEW) in {(alias.primary, alias.candidate) for alias in result.aliases}


@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_whatever_is_permuted_is_found_and_whatever_is_renamed_is_not(order: list[int], old: list[bool]) -> None:
    ours = [f"{number}5f0a1b2c3d4e5f60718293a" for number in range(6)]
    theirs = [name if was else name[:-1] + "b" for name, was in zip(ours, old, strict=True)]
    assert found(settled({"ids": ours}, {"ids": theirs})) == []
    moved = [theirs[at] for at in order]
    result = settled({str(n): name for n, name in enumerate(ours)}, {str(n): name for n, name in enumerate(moved)})
    # Among new things alone nobody can tell.
    assert bool(found(result)) is any(old[at] and at != place for place, at in enumerate(order))


def test_a_beginning_may_stand_in_front_of_its_name() -> None:
    ours, theirs = ("356a192b7913b04c54574d18c28d46e6395428ab", "da4b9237bacccdf19c0760cab7aec4a8359010b0")
    p, c = (as_json({"name": f"master-{sha[:7]}", "sha": sha}) for sha in (ours, theirs))
    other = as_json({"name": "master-0000000", "sha": theirs})
    assert found(settled(p, c)) == []
    assert found(settled(p, other)) == [("value", "json:$.name")]
