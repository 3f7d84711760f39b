"""Where counts, findings, aliases and stages live; `open_store` opens the one that the configuration names.

`look_at_store` tells what is there and makes nothing.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from shadow.errors import ConfigError
from shadow.store.base import Store
from shadow.store.database import FORMAT, format_at
from shadow.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"
_MONGODB = ("mongodb://", "mongodb+srv://")


def open_store(url: str) -> Store:
    """The store at `[store] url`; StoreError when it is away, damaged or newer than this version.

    ConfigError when the address is of no known kind: that would not mend itself.
    """
    if file := _file(url):
        return SqliteStore(file)
    if url.startswith(_MONGODB):
        # Most have one machine, and their commands start quicker without the driver.
        from shadow.store.mongo import MongoStore

        return MongoStore(url)
    raise _unknown(url)


def look_at_store(url: str) -> str:
    """What is there, in words; nothing is made or changed. Raises what `open_store` would."""
    if file := _file(url):
        return _told(str(file), format_at(file), FORMAT)
    if url.startswith(_MONGODB):
        from shadow.store import mongo_database

        with closing(mongo_database.MongoDatabase(url)) as database:
            found = database.format()
            database.try_transactions()
        return _told("the database", found, mongo_database.FORMAT)
    raise _unknown(url)


def _told(what: str, found: int | None, latest: int) -> str:
    if found is None:
        return f"{what} is empty; shadow serve makes a store of it"
    return f"format {found}; shadow serve brings it to {latest}" if found < latest else "it answers"


def _file(url: str) -> Path | None:
    named = url.startswith(_SQLITE) and len(url) > len(_SQLITE)
    return Path(url.removeprefix(_SQLITE)) if named else None


def _unknown(url: str) -> ConfigError:
    known = "sqlite:///var/shadow.db, or mongodb://host/shadow"
    return ConfigError([f"[store] url: {url.partition('://')[0]!r} is no store of this version. Next: {known}"])
