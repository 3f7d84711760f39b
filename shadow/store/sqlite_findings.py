"""SQLite: findings, their samples and their status."""

from __future__ import annotations

import sqlite3

import orjson

from shadow.errors import NotFound
from shadow.findings.cluster import ROOM, Sighting, crowded, seen_again, shows
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
        return [Sample(**orjson.loads(row[0])) for row in rows]

    def accept(self, finding_id: str, acceptance: Acceptance | None) -> Finding:
        """Sign a finding off, or take the signature back."""
        with self._database.writing() as connection:
            finding = signed(_one(connection, finding_id), acceptance)
            _write(connection, finding)
        return finding


class Sightings:
    """The findings that one transaction touches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._found: dict[str, Finding] = {}

    def see(self, sighting: Sighting) -> Finding:
        """Count a sighting; the finding as it is now."""
        known = self._known(sighting)
        if known is None and self._full(sighting.route):
            sighting = crowded(sighting)
            known = self._known(sighting)
        finding = seen_again(known, sighting)
        self._found[finding.id] = finding
        if known is None:
            _write(self._connection, finding)
        if sighting.sample is not None and sighting.sample.request:
            _keep_sample(self._connection, sighting, sighting.sample)
        return finding

    def save(self) -> None:
        """Write the findings back."""
        for finding in self._found.values():
            _write(self._connection, finding)

    def _known(self, sighting: Sighting) -> Finding | None:
        if sighting.finding in self._found:
            return self._found[sighting.finding]
        row = self._connection.execute("SELECT finding FROM findings WHERE id = ?", (sighting.finding,)).fetchone()
        return None if row is None else _read(row[0])

    def _full(self, route: str) -> bool:
        of_route = "SELECT count(*) FROM findings WHERE route = ?"
        return bool(self._connection.execute(of_route, (route,)).fetchone()[0] >= ROOM)


def settle(connection: sqlite3.Connection, route: str, build: str, enough: int) -> None:
    """Mark as fixed what the present candidate build shows no more in `enough` exchanges."""
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
        return sum(one.compared for tally in tallies for name, one in tally.shapes.items() if shows(finding, name))

    for row in rows:
        finding = _read(row[0])
        after = settled(finding, build, builds, compared, enough=enough)
        if after is not finding:
            _write(connection, after)


def _keep_sample(connection: sqlite3.Connection, sighting: Sighting, sample: Sample) -> None:
    """Keep the first five of a build; those of an earlier build make room."""
    connection.execute("DELETE FROM samples WHERE finding = ? AND build <> ?", (sighting.finding, sighting.build))
    kept = connection.execute("SELECT count(*) FROM samples WHERE finding = ?", (sighting.finding,)).fetchone()[0]
    if kept < _SAMPLES:
        connection.execute(
            "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?)",
            (sighting.finding, sample.exchange, sighting.build, orjson.dumps(sample).decode()),
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
        (finding.id, finding.route, finding.status, finding.first_seen, orjson.dumps(finding).decode()),
    )


def _read(text: str) -> Finding:
    kept = orjson.loads(text)
    kept["severity"] = Severity(kept["severity"])
    kept["status"] = FindingStatus(kept["status"])
    kept["builds"], kept["shapes"] = tuple(kept["builds"]), tuple(kept["shapes"])
    if kept["accepted"] is not None:
        kept["accepted"] = Acceptance(**kept["accepted"])
    return Finding(**kept)
