# ruff: noqa: S608 (only names of this file's own tables and columns are put into a statement)
"""SQLite: what the mirror writes down in one transaction, and the numbers that come of it."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from shadow.findings.cluster import sightings
from shadow.findings.status import ENOUGH
from shadow.judgement import Epoch, Judgement
from shadow.routes import UNMATCHED
from shadow.store import sqlite_findings, sqlite_worlds
from shadow.store.database import Database
from shadow.store.tally import Tally
from shadow.store.texts import storable_judgement
from shadow.store.values import Build, Count, Intent, KnownAlias
from shadow.words import FindingStatus, Outcome, Side, Stage

_MAX_PATHS = 100


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
        for one in judgements:
            if one.sequence > checkpoint.get(one.writer, 0):
                raise ValueError(f"{one.writer} {one.sequence} is judged but the checkpoint stands before it")
        with self._database.writing() as connection:
            stored = _checkpoint(connection, recording)
            fresh = [one for one in judgements if one.sequence > stored.get(one.writer, 0)]
            if fresh:
                _count(connection, fresh, enough)
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

    def intent(self, recording: str = "live") -> Intent | None:
        """The write copy that was announced and has no outcome yet."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT writer, sequence FROM intents WHERE recording = ?", (recording,)
            ).fetchone()
            if row is None or row[1] <= _checkpoint(connection, recording).get(row[0], 0):
                return None
            return Intent(*row)

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
            rows = connection.execute("SELECT side, name, first_seen FROM builds ORDER BY first_seen, rowid").fetchall()
        return [Build(Side(side), name, at) for side, name, at in rows]

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


_EPOCH = "primary_build, candidate_build, rules, world"


def _checkpoint(connection: sqlite3.Connection, recording: str) -> dict[str, int]:
    return dict(
        connection.execute("SELECT writer, sequence FROM checkpoints WHERE recording = ?", (recording,)).fetchall()
    )


def _epochs(connection: sqlite3.Connection) -> dict[int, Epoch]:
    rows = connection.execute(f"SELECT id, {_EPOCH} FROM epochs").fetchall()
    return {number: Epoch(*values) for number, *values in rows}


def _count(connection: sqlite3.Connection, judgements: Sequence[Judgement], enough: int) -> None:
    """Everything that a batch of judgements changes in numbers and findings."""
    book, findings = _Book(connection), sqlite_findings.Sightings(connection)
    for one in map(storable_judgement, judgements):
        number = book.number_of(one.epoch, one.at)
        connection.execute(
            "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (one.route, one.method, number, one.outcome, one.reason, one.count),
        )
        seen = [findings.see(sighting) for sighting in sightings(one)]
        explained = bool(seen) and all(finding.status is FindingStatus.ACCEPTED for finding in seen)
        book.tally(one.route, one.epoch).add(one, explained=explained)
        for position in one.rules:
            connection.execute(
                "INSERT INTO rule_uses VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
                (one.epoch.rules, position),
            )
        if one.route == UNMATCHED and one.path:
            _note_path(connection, one)
    book.save()
    findings.save()
    _count_canary_pairs(connection, judgements)
    connection.execute(
        "DELETE FROM paths WHERE (method, path) NOT IN "
        "(SELECT method, path FROM paths ORDER BY count DESC, last DESC LIMIT ?)",
        (_MAX_PATHS,),
    )
    latest = judgements[-1].epoch
    for route in {one.route for one in judgements}:
        sqlite_findings.settle(connection, route, latest.candidate_build, enough)


def _count_canary_pairs(connection: sqlite3.Connection, judgements: Sequence[Judgement]) -> None:
    """The clean pairs that the candidate served since a canary's last step: its next step asks for them."""
    rows = connection.execute(
        "SELECT route, moved FROM routes JOIN units USING (unit) WHERE units.stage = ?", (Stage.CANARY,)
    )
    moved: dict[str, float] = dict(rows.fetchall())
    pairs = Counter(
        one.route
        for one in judgements
        if one.answering is Side.CANDIDATE and one.outcome.clean and one.at >= moved.get(one.route, math.inf)
    )
    connection.executemany("UPDATE routes SET pairs = pairs + ? WHERE route = ?", [(n, r) for r, n in pairs.items()])


def _note_path(connection: sqlite3.Connection, judgement: Judgement) -> None:
    connection.execute(
        "INSERT INTO paths VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count, last = excluded.last",
        (judgement.method, judgement.path, judgement.count, judgement.at),
    )


class _Book:
    """The epochs and tallies that one transaction touches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[Epoch, int] = {}
        self._tallies: dict[tuple[str, Epoch], Tally] = {}

    def number_of(self, epoch: Epoch, at: float) -> int:
        """The epoch's number; a new one is entered, with its builds."""
        if epoch not in self._numbers:
            values = (epoch.primary_build, epoch.candidate_build, epoch.rules, epoch.world)
            row = self._connection.execute(
                f"INSERT INTO epochs ({_EPOCH}, turn) "
                "VALUES (?, ?, ?, ?, (SELECT ifnull(max(turn), 0) + 1 FROM epochs)) "
                "ON CONFLICT DO UPDATE SET turn = excluded.turn RETURNING id",
                values,
            ).fetchone()
            self._numbers[epoch] = row[0]
            for side, build in ((Side.PRIMARY, epoch.primary_build), (Side.CANDIDATE, epoch.candidate_build)):
                if build:
                    self._connection.execute("INSERT OR IGNORE INTO builds VALUES (?, ?, ?)", (side, build, at))
        return self._numbers[epoch]

    def tally(self, route: str, epoch: Epoch) -> Tally:
        """The route's tally; a new epoch goes on with the attempts that the candidate's build has used up."""
        if (route, epoch) not in self._tallies:
            self._tallies[route, epoch] = self._kept(route, epoch) or Tally(route, epoch, self._attempt(route, epoch))
        return self._tallies[route, epoch]

    def save(self) -> None:
        """Write the tallies back."""
        for (route, epoch), tally in self._tallies.items():
            self._connection.execute(
                "INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?)",
                (route, self._numbers[epoch], tally.attempt, tally.to_json()),
            )

    def _kept(self, route: str, epoch: Epoch) -> Tally | None:
        row = self._connection.execute(
            "SELECT tally FROM tallies WHERE route = ? AND epoch = ?", (route, self._numbers[epoch])
        ).fetchone()
        return None if row is None else Tally.from_json(route, epoch, row[0])

    def _attempt(self, route: str, epoch: Epoch) -> int:
        row = self._connection.execute(
            "SELECT max(attempt) FROM tallies JOIN epochs ON epochs.id = tallies.epoch "
            "WHERE route = ? AND candidate_build = ?",
            (route, epoch.candidate_build),
        ).fetchone()
        return row[0] or 1
