"""Events that fit a filter from outside."""

from __future__ import annotations

from typing import Any

import pytest
from bson.objectid import ObjectId
from pymongo.database import Database
from pymongo.errors import PyMongoError

from domain.server import Fishtest

Db = Database[dict[str, Any]]


def test_at_most_200_events_in_the_order_in_which_they_are_stored(fishtest: Fishtest, db: Db) -> None:
    db["actions"].insert_many([{"action": "new_run", "time": float(-number)} for number in range(201)])
    found = fishtest.actions.matching({"action": "new_run"})
    assert [action["time"] for action in found] == [float(-number) for number in range(200)]
    assert all(ObjectId.is_valid(action["_id"]) for action in found)
    assert fishtest.actions.matching({"action": "new_run", "time": {"$lt": -199.5}})[0]["time"] == -200.0
    assert fishtest.actions.matching({"action": "nothing"}) == []
    assert len(fishtest.actions.matching({})) == 200


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"$nothing": 1}, PyMongoError),
        ({"time": {"$nothing": 1}}, PyMongoError),
        ({"time": 2**64}, OverflowError),
        ({"message": "\ud800"}, UnicodeError),
    ],
)
def test_a_filter_that_the_database_does_not_understand(
    fishtest: Fishtest, wanted: dict[str, Any], fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        fishtest.actions.matching(wanted)
