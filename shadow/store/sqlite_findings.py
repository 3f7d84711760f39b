"""SQLite: findings and their samples."""

from __future__ import annotations

import sqlite3

from shadow.findings.finding import Acceptance, Finding
from shadow.findings.status import signed
from shadow.judgement import Sample
from shadow.store.batch import Batch
from shadow.store.database import Database
from shadow.store.forms import as_text, finding_of, meant, sample_of
from shadow.store.shelf import Shelved
from shadow.words import FindingStatus


class Findings:
    """Triage."""

    _database: Database

    def findings(self, route: str | None = None) -> list[Finding]:
        """All findings, or those of a route; oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT finding FROM findings WHERE ?1 IS NULL OR route = ?1 ORDER BY first_seen, id", (route,)
            ).fetchall()
        return [finding_of(row[0]) for row in rows]

    def finding(self, finding_id: str) -> Finding:
        """One finding by its id or an unambiguous beginning of it."""
        with self._database.reading() as connection:
            return _one(connection, finding_id)

    def samples(self, finding_id: str) -> list[Sample]:
        """Up to five samples of a finding, of the latest build that showed it; the newest first."""
        with self._database.reading() as connection:
            finding = _one(connection, finding_id)
            rows = connection.execute(
                "SELECT sample FROM samples WHERE finding = ? ORDER BY rowid DESC", (finding.id,)
            ).fetchall()
        return [sample_of(row[0]) for row in rows]

    def accept(self, finding_id: str, acceptance: Acceptance | None) -> Finding:
        """Sign a finding off, or take the signature back."""
        with self._database.writing() as connection:
            finding = signed(_one(connection, finding_id), acceptance)
            _write(connection, finding)
        return finding


class KeptFindings:
    """The part of `batch.Kept` that is findings."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, finding_id: str) -> Finding | None:
        """The finding of exactly this id."""
        row = self._connection.execute("SELECT finding FROM findings WHERE id = ?", (finding_id,)).fetchone()
        return None if row is None else finding_of(row[0])

    def open_findings(self, route: str) -> list[Finding]:
        """The route's findings that are open or reopened."""
        rows = self._connection.execute(
            "SELECT finding FROM findings WHERE route = ? AND status IN (?, ?)",
            (route, FindingStatus.OPEN, FindingStatus.REOPENED),
        )
        return [finding_of(row[0]) for row in rows]

    def number_of_findings(self, route: str) -> int:
        """How many findings the route has."""
        of_route = "SELECT count(*) FROM findings WHERE route = ?"
        return int(self._connection.execute(of_route, (route,)).fetchone()[0])

    def sampled(self, finding_id: str) -> list[Shelved]:
        """The finding's samples, oldest first."""
        of_finding = "SELECT exchange, build, rowid FROM samples WHERE finding = ? ORDER BY rowid"
        return [Shelved(*row) for row in self._connection.execute(of_finding, (finding_id,))]


def keep_findings(connection: sqlite3.Connection, batch: Batch) -> None:
    """The findings of a batch and their samples."""
    for finding in batch.findings.values():
        _write(connection, finding)
    for finding_id, shelf in batch.shelves.items():
        connection.execute(
            "DELETE FROM samples WHERE finding = ? AND (build <> ? OR exchange = ?)",
            (finding_id, shelf.build, shelf.gone),
        )
        connection.executemany(
            "INSERT INTO samples VALUES (?, ?, ?, ?)",
            [(finding_id, sample.exchange, shelf.build, as_text(sample)) for _, sample in shelf.new],
        )


def _one(connection: sqlite3.Connection, finding_id: str) -> Finding:
    rows = connection.execute(
        "SELECT finding FROM findings WHERE substr(id, 1, ?) = ? LIMIT 3", (len(finding_id), finding_id)
    ).fetchall()
    return meant(finding_id, [finding_of(row[0]) for row in rows])


def _write(connection: sqlite3.Connection, finding: Finding) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?)",
        (finding.id, finding.route, finding.status, finding.first_seen, as_text(finding)),
    )
