"""A MongoDB database as `state_diff` reads it: documents as the bytes they are stored in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError
from pymongo.uri_parser import parse_uri

from shadow.errors import ConfigError, StoreError
from shadow.state.clone import clone

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_USERINFO = re.compile(r"//[^/]*@")
_PATIENCE_MS = 5000


class MongoSource:
    """One database; the reading ends in StoreError when the server goes away."""

    def __init__(self, database: Database[Any], shown: str) -> None:
        self._database = database
        self._shown = shown

    def collections(self) -> Sequence[str]:
        """All but the server's own."""
        try:
            return [name for name in self._database.list_collection_names() if not name.startswith("system.")]
        except PyMongoError as error:
            raise self._away(error) from None

    def documents(self, collection: str) -> Iterator[bytes]:
        """In natural order."""
        try:
            for document in self._database.get_collection(collection, _RAW).find({}):
                yield document.raw
        except PyMongoError as error:
            raise self._away(error) from None

    def _away(self, error: PyMongoError) -> StoreError:
        kind = type(error).__name__
        return StoreError(f"{self._shown}: cannot be read ({kind}). Next: check that it runs, and who may read it")


@contextmanager
def open_mongo(url: str) -> Iterator[MongoSource]:
    """The database that a `mongodb://HOST/DATABASE` URL names; raises ConfigError for any other text."""
    with _database(url) as (database, shown):
        yield MongoSource(database, shown)


def clone_mongo(live: str, shadow: str, check: Callable[[], object]) -> dict[str, int]:
    """Replace the second database by a copy of the first; documents by collection. StoreError when a server is away."""
    with _database(live) as (source, shown), _database(shadow) as (target, other):
        try:
            return clone(source, target, check=check)
        except PyMongoError as error:
            raise StoreError(f"{shown} cannot be cloned to {other} ({type(error).__name__})") from None


@contextmanager
def _database(url: str) -> Iterator[tuple[Database[Any], str]]:
    """The database of a URL, and the URL as it may be shown."""
    shown = _USERINFO.sub("//***@", url)
    try:
        name = parse_uri(url)["database"]
    except (InvalidURI, ConfigurationError, ValueError):
        raise ConfigError([f"{shown!r} is not a URL such as 'mongodb://127.0.0.1:27017/fishtest'"]) from None
    if not name:
        raise ConfigError([f"{shown!r} names no database; write 'mongodb://HOST/DATABASE'"])
    with MongoClient[Any](url, serverSelectionTimeoutMS=_PATIENCE_MS) as client:
        yield client[name], shown
