"""What counts as the same content of two databases, and how each difference is told."""

from __future__ import annotations

import secrets
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pytest
from bson.binary import Binary
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId

from shadow.errors import ConfigError
from shadow.state.diff import KEPT, state_diff
from tests.support.states import TODAY, Memory, diff, places

ID = ObjectId("65a1b2c3d4e5f60718293a4b")
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def one(value: Any) -> dict[str, list[dict[str, Any]]]:
    """A database that holds one value."""
    return {"runs": [{"_id": ID, "value": value}]}


def run(number: int, **more: Any) -> dict[str, Any]:
    return {"_id": ObjectId(), "number": number, "tasks": [{"stats": {"wins": number}}], **more}


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "_id": ObjectId()}


def test_a_changed_nested_value_is_told_by_its_place():
    ours, theirs = [run(number) for number in range(5)], [run(number) for number in range(5)]
    theirs[3]["tasks"][0]["stats"]["wins"] = 99
    found = diff({"runs": ours}, {"runs": theirs})
    assert places(found) == [("value", "runs[3].tasks[0].stats.wins")]
    assert (found.differences[0].primary, found.differences[0].candidate) == ("3", "99")
    assert not found.equal


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (1, 1.0),
        (1, Int64(1)),
        (1, "1"),
        (1, True),
        (1, Decimal128("1")),
        (Decimal128("1.0"), Decimal128("1.00")),
        (0.0, -0.0),
        (None, False),
        (ID, str(ID)),
        (NOW, NOW.isoformat()),
        (b"a", "a"),
        (Binary(b"a", 0), Binary(b"a", 128)),
        (Binary(b"a" * 99, 0), Binary(b"a" * 98 + b"b", 0)),
        ([1, 2], [2, 1]),
        ([], None),
        ({}, []),
    ],
    ids=repr,
)
def test_values_of_another_type_or_spelling_differ(primary: Any, candidate: Any):
    assert places(diff(one(primary), one(candidate)))
    assert diff(one(primary), one(primary)).equal
    assert diff(one(candidate), one(candidate)).equal


def test_absent_is_not_null():
    found = diff(one(None), {"runs": [{"_id": ID}]})
    assert places(found) == [("missing", "runs[0].value")]


def test_nan_equals_itself_and_a_date_beyond_the_calendar_too():
    assert diff(one(float("nan")), one(float("nan"))).equal


def test_bytes_are_never_names():
    """A digest of two different bodies would pass for two names of one thing."""
    assert not diff(one(Binary(b"x" * 500)), one(Binary(b"y" * 500))).equal


def test_an_id_in_a_text_follows_the_renaming():
    ours, theirs = run(1), run(1)
    logs = [[{"_id": ObjectId(), "text": f"{one['_id']}-0 was stopped"}] for one in (ours, theirs)]
    assert diff({"runs": [ours], "says": logs[0]}, {"runs": [theirs], "says": logs[1]}).equal
    found = diff({"runs": [ours], "says": logs[0]}, {"runs": [theirs], "says": logs[0]})
    assert places(found) == [("identity", "says[0].text")]


def test_ids_may_stand_before_the_documents_that_they_name():
    ours, theirs = [run(1), run(2)], [run(2), run(1)]
    first = {"calls": [{"_id": ObjectId(), "run": ours[0]["_id"]}], "runs": ours}
    second = {"calls": [{"_id": ObjectId(), "run": theirs[1]["_id"]}], "runs": theirs}
    assert diff(first, second).equal
    assert diff(first, {**second, "calls": [{"_id": ObjectId(), "run": theirs[0]["_id"]}]}).differences


def test_dates_and_times_may_lie_as_far_apart_as_the_two_lived():
    later = NOW + timedelta(minutes=3)
    stamps = [{"_id": ID, "last_updated": at, "time": at.timestamp()} for at in (NOW, later)]
    assert diff({"runs": stamps[:1]}, {"runs": stamps[1:]}, apart=200).equal
    assert diff({"runs": stamps[:1]}, {"runs": stamps[1:]}, apart=200).collections["runs"].noise == 2
    assert places(diff({"runs": stamps[:1]}, {"runs": stamps[1:]}, apart=100)) == [
        ("value", "runs[0].last_updated"),
        ("value", "runs[0].time"),
    ]


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("ids", ["equal ids", "other ids"])
def test_a_lost_document_is_one_difference_wherever_it_stood(position: int, ids: str):
    ours = [run(number) for number in range(6)]
    theirs = [one if ids == "equal ids" else renamed(one) for one in ours]
    del theirs[position]
    assert places(diff({"runs": ours}, {"runs": theirs})) == [("missing", f"runs[{position}]")]
    assert places(diff({"runs": theirs}, {"runs": ours})) == [("extra", f"runs[{position}]")]


def test_a_doubled_document_is_one_difference():
    ours = [run(number) for number in range(4)]
    theirs = [renamed(one) for one in (*ours[:2], ours[1], *ours[2:])]
    assert places(diff({"runs": ours}, {"runs": theirs})) == [("extra", "runs[2]")]


def test_documents_that_look_alike_are_still_counted():
    assert len(diff({"a": [run(1) for _ in range(300)]}, {"a": [run(1) for _ in range(299)]}).differences) == 1


def test_a_lost_document_before_a_changed_one_does_not_cascade():
    ours = [run(number, note="the same", kind=number) for number in range(4)]
    theirs = [renamed(one) for one in ours[1:]]
    theirs[0]["note"] = "changed"
    assert places(diff({"runs": ours}, {"runs": theirs})) == [("missing", "runs[0]"), ("value", "runs[1].note")]
    assert places(diff({"runs": theirs}, {"runs": ours})) == [("extra", "runs[0]"), ("value", "runs[0].note")]


def test_documents_without_generated_ids_are_known_by_them():
    ours = [{"_id": name, "value": name} for name in ("books", "nets")]
    assert diff({"kv": ours}, {"kv": ours[::-1]}).equal
    found = diff({"kv": ours}, {"kv": [ours[0], {"_id": "figures", "value": "nets"}]})
    assert places(found) == [("missing", "kv[1]"), ("extra", "kv[1]")]


@pytest.mark.parametrize(
    "make",
    [
        ObjectId,
        lambda: str(uuid.uuid4()),
        lambda: Binary.from_uuid(uuid.uuid4()),
        lambda: secrets.token_hex(16),
        lambda: f"session:{uuid.uuid4()}",
    ],
)
def test_ids_of_any_form_are_renamed(make: Callable[[], Any]):
    """Many applications make their ids as text: each document was missing, and extra."""
    ours, theirs = ([{**run(number), "_id": make()} for number in range(20)] for _ in range(2))
    logs = [[{"_id": ObjectId(), "run": one["_id"]} for one in side] for side in (ours, theirs)]
    assert diff({"runs": ours, "says": logs[0]}, {"runs": theirs, "says": logs[1]}).equal
    assert places(diff({"runs": ours}, {"runs": theirs[:7] + theirs[8:]})) == [("missing", "runs[7]")]
    logs[1][3]["run"], logs[1][5]["run"] = logs[1][5]["run"], logs[1][3]["run"]
    found = diff({"runs": ours, "says": logs[0]}, {"runs": theirs, "says": logs[1]})
    assert places(found) == [("identity", "says[3].run"), ("identity", "says[5].run")]


def test_an_id_of_no_form_is_renamed_where_it_is_declared_to_be_a_name():
    ours = [{"_id": name, "value": name != "q1"} for name in ("k9", "q1", "zz")]
    theirs = [{"_id": name, "value": name != "7f"} for name in ("a0", "7f", "m3")]
    assert len(diff({"notes": ours}, {"notes": theirs}).differences) == 6
    assert diff({"notes": ours}, {"notes": theirs}, named=["notes._id"]).equal
    assert places(diff({"notes": ours}, {"notes": theirs[:2]}, named=["notes._id"])) == [("missing", "notes[2]")]


def test_a_collection_that_one_side_lacks_is_told_and_an_empty_one_is_nothing():
    found = diff({"runs": [run(1)], "empty": []}, {})
    assert places(found) == [("missing", "runs[0]")]
    assert (found.collections["runs"].primary, found.collections["runs"].candidate) == (1, 0)


def test_ignored_places_are_counted_and_differ_no_more():
    ours, theirs = run(1, coins=b"a"), run(1, coins=b"b")
    theirs["tasks"][0]["stats"]["wins"] = 5
    found = diff({"runs": [ours]}, {"runs": [theirs]}, "runs.coins", "runs.tasks[*].stats")
    assert found.equal
    assert found.collections["runs"].ignored == 2
    assert diff({"runs": [ours]}, {"runs": [theirs]}, "runs").equal
    assert not diff({"runs": [ours]}, {"runs": [theirs]}, "users", "runs.coins").equal


def test_a_declared_name_is_renamed_like_an_id_and_must_stay_one_to_one():
    """Names that are made of an id have no form of their own."""
    ours = [
        {"_id": ObjectId(), "run": run, "n": n} for n, run in enumerate(("tweak-2f64e2e", "idea-1", "tweak-2f64e2e"))
    ]
    theirs = [
        {"_id": ObjectId(), "run": run, "n": n} for n, run in enumerate(("tweak-a16fc40", "idea-2", "tweak-a16fc40"))
    ]
    assert places(diff({"says": ours}, {"says": theirs})) == [("value", f"says[{n}].run") for n in range(3)]
    assert diff({"says": ours}, {"says": theirs}, named=["says.run"]).equal
    theirs[2]["run"] = "idea-2"
    found = diff({"says": ours}, {"says": theirs}, named=["says.run"])
    assert places(found) == [("identity", "says[2].run")]
    assert (found.differences[0].primary, found.differences[0].candidate) == ('"tweak-2f64e2e"', '"idea-2"')


def test_a_declared_name_that_one_side_lacks_is_still_missing():
    ours, theirs = run(1, tags=["a", "b"]), run(1, tags=["c"])
    found = diff({"runs": [ours]}, {"runs": [theirs]}, named=["runs.tags[*]", "runs.other"])
    assert places(found) == [("missing", "runs[0].tags[1]")]


def test_every_wrong_place_is_told():
    with pytest.raises(ConfigError) as caught:
        diff({}, {}, "", "runs.tasks[x]", "runs.fine", named=["runs", "runs.tags[*]", "runs.[]"])
    assert [mistake.partition("' is ")[0].partition(":")[0] for mistake in caught.value.mistakes] == [
        "--ignore '",
        "--name 'runs",
        "--ignore 'runs.tasks[x]'",
        "--name 'runs.[]'",
    ]


def test_of_very_many_differences_the_first_are_told_and_all_are_counted():
    many = [{"_id": number, "value": number} for number in range(KEPT + 10)]
    found = diff({"a": many}, {"a": []})
    assert len(found.differences) == KEPT
    assert found.collections["a"].differences == KEPT + 10


def test_a_large_document_is_compared_to_its_end():
    ours = {"_id": ID, "tasks": [{"n": number} for number in range(60_000)]}
    theirs = {"_id": ID, "tasks": [{"n": number} for number in range(60_000)]}
    theirs["tasks"][-1]["n"] = -1  # type: ignore[index]
    assert places(diff({"runs": [ours]}, {"runs": [theirs]})) == [("value", "runs[0].tasks[59999].n")]


def test_memory_does_not_grow_with_the_collection():
    """12 MB on each side, of which a window is held at a time."""

    class Large(Memory):
        def documents(self, collection: str) -> Iterator[bytes]:
            for number in range(3000):
                yield bson.encode({"_id": ObjectId(), "number": number, "text": "x" * 4000})

    tracemalloc.start()
    try:
        found = state_diff(Large({"runs": ()}), Large({"runs": ()}), today=TODAY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.equal
    assert found.renamed == 3000
    assert peak < 4_000_000
