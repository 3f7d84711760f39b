"""AliasBook: what the live world calls a thing and what the shadow world calls the same thing.

Names belong to worlds, not to stacks: what the primary made in the live world before a promotion, the candidate
serves there afterwards. So the book keeps (live, shadow) pairs, and `view` turns them to (primary, candidate) for
the comparing, by the side that served. Bounded: the pairs used longest ago go first, from the store as well.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shadow.judgement import Alias
from shadow.store.values import KnownAlias
from shadow.words import Side

_ENTRY_OVERHEAD = 400
# Composites often hold only the beginning of a long name, as `master-1a2b3c4` does of a commit.
BEGINNING = 7
_LONG_KINDS = frozenset({"hex", "objectid", "uuid", "ulid"})
# A use is written down when the time in its exchange's id (a ULID) has moved this far: half a minute.
_MOMENT = 7


class AliasBook:
    """The renamings known so far, one-to-one within a scope."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self.bytes = 0
        self._by_live: OrderedDict[tuple[str, str], KnownAlias] = OrderedDict()
        self._by_shadow: dict[tuple[str, str], KnownAlias] = {}
        self._by_beginning: dict[str, set[str]] = {}
        self._unsaved: dict[tuple[str, str], KnownAlias] = {}

    def __len__(self) -> int:
        return len(self._by_live)

    def __iter__(self) -> Iterator[KnownAlias]:
        """The one used longest ago first."""
        return iter(self._by_live.values())

    def load(self, entries: Iterable[KnownAlias]) -> None:
        """Take entries that a store kept."""
        for entry in entries:
            self._displace(entry)
            self._put(entry)
        self._unsaved.clear()

    def adopt(self, entries: Iterable[KnownAlias]) -> None:
        """Take what other mirrors have learned; where this one knows better, or has just forgotten, its word stands."""
        for entry in entries:
            key = (entry.scope, entry.live)
            known = key in self._by_live or (entry.scope, entry.shadow) in self._by_shadow
            if not known and key not in self._unsaved:
                self._put(entry)
                self._unsaved.pop(key, None)

    def unsaved(self) -> list[KnownAlias]:
        """The entries learned, used or forgotten (those have no shadow name any more) since the last call."""
        entries = list(self._unsaved.values())
        self._unsaved.clear()
        return entries

    def shadow_of(self, live: str, scope: str) -> str | None:
        """The shadow world's name for a live name: the client's own scope first, then the world's."""
        found = self._known(live, scope)
        return None if found is None else found.shadow

    def live_of(self, shadow: str, scope: str) -> str | None:
        """The live name of a name in the shadow world."""
        for key in ((scope, shadow), ("", shadow)) if scope else (("", shadow),):
            if entry := self._by_shadow.get(key):
                return entry.live
        return None

    def used(self, live: str, scope: str, exchange: str) -> str | None:
        """The shadow world's name, for the copy of this exchange: the use is noted."""
        found = self._known(live, scope)
        if found is None:
            return None
        if found.last[:_MOMENT] != exchange[:_MOMENT]:
            self._replace(replace(found, last=exchange))
        return found.shadow

    def beginning_of(self, part: str) -> str | None:
        """The beginning of the shadow world's name, as long as this one of a live name; None unless it is certain."""
        names = self._by_beginning.get(part[:BEGINNING], ()) if len(part) >= BEGINNING else ()
        found = {self._by_live["", live].shadow[: len(part)] for live in names if live.startswith(part)}
        return found.pop() if len(found) == 1 else None

    def learn(self, alias: Alias, serving: Side, *, exchange: str = "", route: str = "") -> None:
        """Keep one renaming that the comparing found; a `latest` one replaces what stood in its way."""
        live, shadow = (alias.primary, alias.candidate) if serving is Side.PRIMARY else (alias.candidate, alias.primary)
        known = self._by_live.get((alias.scope, live))
        if known and (known.kind, known.shadow) == (alias.kind, shadow):
            return
        back = self._by_shadow.get((alias.scope, shadow))
        if (known or back) and not alias.latest:
            return
        entry = KnownAlias(alias.scope, alias.kind, live, shadow, route, exchange, exchange)
        self._displace(entry)
        self._put(entry)

    def forget(self, live: str, scope: str = "") -> None:
        """Take one renaming back."""
        if entry := self._by_live.get((scope, live)):
            self._drop(entry)

    def unlearn(self, names: Iterable[str], scope: str) -> None:
        """Take back what names of either world stand for, in this scope and in the world's."""
        for name in names:
            for one in (scope, ""):
                self.forget(name, one)
                self.forget(self.live_of(name, one) or name, one)

    def clear(self) -> None:
        """Forget everything, as the store has done already: another world begins."""
        self.bytes = 0
        for kept in (self._by_live, self._by_shadow, self._by_beginning, self._unsaved):
            kept.clear()

    def view(self, serving: Side) -> View:
        """The book as the comparing reads it when this side served."""
        return View(self, serving)

    def glossary(self, scope: str, exchange: str) -> Glossary:
        """The book as a request of this client and exchange is translated with."""
        return Glossary(self, scope, exchange)

    def _known(self, live: str, scope: str) -> KnownAlias | None:
        for key in ((scope, live), ("", live)) if scope else (("", live),):
            if entry := self._by_live.get(key):
                self._by_live.move_to_end(key)
                return entry
        return None

    def _replace(self, entry: KnownAlias) -> None:
        key = (entry.scope, entry.live)
        self.bytes += len(entry.last) - len(self._by_live[key].last)
        self._by_live[key] = self._by_shadow[entry.scope, entry.shadow] = self._unsaved[key] = entry
        self._make_room()

    def _displace(self, entry: KnownAlias) -> None:
        """Make room for an entry: neither of its names may stand for anything else."""
        for old in (
            self._by_live.get((entry.scope, entry.live)),
            self._by_shadow.get((entry.scope, entry.shadow)),
        ):
            if old is not None:
                self._drop(old)

    def _put(self, entry: KnownAlias) -> None:
        self._by_live[entry.scope, entry.live] = entry
        self._by_shadow[entry.scope, entry.shadow] = entry
        self._unsaved[entry.scope, entry.live] = entry
        if _has_beginning(entry):
            self._by_beginning.setdefault(entry.live[:BEGINNING], set()).add(entry.live)
        self.bytes += _weight(entry)
        self._make_room()

    def _make_room(self) -> None:
        while self.bytes > self._max_bytes and len(self._by_live) > 1:
            self._drop(next(iter(self._by_live.values())))

    def _drop(self, entry: KnownAlias) -> None:
        if self._by_live.pop((entry.scope, entry.live), None) is None:
            return
        self.bytes -= _weight(entry)
        self._by_shadow.pop((entry.scope, entry.shadow), None)
        self._unsaved[entry.scope, entry.live] = replace(entry, shadow="")
        if _has_beginning(entry):
            names = self._by_beginning[entry.live[:BEGINNING]]
            names.discard(entry.live)
            if not names:
                del self._by_beginning[entry.live[:BEGINNING]]


@dataclass(frozen=True, slots=True)
class View:
    """The book in the order (primary, candidate): the `Names` of the comparing."""

    book: AliasBook
    serving: Side

    def candidate_of(self, primary: str, scope: str) -> str | None:
        """What the candidate calls it."""
        if self.serving is Side.PRIMARY:
            return self.book.shadow_of(primary, scope)
        return self.book.live_of(primary, scope)

    def primary_of(self, candidate: str, scope: str) -> str | None:
        """What the primary calls it."""
        if self.serving is Side.PRIMARY:
            return self.book.live_of(candidate, scope)
        return self.book.shadow_of(candidate, scope)

    def begin(self, primary: str, candidate: str) -> bool:
        """True when the two are beginnings of names of one thing, and of nothing else."""
        live, shadow = (primary, candidate) if self.serving is Side.PRIMARY else (candidate, primary)
        return self.book.beginning_of(live) == shadow


@dataclass(frozen=True, slots=True)
class Glossary:
    """The book in the words of one client: the `Words` of the translating."""

    book: AliasBook
    scope: str
    exchange: str

    def whole(self, name: str) -> str | None:
        """The shadow world's name."""
        return self.book.used(name, self.scope, self.exchange)

    def beginning(self, part: str) -> str | None:
        """The beginning of the shadow world's name, where it is certain."""
        return self.book.beginning_of(part)


def _has_beginning(entry: KnownAlias) -> bool:
    return not entry.scope and entry.kind in _LONG_KINDS and entry.live != entry.shadow


def _weight(entry: KnownAlias) -> int:
    names = len(entry.live) + len(entry.shadow)
    return _ENTRY_OVERHEAD + len(entry.scope) + 2 * names + len(entry.route) + len(entry.first) + len(entry.last)
