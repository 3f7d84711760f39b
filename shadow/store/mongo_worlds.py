"""MongoDB: what the mirrors need to go on after a restart: aliases, jars, owners, the clone and its taint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from pymongo import DESCENDING, DeleteOne, ReplaceOne, UpdateOne

from shadow import clock
from shadow.store import limits
from shadow.store.mongo_database import LAST, Document, MongoDatabase
from shadow.store.mongo_stages import enter
from shadow.store.texts import storable
from shadow.store.values import KnownAlias, Move, World
from shadow.words import Side

_Operation = DeleteOne | ReplaceOne[Document]


class Worlds:
    """Aliases, jars, owners, world, and texts under a name."""

    _database: MongoDatabase

    def aliases(self) -> list[KnownAlias]:
        """The renamings known, oldest first."""
        return self.newer_aliases(0)[1]

    def newer_aliases(self, after: int) -> tuple[int, list[KnownAlias]]:
        """The renamings written behind this number, and the number to ask with next time."""
        with self._database.asking():
            found = list(self._database["aliases"].find({"number": {"$gt": after}}, {"_id": 0}).sort("number"))
        numbers = [one.pop("number") for one in found]
        return max(numbers, default=after), [KnownAlias(**one) for one in found]

    def jars(self) -> dict[str, str]:
        """Client id to its sealed cookie jars, the one used longest ago first."""
        with self._database.asking():
            return {one["_id"]: one["jar"] for one in self._database["jars"].find().sort("number")}

    def owners(self) -> dict[str, Side]:
        """Group to the mirrored side that owns its state."""
        with self._database.asking():
            return {one["_id"]: Side(one["side"]) for one in self._database["owners"].find()}

    def world(self) -> World:
        """The present clone."""
        with self._database.asking():
            return _world(self._database)

    def new_world(self, entry: Move | None = None) -> World:
        """Begin the next clone; `entry` goes to the ledger with it."""

        def once() -> World:
            if entry:
                enter(self._database, entry)
            world = World(_world(self._database).number + 1)
            self._database["meta"].replace_one({"_id": "world"}, asdict(world), upsert=True)
            for collection in ("aliases", "jars", "owners"):
                self._database[collection].delete_many({})
            return world

        return self._database.transact(once)

    def note(self, key: str, value: str) -> None:
        """Keep a text under a name."""
        with self._database.asking():
            self._database["notes"].replace_one({"_id": key}, {"value": value}, upsert=True)

    def noted(self, key: str) -> str | None:
        """The text kept under this name."""
        with self._database.asking():
            found = self._database["notes"].find_one({"_id": key})
        return None if found is None else found["value"]

    def notes(self, beginning: str) -> dict[str, str]:
        """The texts kept under names that begin so."""
        begins = {"_id": {"$gte": beginning, "$lt": beginning + LAST}}
        with self._database.asking():
            return {one["_id"]: one["value"] for one in self._database["notes"].find(begins).sort("_id")}


def keep(
    database: MongoDatabase,
    aliases: Iterable[KnownAlias],
    jars: Mapping[str, str],
    owners: Mapping[str, Side],
    tainted: str,
) -> None:
    """The part of a batch that is not numbers."""
    # What UTF-8 cannot hold, no request could carry either.
    fit = [one for one in aliases if (one.live, one.shadow) == (storable(one.live), storable(one.shadow))]
    if fit:
        numbers = database.numbers("aliases", len(fit))
        changes = [_alias(one, number) for one, number in zip(fit, numbers, strict=True)]
        _write(database, "aliases", changes, numbers[-1], limits.ALIASES)
    if jars:
        numbers = database.numbers("jars", len(jars))
        changes = [_jar(*jar, number) for jar, number in zip(jars.items(), numbers, strict=True)]
        _write(database, "jars", changes, numbers[-1], limits.JARS)
    if owners:
        sides = [UpdateOne({"_id": unit}, {"$set": {"side": side}}, upsert=True) for unit, side in owners.items()]
        database["owners"].bulk_write(sides)
    world = _world(database) if tainted else None
    if world and not world.tainted:
        changed = {**asdict(world), "tainted": tainted, "tainted_at": clock.now()}
        database["meta"].replace_one({"_id": "world"}, changed, upsert=True)


def _write(database: MongoDatabase, collection: str, changes: list[_Operation], last: int, limit: int) -> None:
    """Make the changes, and drop the oldest past the limit now and then."""
    kept = database[collection]
    kept.bulk_write(changes)
    if limits.due(last, len(changes), limit):
        for one in kept.find({}, {"number": 1}).sort("number", DESCENDING).skip(limit - 1).limit(1):
            kept.delete_many({"number": {"$lt": one["number"]}})


def _alias(alias: KnownAlias, number: int) -> _Operation:
    # A text: of a document as the id the embedded database would look through all of them.
    key = {"_id": f"{alias.scope}\0{alias.live}"}
    return ReplaceOne(key, {**asdict(alias), "number": number}, upsert=True) if alias.shadow else DeleteOne(key)


def _jar(client: str, jar: str, number: int) -> _Operation:
    return (
        ReplaceOne({"_id": client}, {"jar": jar, "number": number}, upsert=True) if jar else DeleteOne({"_id": client})
    )


def _world(database: MongoDatabase) -> World:
    found = database["meta"].find_one({"_id": "world"}, {"_id": 0})
    return World(**found) if found else World()
