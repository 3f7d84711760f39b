"""MongoDB: the twins that the proxies share, sealed, and how many there were (shadow/twin/)."""

from __future__ import annotations

from collections.abc import Mapping

from pymongo import ReplaceOne, UpdateOne

from shadow.store import limits
from shadow.store.mongo_database import MongoDatabase


class Twins:
    """Sealed texts by id, each under a number that grows with every change."""

    _database: MongoDatabase

    def keep_twins(self, twins: Mapping[str, str], counts: Mapping[str, int], *, idle: float) -> None:
        """Write down twins and add to the counts; what was kept longest ago goes."""
        now, added = self._database.now(), [_added(what, count) for what, count in counts.items()]
        # Twice the time, since a twin in use is written down now and then only.
        ended, unused = now - limits.TWIN_TOLD, now - 2 * idle - limits.TWIN_TOLD

        def once() -> None:
            if twins:
                # An end is final, whatever another proxy has to tell of the twin meanwhile.
                final = set(self._database["twins"].distinct("_id", {"_id": {"$in": list(twins)}, "twin": ""}))
                new = [(twin, text) for twin, text in twins.items() if twin not in final]
                numbers = self._database.numbers("twins", len(new)) if new else ()
                kept = [_kept(twin, text, number, now) for number, (twin, text) in zip(numbers, new, strict=True)]
                if kept:
                    self._database["twins"].bulk_write(kept)
            if added:
                self._database["twin_counts"].bulk_write(added)
            gone = [{"twin": "", "at": {"$lt": ended}}, {"at": {"$lt": unused}}]
            self._database["twins"].delete_many({"$or": gone})

        self._database.transact(once)

    def twins(self, after: int) -> tuple[int, dict[str, str]]:
        """What was kept behind this number, and the number to ask with next time."""
        with self._database.asking():
            found = list(self._database["twins"].find({"number": {"$gt": after}}).sort("number"))
        return (found[-1]["number"] if found else after), {one["_id"]: one["twin"] for one in found}

    def twin_counts(self) -> dict[str, int]:
        """How many twins were made, failed, and ended, by reason; `kept` are those there now."""
        with self._database.asking():
            counts = {one["_id"]: one["count"] for one in self._database["twin_counts"].find().sort("_id")}
            kept = self._database["twins"].count_documents({"twin": {"$ne": ""}})
        return {"kept": kept, **counts} if counts or kept else {}


def _kept(twin: str, text: str, number: int, at: float) -> ReplaceOne[dict[str, object]]:
    return ReplaceOne({"_id": twin}, {"number": number, "at": at, "twin": text}, upsert=True)


def _added(what: str, count: int) -> UpdateOne:
    return UpdateOne({"_id": what}, {"$inc": {"count": count}}, upsert=True)
