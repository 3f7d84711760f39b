"""SQLite: findings, their samples and their status."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from shadow.errors import NotFound
from shadow.findings.cluster import Sighting, seen_again
from shadow.findings.finding import Acceptance, Finding
from shadow.findings.status import settled, signed
from shadow.judgement import Epoch, Sample
from shadow.store.database import Database
from shadow.store.tally import Tally
from shadow.words import FindingStatus, Severity, Side

_SAMPLES = 5


class Findings:
    """Triage."""

    _database: Database

    def findings(self, route: str | None = None) -> list[Finding]:
        """All findings, or those of a route; oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT finding FROM findings WHERE ?1 IS NULL OR route = ?1 ORDER BY first_seen, id", (route,)
            ).fetchall()
        return [_read(row[0]) for row in rows]

    def finding(self, finding_id: str) -> Finding:
        """One finding by its id or an unambiguous beginning of it."""
        with self._database.reading() as connection:
            return _one(connection, finding_id)

    def samples(self, finding_id: str) -> list[Sample]:
        """Up to five samples of a finding, of the latest build that showed it."""
        with self._database.reading() as connection:
            finding = _one(connection, finding_id)
            rows = connection.execute(
                "SELECT sample FROM samples WHERE finding = ? ORDER BY rowid", (finding.id,)
            ).fetchall()
        return [Sample(**json.loads(row[0])) for row in rows]

    def accept(self, finding_id: str, acceptance: Acceptance | None) -> Finding:
        """Sign a finding off, or take the signature back."""
        with self._database.writing() as connection:
            finding = signed(_one(connection, finding_id), acceptance)
            _write(connection, finding)
        return finding


def see(connection: sqlite3.Connection, sighting: Sighting) -> Finding:
    """Count a sighting; the finding as it is now."""
    row = connection.execute("SELECT finding FROM findings WHERE id = ?", (sighting.finding,)).fetchone()
    finding = seen_again(None if row is None else _read(row[0]), sighting)
    _write(connection, finding)
    if sighting.sample is not None and sighting.sample.request:
        _keep_sample(connection, sighting, sighting.sample)
    return finding


def settle(connection: sqlite3.Connection, route: str, build: str) -> None:
    """Mark as fixed what the present candidate build shows no more."""
    rows = connection.execute(
        "SELECT finding FROM findings WHERE route = ? AND status IN (?, ?)",
        (route, FindingStatus.OPEN, FindingStatus.REOPENED),
    ).fetchall()
    if not rows:
        return
    builds = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM builds WHERE side = ? ORDER BY first_seen, rowid", (Side.CANDIDATE,)
        )
    ]
    tallies = [
        Tally.from_json(route, Epoch(candidate_build=build), row[0])
        for row in connection.execute(
            "SELECT tally FROM tallies JOIN epochs ON epochs.id = tallies.epoch "
            "WHERE route = ? AND candidate_build = ?",
            (route, build),
        )
    ]

    def compared(finding: Finding) -> int:
        return sum(tally.shapes[name].compared for tally in tallies for name in finding.shapes if name in tally.shapes)

    for row in rows:
        finding = _read(row[0])
        after = settled(finding, build, builds, compared)
        if after is not finding:
            _write(connection, after)


def _keep_sample(connection: sqlite3.Connection, sighting: Sighting, sample: Sample) -> None:
    """Keep the first five of a build; those of an earlier build make room."""
    connection.execute("DELETE FROM samples WHERE finding = ? AND build <> ?", (sighting.finding, sighting.build))
    kept = connection.execute("SELECT count(*) FROM samples WHERE finding = ?", (sighting.finding,)).fetchone()[0]
    if kept < _SAMPLES:
        connection.execute(
            "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?)",
            (sighting.finding, sample.exchange, sighting.build, json.dumps(asdict(sample))),
        )


def _one(connection: sqlite3.Connection, finding_id: str) -> Finding:
    rows = connection.execute(
        "SELECT finding FROM findings WHERE substr(id, 1, ?) = ? LIMIT 3", (len(finding_id), finding_id)
    ).fetchall()
    if not finding_id or not rows:
        raise NotFound(f"there is no finding {finding_id!r}. Next: shadow findings list")
    found = [_read(row[0]) for row in rows]
    exact = [finding for finding in found if finding.id == finding_id]
    if len(exact or found) > 1:
        raise NotFound(f"{finding_id!r} is the beginning of several findings: {', '.join(one.id for one in found)}")
    return (exact or found)[0]


def _write(connection: sqlite3.Connection, finding: Finding) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?)",
        (finding.id, finding.route, finding.status, finding.first_seen, json.dumps(asdict(finding))),
    )


def _read(text: str) -> Finding:
    kept = json.loads(text)
    kept["severity"] = Severity(kept["severity"])
    kept["status"] = FindingStatus(kept["status"])
    kept["builds"], kept["shapes"] = tuple(kept["builds"]), tuple(kept["shapes"])
    if kept["accepted"] is not None:
        kept["accepted"] = Acceptance(**kept["accepted"])
    return Finding(**kept)
