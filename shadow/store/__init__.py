"""Where counts, findings, aliases and stages live; `open_store` opens the one that the configuration names."""

from __future__ import annotations

from pathlib import Path

from shadow.errors import StoreError
from shadow.store.base import Store
from shadow.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"
_MONGODB = ("mongodb://", "mongodb+srv://")


def open_store(url: str) -> Store:
    """The store at `[store] url`; StoreError when it is away, damaged, newer than this version, or of no known kind."""
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return SqliteStore(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_MONGODB):
        # Most have one machine, and their commands start quicker without the driver.
        from shadow.store.mongo import MongoStore

        return MongoStore(url)
    scheme = url.partition("://")[0]
    raise StoreError(
        f"[store] url: {scheme!r} is no store of this version. Next: write sqlite:///var/shadow.db, or "
        "mongodb://host/shadow"
    )
