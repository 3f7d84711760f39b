"""Where counts, findings, aliases and stages live; `open_store` opens the one that the configuration names."""

from __future__ import annotations

from pathlib import Path

from shadow.errors import ConfigError
from shadow.store.base import Store
from shadow.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"
_MONGODB = ("mongodb://", "mongodb+srv://")


def open_store(url: str) -> Store:
    """The store at `[store] url`; StoreError when it is away, damaged or newer than this version.

    ConfigError when the address is of no known kind: that would not mend itself.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return SqliteStore(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_MONGODB):
        # Most have one machine, and their commands start quicker without the driver.
        from shadow.store.mongo import MongoStore

        return MongoStore(url)
    known = "sqlite:///var/shadow.db, or mongodb://host/shadow"
    raise ConfigError([f"[store] url: {url.partition('://')[0]!r} is no store of this version. Next: {known}"])
