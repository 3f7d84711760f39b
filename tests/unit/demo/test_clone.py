"""A clone is equal in all that a server can see: documents to the last type, ids, indexes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Int64
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, DESCENDING, MongoClient

from demo.clone import BATCH, clone
from tests.support.mongo import db_name, mongo_client, mongo_url

__all__ = ["db_name", "mongo_client", "mongo_url"]


def raw(client: MongoClient[Any], database: str, collection: str) -> list[bytes]:
    found = client[database].get_collection(
        collection, client.codec_options.with_options(document_class=RawBSONDocument)
    )
    return sorted(document.raw for document in found.find({}))


@pytest.fixture
def target(mongo_client: MongoClient[Any], db_name: str):
    name = f"{db_name}c"
    yield name
    mongo_client.drop_database(name)


def test_every_document_is_the_same_to_the_last_byte(mongo_client: MongoClient[Any], db_name: str, target: str):
    odd = {
        "z": 1,
        "a": 1.0,
        "long": Int64(1),
        "when": datetime(2026, 3, 1, tzinfo=UTC),
        "bytes": b"\0\xff",
        "none": None,
    }
    mongo_client[db_name].odd.insert_one(odd)
    mongo_client[db_name].many.insert_many({"number": number} for number in range(2 * BATCH + 1))
    assert clone(mongo_client, db_name, target) == {"many": 2 * BATCH + 1, "odd": 1}
    for collection in ("odd", "many"):
        assert raw(mongo_client, target, collection) == raw(mongo_client, db_name, collection)


def test_indexes_come_with_their_options(mongo_client: MongoClient[Any], db_name: str, target: str):
    people = mongo_client[db_name].people
    people.insert_one({"name": "carol"})
    people.create_index([("name", ASCENDING)], name="by_name", unique=True)
    people.create_index(
        [("age", DESCENDING), ("name", ASCENDING)], name="young", partialFilterExpression={"age": {"$lt": 30}}
    )
    clone(mongo_client, db_name, target)
    assert mongo_client[target].people.index_information() == people.index_information()


def test_what_the_target_held_before_is_gone(mongo_client: MongoClient[Any], db_name: str, target: str):
    mongo_client[target].old.insert_one({})
    mongo_client[db_name].new.insert_one({})
    clone(mongo_client, db_name, target)
    assert mongo_client[target].list_collection_names() == ["new"]


def test_a_database_is_never_cloned_onto_itself(mongo_client: MongoClient[Any], db_name: str):
    mongo_client[db_name].runs.insert_one({})
    with pytest.raises(ValueError, match="cannot be cloned to itself"):
        clone(mongo_client, db_name, db_name)
    assert mongo_client[db_name].runs.count_documents({}) == 1
