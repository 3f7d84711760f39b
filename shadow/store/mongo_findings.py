"""MongoDB: findings and their samples."""

from __future__ import annotations

from pymongo import InsertOne, ReplaceOne

from shadow.findings.finding import Acceptance, Finding
from shadow.findings.status import signed
from shadow.judgement import Sample
from shadow.store.batch import Batch
from shadow.store.forms import as_text, finding_of, meant, sample_of
from shadow.store.mongo_database import LAST, Document, MongoDatabase
from shadow.store.shelf import Shelf, Shelved
from shadow.words import FindingStatus

# MongoDB takes no document above 16 MiB; a sample is an exchange with both answers, and may be larger.
_MAX_SAMPLE = 15 * 1024 * 1024


class Findings:
    """Triage."""

    _database: MongoDatabase

    def findings(self, route: str | None = None) -> list[Finding]:
        """All findings, or those of a route; oldest first."""
        wanted = {} if route is None else {"route": route}
        with self._database.asking():
            found = list(self._database["findings"].find(wanted).sort([("first_seen", 1), ("_id", 1)]))
        return [finding_of(one["finding"]) for one in found]

    def finding(self, finding_id: str) -> Finding:
        """One finding by its id or an unambiguous beginning of it."""
        with self._database.asking():
            return _one(self._database, finding_id)

    def samples(self, finding_id: str) -> list[Sample]:
        """Up to five samples of a finding, of the latest build that showed it; the newest first."""
        with self._database.asking():
            finding = _one(self._database, finding_id)
            found = list(self._database["samples"].find({"finding": finding.id}).sort("place", -1))
        return [sample_of(one["sample"]) for one in found]

    def accept(self, finding_id: str, acceptance: Acceptance | None) -> Finding:
        """Sign a finding off, or take the signature back."""

        def once() -> Finding:
            finding = signed(_one(self._database, finding_id), acceptance)
            self._database["findings"].replace_one({"_id": finding.id}, _document(finding))
            return finding

        return self._database.transact(once)


class KeptFindings:
    """The part of `batch.Kept` that is findings."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    def known(self, finding_id: str) -> Finding | None:
        """The finding of exactly this id."""
        found = self._database["findings"].find_one({"_id": finding_id})
        return None if found is None else finding_of(found["finding"])

    def open_findings(self, route: str) -> list[Finding]:
        """The route's findings that are open or reopened."""
        wanted = {"route": route, "status": {"$in": [FindingStatus.OPEN, FindingStatus.REOPENED]}}
        return [finding_of(one["finding"]) for one in self._database["findings"].find(wanted)]

    def number_of_findings(self, route: str) -> int:
        """How many findings the route has."""
        return self._database["findings"].count_documents({"route": route})

    def sampled(self, finding_id: str) -> list[Shelved]:
        """The finding's samples, oldest first."""
        wanted = {"exchange": 1, "build": 1, "place": 1}
        found = self._database["samples"].find({"finding": finding_id}, wanted).sort("place", 1)
        return [Shelved(one["exchange"], one["build"], one["place"]) for one in found]


def keep_findings(database: MongoDatabase, batch: Batch) -> None:
    """The findings of a batch and their samples."""
    if batch.findings:
        findings = batch.findings.values()
        database["findings"].bulk_write([ReplaceOne({"_id": one.id}, _document(one), upsert=True) for one in findings])
    for finding_id, shelf in batch.shelves.items():
        leaving = [{"build": {"$ne": shelf.build}}, {"exchange": shelf.gone}]
        database["samples"].delete_many({"finding": finding_id, "$or": leaving})
        if samples := _samples(finding_id, shelf):
            database["samples"].bulk_write([InsertOne(one) for one in samples])


def _samples(finding_id: str, shelf: Shelf) -> list[Document]:
    texts = [(place, sample.exchange, as_text(sample)) for place, sample in shelf.new]
    return [
        {"finding": finding_id, "exchange": exchange, "place": place, "build": shelf.build, "sample": text}
        for place, exchange, text in texts
        if len(text.encode()) <= _MAX_SAMPLE
    ]


def _one(database: MongoDatabase, finding_id: str) -> Finding:
    found = database["findings"].find({"_id": {"$gte": finding_id, "$lt": finding_id + LAST}}).limit(3)
    return meant(finding_id, [finding_of(one["finding"]) for one in found])


def _document(finding: Finding) -> Document:
    return {
        "_id": finding.id,
        "route": finding.route,
        "status": finding.status,
        "first_seen": finding.first_seen,
        "finding": as_text(finding),
    }
