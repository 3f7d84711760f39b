# ruff: noqa: S608 (only names of this file's own tables and columns are put into a statement)
"""SQLite: what the mirror writes down in one transaction, and the numbers that come of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple

from shadow.findings.status import ENOUGH
from shadow.judgement import Epoch, Judgement
from shadow.store import limits, sqlite_worlds
from shadow.store.batch import Batch, folded, outstanding, refuse_beyond, unseen
from shadow.store.database import Database
from shadow.store.sqlite_findings import KeptFindings, keep_findings
from shadow.store.sqlite_stages import load_board
from shadow.store.tally import Tally
from shadow.store.values import Build, Count, Intent, KnownAlias
from shadow.words import Outcome, Side

_EPOCH = "primary_build, candidate_build, rules, world"


class Judgements:
    """Counts, tallies, checkpoints."""

    _database: Database

    def record(
        self,
        judgements: Sequence[Judgement],
        *,
        checkpoint: Mapping[str, int],
        recording: str = "live",
        aliases: Iterable[KnownAlias] = (),
        jars: Mapping[str, str] | None = None,
        owners: Mapping[str, Side] | None = None,
        tainted: str = "",
        intent: Intent | None = None,
        enough: int = ENOUGH,
    ) -> int:
        """Write down a batch in one transaction; returns how many exchanges were counted."""
        refuse_beyond(checkpoint, judgements)
        with self._database.writing() as connection:
            fresh = unseen(judgements, _checkpoint(connection, recording))
            if fresh:
                _keep(connection, folded(fresh, _Kept(connection), enough=enough))
            for writer, sequence in checkpoint.items():
                connection.execute(
                    "INSERT INTO checkpoints VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                    "SET sequence = max(sequence, excluded.sequence)",
                    (recording, writer, sequence),
                )
            sqlite_worlds.keep(connection, aliases, jars or {}, owners or {}, tainted)
            if intent is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO intents VALUES (?, ?, ?)", (recording, intent.writer, intent.sequence)
                )
        return sum(one.count for one in fresh)

    def checkpoint(self, recording: str = "live") -> dict[str, int]:
        """Writer to the sequence up to which every exchange has its outcome."""
        with self._database.reading() as connection:
            return _checkpoint(connection, recording)

    def intents(self, recording: str = "live") -> frozenset[Intent]:
        """The write copies that were announced and have no outcome yet."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT writer, sequence FROM intents WHERE recording = ?", (recording,))
            return outstanding((Intent(*row) for row in rows), _checkpoint(connection, recording))

    def counts(self, epoch: Epoch | None = None) -> list[Count]:
        """Outcomes per route and method, of one epoch or of each."""
        with self._database.reading() as connection:
            epochs = _epochs(connection)
            rows = connection.execute("SELECT route, method, epoch, outcome, reason, count FROM counts").fetchall()
        counts = [
            Count(route, method, epochs[number], Outcome(outcome), reason, count)
            for route, method, number, outcome, reason, count in rows
        ]
        return [one for one in counts if epoch is None or one.epoch == epoch]

    def tallies(self, epoch: Epoch | None = None) -> list[Tally]:
        """The evidence kept per route, of one epoch or of each."""
        with self._database.reading() as connection:
            epochs = _epochs(connection)
            wanted = {number for number, one in epochs.items() if epoch is None or one == epoch}
            rows = connection.execute("SELECT route, epoch, tally FROM tallies").fetchall()
        return [Tally.from_json(route, epochs[number], text) for route, number, text in rows if number in wanted]

    def epoch(self) -> Epoch | None:
        """The epoch of the latest judgement, None before the first."""
        with self._database.reading() as connection:
            row = connection.execute(f"SELECT {_EPOCH} FROM epochs ORDER BY turn DESC LIMIT 1").fetchone()
        return None if row is None else Epoch(*row)

    def builds(self) -> list[Build]:
        """The builds seen of both sides, oldest first."""
        with self._database.reading() as connection:
            return _builds(connection)

    def rule_uses(self, rules: str) -> dict[int, int]:
        """Position of a declared rule to the number of exchanges it matched."""
        with self._database.reading() as connection:
            return dict(
                connection.execute("SELECT position, count FROM rule_uses WHERE rules = ?", (rules,)).fetchall()
            )

    def paths(self) -> dict[tuple[str, str], int]:
        """(method, path) of requests that no route matched, most frequent first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT method, path, count FROM paths ORDER BY count DESC, last DESC").fetchall()
        return {(method, path): count for method, path, count in rows}


class _Kept(KeptFindings):
    """What a batch reads, in its own transaction."""

    def tallies_of(self, route: str, build: str) -> list[Tally]:
        """The tallies of a route in every epoch of this candidate build."""
        rows = self._connection.execute(
            f"SELECT tally, {_EPOCH} FROM tallies JOIN epochs ON epochs.id = tallies.epoch "
            "WHERE route = ? AND candidate_build = ?",
            (route, build),
        )
        return [Tally.from_json(route, Epoch(*epoch), text) for text, *epoch in rows]

    def builds(self) -> list[Build]:
        """The builds seen of both sides, oldest first."""
        return _builds(self._connection)

    def in_canary(self) -> Mapping[str, float]:
        """The routes in canary, and when each last moved."""
        return load_board(self._connection).in_canary()


def _keep(connection: sqlite3.Connection, batch: Batch) -> None:
    """Add a batch up with what is stored."""
    many = connection.executemany
    numbers = {epoch: _entered(connection, epoch) for epoch in batch.epochs}
    many("INSERT OR IGNORE INTO builds VALUES (?, ?, ?)", [(*key, at) for key, at in batch.builds.items()])
    many(
        "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [
            (route, method, numbers[epoch], outcome, reason, count)
            for (route, method, epoch, outcome, reason), count in batch.counts.items()
        ],
    )
    many(
        "INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?)",
        [(route, numbers[epoch], one.attempt, one.to_json()) for (route, epoch), one in batch.tallies.items()],
    )
    many(
        "INSERT INTO rule_uses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(*key, count) for key, count in batch.rule_uses.items()],
    )
    many("UPDATE routes SET pairs = pairs + ? WHERE route = ?", [(n, route) for route, n in batch.pairs.items()])
    keep_findings(connection, batch)
    if batch.paths:
        _keep_paths(connection, batch.paths)


def _keep_paths(connection: sqlite3.Connection, paths: Mapping[tuple[str, str], tuple[int, float]]) -> None:
    connection.executemany(
        "INSERT INTO paths VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count, last = excluded.last",
        [(*key, *value) for key, value in paths.items()],
    )
    connection.execute(
        "DELETE FROM paths WHERE (method, path) NOT IN "
        "(SELECT method, path FROM paths ORDER BY count DESC, last DESC LIMIT ?)",
        (limits.PATHS,),
    )


def _entered(connection: sqlite3.Connection, epoch: Epoch) -> int:
    """The epoch's number; it is the present one from here on."""
    row = connection.execute(
        f"INSERT INTO epochs ({_EPOCH}, turn) VALUES (?, ?, ?, ?, (SELECT ifnull(max(turn), 0) + 1 FROM epochs)) "
        "ON CONFLICT DO UPDATE SET turn = excluded.turn RETURNING id",
        astuple(epoch),
    ).fetchone()
    return int(row[0])


def _checkpoint(connection: sqlite3.Connection, recording: str) -> dict[str, int]:
    return dict(
        connection.execute("SELECT writer, sequence FROM checkpoints WHERE recording = ?", (recording,)).fetchall()
    )


def _epochs(connection: sqlite3.Connection) -> dict[int, Epoch]:
    rows = connection.execute(f"SELECT id, {_EPOCH} FROM epochs").fetchall()
    return {number: Epoch(*values) for number, *values in rows}


def _builds(connection: sqlite3.Connection) -> list[Build]:
    rows = connection.execute("SELECT side, name, first_seen FROM builds ORDER BY first_seen, rowid").fetchall()
    return [Build(Side(side), name, at) for side, name, at in rows]
