"""For any database: another naming leaves it equal, and whatever else is done to it is found."""

from __future__ import annotations

import copy
import random
from typing import Any

from bson.objectid import ObjectId
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.states import diff

Database = dict[str, list[dict[str, Any]]]


@st.composite
def databases(draw: st.DrawFn) -> Database:
    """Runs that are told apart by a number, and notes that refer to them, in either order of collections."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(2, 12))
    runs = [
        {"_id": _id(dice), "number": number, "tasks": [{"wins": dice.randrange(3)} for _ in range(dice.randrange(3))]}
        for number in range(count)
    ]
    notes = [
        {"_id": _id(dice), "run": dice.choice(runs)["_id"], "text": f"of {dice.choice(runs)['_id']}, {number}"}
        for number in range(draw(st.integers(2, 20)))
    ]
    return {draw(st.sampled_from(["all", "notes"])): notes, "nets": runs}


def _id(dice: random.Random) -> ObjectId:
    return ObjectId(dice.randbytes(12))


def renamed(value: Any, names: dict[str, ObjectId]) -> Any:
    """The same with every id replaced, in texts too."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, ObjectId):
        return names.setdefault(str(value), ObjectId())
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, str(new))
    return value


def other_names(database: Database) -> Database:
    names = {str(one["_id"]): ObjectId() for documents in database.values() for one in documents}
    found: Database = renamed(database, names)
    return found


@given(databases())
@settings(max_examples=60, deadline=None)
def test_another_name_for_every_id_leaves_a_database_equal(database: Database) -> None:
    other = other_names(database)
    found = diff(database, other)
    assert found.equal, found.differences
    assert found.renamed == sum(map(len, database.values()))


@given(databases(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=60, deadline=None)
def test_two_swapped_references_are_found(database: Database, dice: random.Random, rename: bool) -> None:
    other = other_names(database) if rename else copy.deepcopy(database)
    notes = next(documents for name, documents in other.items() if name != "nets")
    first, second = dice.sample(notes, 2)
    assume(first["run"] != second["run"])
    first["run"], second["run"] = second["run"], first["run"]
    assert not diff(database, other).equal


@given(databases(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_lost_and_a_doubled_document_are_found_once(database: Database, dice: random.Random, rename: bool) -> None:
    other = other_names(database) if rename else copy.deepcopy(database)
    runs = other["nets"]
    lost = runs.pop(dice.randrange(len(runs)))
    assert sum(counts.differences for counts in diff(database, other).collections.values()) == 1
    runs.append(lost)
    runs.append({**dice.choice(runs), "_id": ObjectId()})
    assert sum(counts.differences for counts in diff(database, other).collections.values()) == 1


@given(databases(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_changed_value_is_found_once(database: Database, dice: random.Random, rename: bool) -> None:
    other = other_names(database) if rename else copy.deepcopy(database)
    at = dice.randrange(len(other["nets"]))
    other["nets"][at]["tasks"].append({"wins": 1})
    assert [one.kind for one in diff(database, other).differences] == ["extra"]
