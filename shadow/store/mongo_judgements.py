"""MongoDB: what the mirrors write down in one transaction, and the numbers that come of it.

The key of a number is what it counts. Two mirrors that write at the same moment meet in a document sooner or later;
one of them begins its transaction again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from pymongo import ASCENDING, DESCENDING, UpdateOne

from shadow.findings.status import ENOUGH
from shadow.judgement import Epoch, Judgement
from shadow.store import limits, mongo_worlds
from shadow.store.batch import Batch, folded, outstanding, refuse_beyond, unseen
from shadow.store.mongo_database import Document, MongoDatabase
from shadow.store.mongo_findings import KeptFindings, keep_findings
from shadow.store.mongo_stages import load_board
from shadow.store.tally import Tally
from shadow.store.values import Build, Count, Intent, KnownAlias
from shadow.words import Outcome, Side


class Judgements:
    """Counts, tallies, checkpoints."""

    _database: MongoDatabase

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
        database, names = self._database, tuple(aliases)

        def once() -> int:
            fresh = unseen(judgements, _checkpoint(database, recording))
            if fresh:
                _keep(database, folded(fresh, _Kept(database), enough=enough))
            _advance(database, recording, checkpoint)
            mongo_worlds.keep(database, names, jars or {}, owners or {}, tainted)
            if intent is not None:
                key = {"recording": recording, "writer": intent.writer}
                database["intents"].update_one({"_id": key}, {"$set": {**asdict(intent), **key}}, upsert=True)
            return sum(one.count for one in fresh)

        return database.transact(once)

    def checkpoint(self, recording: str = "live") -> dict[str, int]:
        """Writer to the sequence up to which every exchange has its outcome."""
        with self._database.asking():
            return _checkpoint(self._database, recording)

    def intents(self, recording: str = "live") -> frozenset[Intent]:
        """The write copies that were announced and have no outcome yet."""

        def once() -> frozenset[Intent]:
            found = self._database["intents"].find({"recording": recording})
            told = [Intent(one["writer"], one["sequence"]) for one in found]
            return outstanding(told, _checkpoint(self._database, recording))

        return self._database.transact(once)

    def counts(self, epoch: Epoch | None = None) -> list[Count]:
        """Outcomes per route and method, of one epoch or of each."""
        wanted = {} if epoch is None else {"_id.epoch": asdict(epoch)}
        with self._database.asking():
            found = [(one["_id"], one["count"]) for one in self._database["counts"].find(wanted)]
        return [
            Count(key["route"], key["method"], Epoch(**key["epoch"]), Outcome(key["outcome"]), key["reason"], count)
            for key, count in found
        ]

    def tallies(self, epoch: Epoch | None = None) -> list[Tally]:
        """The evidence kept per route, of one epoch or of each."""
        wanted = {} if epoch is None else {"_id.epoch": asdict(epoch)}
        with self._database.asking():
            return _tallies(self._database, wanted)

    def epoch(self) -> Epoch | None:
        """The epoch of the latest judgement, None before the first."""
        with self._database.asking():
            latest = self._database["epochs"].find_one(sort=[("turn", DESCENDING)])
        return None if latest is None else Epoch(**latest["_id"])

    def builds(self) -> list[Build]:
        """The builds seen of both sides, oldest first."""
        with self._database.asking():
            return _builds(self._database)

    def rule_uses(self, rules: str) -> dict[int, int]:
        """Position of a declared rule to the number of exchanges it matched."""
        with self._database.asking():
            found = list(self._database["rule_uses"].find({"_id.rules": rules}))
        return {one["_id"]["position"]: one["count"] for one in found}

    def paths(self) -> dict[tuple[str, str], int]:
        """(method, path) of requests that no route matched, most frequent first."""
        with self._database.asking():
            found = list(self._database["paths"].find().sort(_MOST_FREQUENT))
        return {(one["_id"]["method"], one["_id"]["path"]): one["count"] for one in found}


_MOST_FREQUENT = [("count", DESCENDING), ("last", DESCENDING)]


class _Kept(KeptFindings):
    """What a batch reads, in its own transaction."""

    def tallies_of(self, route: str, build: str) -> list[Tally]:
        """The tallies of a route in every epoch of this candidate build."""
        return _tallies(self._database, {"route": route, "build": build})

    def builds(self) -> list[Build]:
        """The builds seen of both sides, oldest first."""
        return _builds(self._database)

    def in_canary(self) -> Mapping[str, float]:
        """The routes in canary, and when each last moved."""
        return load_board(self._database).in_canary()


def _keep(database: MongoDatabase, batch: Batch) -> None:
    """Add a batch up with what is stored."""
    _enter_epochs(database, batch)
    _enter_builds(database, batch)
    _write(database, "counts", [_added(_count_key(*key), count) for key, count in batch.counts.items()])
    _write(database, "tallies", [_replaced(tally) for tally in batch.tallies.values()])
    uses = batch.rule_uses.items()
    _write(database, "rule_uses", [_added({"rules": rules, "position": at}, count) for (rules, at), count in uses])
    _write(database, "pairs", [_added(route, count) for route, count in batch.pairs.items()])
    keep_findings(database, batch)
    if batch.paths:
        _keep_paths(database, batch.paths)


def _enter_epochs(database: MongoDatabase, batch: Batch) -> None:
    """The last of the batch's epochs is the present one from here on; nothing is written while it stays the same."""
    latest = database["epochs"].find_one(sort=[("turn", DESCENDING)])
    if latest and [*batch.epochs] == [Epoch(**latest["_id"])]:
        return
    turn = latest["turn"] if latest else 0
    entered = enumerate(batch.epochs, turn + 1)
    turns = [UpdateOne({"_id": asdict(epoch)}, {"$set": {"turn": number}}, upsert=True) for number, epoch in entered]
    _write(database, "epochs", turns)


def _enter_builds(database: MongoDatabase, batch: Batch) -> None:
    """A build keeps when it was first seen, and its place among those seen at once."""
    known = _builds(database)
    names = {(one.side, one.name) for one in known}
    new = [(key, at) for key, at in batch.builds.items() if key not in names]
    builds = [
        UpdateOne({"_id": {"side": side, "name": name}}, {"$set": {"first_seen": at, "number": number}}, upsert=True)
        for number, ((side, name), at) in enumerate(new, len(known))
    ]
    _write(database, "builds", builds)


def _keep_paths(database: MongoDatabase, paths: Mapping[tuple[str, str], tuple[int, float]]) -> None:
    _write(
        database,
        "paths",
        [
            UpdateOne(
                {"_id": {"method": method, "path": path}},
                {"$inc": {"count": count}, "$set": {"last": last}},
                upsert=True,
            )
            for (method, path), (count, last) in paths.items()
        ],
    )
    rare = database["paths"].find({}, {"_id": 1}).sort(_MOST_FREQUENT).skip(limits.PATHS)
    if found := [one["_id"] for one in rare]:
        database["paths"].delete_many({"_id": {"$in": found}})


def _advance(database: MongoDatabase, recording: str, checkpoint: Mapping[str, int]) -> None:
    """A checkpoint never goes back. Every batch that counts writes here, so no two count the same exchange."""
    _write(
        database,
        "checkpoints",
        [
            UpdateOne(
                {"_id": {"recording": recording, "writer": writer}},
                {"$max": {"sequence": sequence}, "$set": {"recording": recording, "writer": writer}},
                upsert=True,
            )
            for writer, sequence in checkpoint.items()
        ],
    )


def _write(database: MongoDatabase, collection: str, operations: list[UpdateOne]) -> None:
    if operations:
        database[collection].bulk_write(operations)


def _added(key: Document | str, count: int) -> UpdateOne:
    return UpdateOne({"_id": key}, {"$inc": {"count": count}}, upsert=True)


def _replaced(tally: Tally) -> UpdateOne:
    key = {"route": tally.route, "epoch": asdict(tally.epoch)}
    found = {"route": tally.route, "build": tally.epoch.candidate_build, "tally": tally.to_json()}
    return UpdateOne({"_id": key}, {"$set": found}, upsert=True)


def _count_key(route: str, method: str, epoch: Epoch, outcome: Outcome, reason: str) -> Document:
    return {"route": route, "method": method, "epoch": asdict(epoch), "outcome": outcome, "reason": reason}


def _checkpoint(database: MongoDatabase, recording: str) -> dict[str, int]:
    return {one["writer"]: one["sequence"] for one in database["checkpoints"].find({"recording": recording})}


def _tallies(database: MongoDatabase, wanted: Document) -> list[Tally]:
    found = database["tallies"].find(wanted)
    return [Tally.from_json(one["route"], Epoch(**one["_id"]["epoch"]), one["tally"]) for one in found]


def _builds(database: MongoDatabase) -> list[Build]:
    found = database["builds"].find().sort([("first_seen", ASCENDING), ("number", ASCENDING)])
    return [Build(Side(one["_id"]["side"]), one["_id"]["name"], one["first_seen"]) for one in found]
