"""Make one MongoDB database an exact copy of another, `_id`s and indexes included: a shadow world begins as a clone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

BATCH = 200
# What the server says of an index and create_index does not take back.
_NOT_OPTIONS = frozenset({"v", "ns", "key", "name"})


def clone(
    source: Database[Any], target: Database[Any], *, check: Callable[[], object] = lambda: None
) -> dict[str, int]:
    """Replace `target` by a copy of `source`; the number of documents by collection.

    The source must be at rest: documents written meanwhile may or may not be in the copy. `check` is called before each
    batch and may raise to break off.
    """
    if (source.client.nodes, source.name) == (target.client.nodes, target.name):
        raise ValueError(f"{source.name!r} cannot be cloned to itself: name another database as the target")
    names = sorted(name for name in source.list_collection_names() if not name.startswith("system."))
    check()
    target.client.drop_database(target.name)
    # Documents pass as the bytes they are: no type, key order or precision can change on the way.
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    copied = {}
    for name in names:
        read, write = (database.get_collection(name, raw) for database in (source, target))
        copied[name] = _copy_documents(read, write, check)
        _copy_indexes(source[name], target[name])
    return copied


def _copy_documents(source: Collection[Any], target: Collection[Any], check: Callable[[], object]) -> int:
    count = 0
    for batch in _batches(source.find({})):
        check()
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
            options = {key: value for key, value in index.items() if key not in _NOT_OPTIONS}
            target.create_index(index["key"], name=name, **options)
