"""One SQLite file in WAL mode: connections, transactions, format. Knows nothing of what the tables mean.

A connection belongs to one thread and one process. Commits survive the death of the process at any moment; they are
not forced to the disk one by one (`synchronous = NORMAL`), so a power loss may take the last ones, never the file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shadow.errors import StoreError
from shadow.store.schema import MIGRATIONS, SCHEMA

FORMAT = 4
# "shdw": tells a store from any other SQLite file.
_APPLICATION_ID = 0x73686477
_BUSY_SECONDS = 5.0


class Database:
    """The file and its connections."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: the folder cannot be made: {error.strerror}. Next: check [store] url") from None
        self._touch()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view; nobody waits for it."""
        yield from self._transaction("BEGIN")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is there whole or not at all; writers take turns."""
        yield from self._transaction("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._local = threading.local()

    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _failure(self.path, error) from error

    def _connection(self) -> sqlite3.Connection:
        held: tuple[int, sqlite3.Connection] | None = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():
            return held[1]
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        with self._lock:
            self._all.append(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        self._local.held = (os.getpid(), connection)
        return connection

    def _touch(self) -> None:
        """Make the file for its owner only: samples have bodies in them. SQLite gives `-wal` and `-shm` its mode."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be made: {error.strerror}. Next: check [store] url") from None

    def _prepare(self) -> None:
        """Make the tables in a new file, bring an older one up to date; refuse what is something else, or newer."""
        with self.reading() as connection:
            found = _format(connection, self.path)
        if found is None:
            self._create()
        elif found < FORMAT:
            self._migrate()

    def _migrate(self) -> None:
        """Bring an older file to this format, one step after the other, whole or not at all."""
        with self.writing() as connection:
            # Looked at here: of processes that start together one has done it.
            for found in range(_pragma(connection, "user_version"), FORMAT):
                for statement in MIGRATIONS[found]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {found + 1}")

    def _create(self) -> None:
        try:
            self._connection().execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise _failure(self.path, error) from error
        with self.writing() as connection:
            for statement in SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")


def format_at(path: Path) -> int | None:
    """The format of the file that is there, None when it is empty; nothing is made or changed, no file beside it."""
    # Only a file with a log beside it has anyone at work; without one SQLite would make a log to read it.
    logged = path.with_name(path.name + "-wal").exists()
    address = f"{path.resolve().as_uri()}?mode=ro" + ("" if logged else "&immutable=1")
    try:
        with closing(sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)) as connection:
            return _format(connection, path)
    except sqlite3.Error as error:
        raise _failure(path, error) from error


def _format(connection: sqlite3.Connection, path: Path) -> int | None:
    """The format, None for an empty file; refuse what is something else, or newer."""
    application, found = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        return None
    if application != _APPLICATION_ID:
        raise StoreError(f"{path} is another program's database. Next: name another file in [store] url")
    if found > FORMAT:
        raise StoreError(
            f"{path} has format {found}, this version reads up to {FORMAT}. "
            "Next: upgrade, or name another file in [store] url"
        )
    return found


def _failure(path: Path, error: sqlite3.Error) -> StoreError:
    if isinstance(error, sqlite3.OperationalError):
        return StoreError(f"{path}: the store is away ({error})")
    return StoreError(
        f"{path} is damaged or no store ({error}). Next: move it away and start again; "
        "`shadow judge` counts the recording anew"
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
