"""Make one database an exact copy of another, `_id`s and indexes included: the shadow world begins as such a clone.

`python -m demo.clone --url URL SOURCE TARGET` does it by hand; TARGET is dropped first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

BATCH = 200
# What the server says of an index and create_index does not take back.
NOT_OPTIONS = frozenset({"v", "ns", "key", "name"})


def clone(client: MongoClient[Any], source: str, target: str) -> dict[str, int]:
    """Replace `target` by a copy of `source`; the number of documents by collection.

    The source must be at rest: documents written meanwhile may or may not be in the copy.
    """
    if source == target:
        raise ValueError(f"{source!r} cannot be cloned to itself: name another database as the target")
    client.drop_database(target)
    # Documents pass as the bytes they are: no type, key order or precision can change on the way.
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    copied = {}
    for name in sorted(client[source].list_collection_names()):
        if name.startswith("system."):
            continue
        read, write = (client[database].get_collection(name, raw) for database in (source, target))
        copied[name] = _copy_documents(read, write)
        _copy_indexes(client[source][name], client[target][name])
    return copied


def _copy_documents(source: Collection[Any], target: Collection[Any]) -> int:
    count = 0
    for batch in _batches(source.find({})):
        target.insert_many(batch)
        count += len(batch)
    return count


def _batches(documents: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(documents)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _copy_indexes(source: Collection[Any], target: Collection[Any]) -> None:
    for name, index in source.index_information().items():
        if name != "_id_":
            options = {key: value for key, value in index.items() if key not in NOT_OPTIONS}
            target.create_index(index["key"], name=name, **options)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.clone", description=__doc__)
    parser.add_argument("--url", default="mongodb://127.0.0.1:27017")
    parser.add_argument("source")
    parser.add_argument("target")
    given = parser.parse_args()
    with MongoClient[Any](given.url) as client:
        copied = clone(client, given.source, given.target)
    print(f"{given.target}: {sum(copied.values())} documents in {len(copied)} collections", file=sys.stderr)


if __name__ == "__main__":
    main()
