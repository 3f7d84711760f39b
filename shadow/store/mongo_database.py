"""One MongoDB database: connection, transactions, format, the clock that all share. Knows nothing of what is in it.

Transactions need a replica set, one of a single member too. What is read was written by a majority, so that a version
once seen never comes again with another content. A server that is away costs a few seconds at the most, and neither
user nor password of the URL is in any text.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from typing import Any, TypeVar

from bson.errors import BSONError
from pymongo import IndexModel, MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure, InvalidURI, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from shadow import clock
from shadow.errors import ConfigError, StoreError

T = TypeVar("T")
Document = dict[str, Any]
FORMAT = 1
# Behind every text that begins alike.
LAST = "\uffff"
_APPLICATION = "shadow"
_REACHED_WITHIN = 2.0
_DONE_WITHIN = 5.0
# Between two attempts of a transaction, by chance up to so long; seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.2
# The server's clock is asked again this often: clocks drift, and another member may have become the primary.
_ASK_CLOCK_EVERY = 10.0
# IllegalOperation: no replica set; Unauthorized and AuthenticationFailed.
_NO_TRANSACTIONS, _REFUSED = 20, (13, 18)


class MongoDatabase:
    """The client and its database; safe for threads. Nothing is asked or made before `prepare` or `format`."""

    def __init__(self, url: str) -> None:
        name, self._shown = _named(url)
        self._client: MongoClient[Document] = MongoClient(
            url,
            connectTimeoutMS=_REACHED_WITHIN * 1000,
            serverSelectionTimeoutMS=_REACHED_WITHIN * 1000,
            socketTimeoutMS=_DONE_WITHIN * 1000,
            # Who asks tries again by himself, and wants to know soon that nobody is there.
            retryReads=False,
            retryWrites=False,
            # Single writes have the server's own concern, a majority since MongoDB 5.
            readConcernLevel="majority",
            readPreference="primary",
            tz_aware=True,
        )
        self._database = self._client[name]
        self._lock = threading.Lock()
        # What to add to CLOCK_MONOTONIC, and when that was found out.
        self._offset, self._offset_at = 0.0, float("-inf")

    def __getitem__(self, collection: str) -> Collection[Document]:
        return self._database[collection]

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around single operations: what fails becomes a StoreError."""
        try:
            yield
        except (PyMongoError, BSONError) as error:
            raise self._failure(error) from None

    def transact(self, work: Callable[[], T]) -> T:
        """Do the work whole or not at all, on one consistent view; it begins again when another was quicker."""
        until, pause = clock.monotonic() + _DONE_WITHIN, _FIRST_PAUSE
        with self.asking(), self._client.start_session().bind() as session:
            while True:
                try:
                    with session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority", j=True)):
                        return work()
                except OperationFailure as error:
                    if not error.has_error_label("TransientTransactionError") or clock.monotonic() > until:
                        raise
                time.sleep(pause * random.random())  # noqa: S311
                pause = min(pause * 2, _LONGEST_PAUSE)

    def now(self) -> float:
        """Unix seconds by the server's clock, to some milliseconds; it is asked now and then only."""
        with self._lock:
            if clock.monotonic() - self._offset_at > _ASK_CLOCK_EVERY:
                before = clock.monotonic()
                # In a context of its own, since no transaction can hold the question.
                told = Context().run(self._told)
                after = clock.monotonic()
                self._offset, self._offset_at = told - (before + after) / 2, after
            return clock.monotonic() + self._offset

    def numbers(self, of: str, many: int) -> range:
        """So many numbers for what has an order, each above all that were given out before; in a transaction.

        Of two at once one begins again, so that nobody sees a number before a lower one.
        """
        kept = self["numbers"].find_one({"_id": of}) or {"last": 0}
        self["numbers"].update_one({"_id": of}, {"$inc": {"last": many}}, upsert=True)
        return range(kept["last"] + 1, kept["last"] + 1 + many)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def prepare(self, indexes: Mapping[str, list[IndexModel]]) -> None:
        """Mark a new database as a store and make its indexes; refuse what is something else, or newer."""
        self.format()
        with self.asking():
            mark = {"$setOnInsert": {"application": _APPLICATION, "number": FORMAT}}
            self["meta"].update_one({"_id": "format"}, mark, upsert=True)
            for collection, wanted in indexes.items():
                self[collection].create_indexes(wanted)
        self.try_transactions()

    def try_transactions(self) -> None:
        """StoreError when this server has none; nothing is written."""
        self.transact(lambda: self["meta"].find_one({"_id": "format"}))

    def format(self) -> int | None:
        """The format that is there, None when the database is empty; refuse what is something else, or newer."""
        found = self._marked()
        if found is None:
            with self.asking():
                others = self._database.list_collection_names()
            # Looked at again: of processes that start together another may have marked it meanwhile.
            found = self._marked() if others else None
            if others and found is None:
                raise StoreError(
                    f"{self._shown} is another program's database. Next: name another database in [store] url"
                )
        if found is not None and found > FORMAT:
            raise StoreError(
                f"{self._shown} has format {found}, this version reads up to {FORMAT}. "
                "Next: upgrade, or name another database in [store] url"
            )
        return found

    def _told(self) -> float:
        with self.asking():
            answer = self._client.admin.command("hello")
        return float(answer["localTime"].timestamp())

    def _marked(self) -> int | None:
        with self.asking():
            found = self["meta"].find_one({"_id": "format", "application": _APPLICATION})
        return None if found is None else int(found["number"])

    def _failure(self, error: PyMongoError | BSONError) -> StoreError:
        if isinstance(error, ConnectionFailure) or (isinstance(error, PyMongoError) and error.timeout):
            told = f"the store is away ({type(error).__name__})"
            return StoreError(f"{self._shown}: {told}. Next: start it, or mend the network to it")
        code = error.code if isinstance(error, OperationFailure) else None
        if code == _NO_TRANSACTIONS:
            return StoreError(
                f"{self._shown}: this server has no transactions. Next: run it as a replica set, one member is enough "
                "(docs/scaling.md)"
            )
        if code in _REFUSED:
            return StoreError(f"{self._shown}: the user of [store] url is refused. Next: mend user, password or role")
        return StoreError(f"{self._shown}: the store failed ({type(error).__name__}, code {code})")


def _named(url: str) -> tuple[str, str]:
    """The database that the URL names, and the URL without its user; ConfigError when it names none."""
    try:
        parts = parse_uri(url, connect_timeout=_REACHED_WITHIN)
    except (PyMongoError, ValueError) as error:
        hint = "check the options and the name of the host"
        if isinstance(error, InvalidURI | ValueError):
            hint = "percent-encode what is special in user and password"
        raise ConfigError([f"[store] url: no MongoDB URL that can be used. Next: {hint}"]) from None
    name = parts["database"]
    hosts = ",".join(f"{host}:{port}" if port else host for host, port in parts["nodelist"])
    if not name:
        raise ConfigError([f"[store] url: mongodb://{hosts} names no database. Next: write mongodb://{hosts}/shadow"])
    return name, f"mongodb://{hosts}/{name}"
