"""AliasBook: what the live world calls a thing and what the shadow world calls the same thing.

Names belong to worlds, not to stacks: what the primary made in the live world before a promotion, the candidate
serves there afterwards. So the book keeps (live, shadow) pairs, and `view` turns them to (primary, candidate) for
the comparing, by the side that served. Bounded: the pairs used longest ago go first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from shadow.judgement import Alias
from shadow.store.values import KnownAlias
from shadow.words import Side

_ENTRY_OVERHEAD = 200


class AliasBook:
    """The renamings known so far, one-to-one within a scope."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._by_live: OrderedDict[tuple[str, str], KnownAlias] = OrderedDict()
        self._by_shadow: dict[tuple[str, str], KnownAlias] = {}
        self._unsaved: dict[tuple[str, str], KnownAlias] = {}

    def __len__(self) -> int:
        return len(self._by_live)

    def load(self, entries: Iterable[KnownAlias]) -> None:
        """Take entries that a store kept."""
        for entry in entries:
            self._put(entry)
        self._unsaved.clear()

    def unsaved(self) -> list[KnownAlias]:
        """The entries learned since the last call."""
        entries = list(self._unsaved.values())
        self._unsaved.clear()
        return entries

    def shadow_of(self, live: str, scope: str) -> str | None:
        """The shadow world's name for a live name: the client's own scope first, then the world's."""
        for key in ((scope, live), ("", live)) if scope else (("", live),):
            if entry := self._by_live.get(key):
                self._by_live.move_to_end(key)
                return entry.shadow
        return None

    def live_of(self, shadow: str, scope: str) -> str | None:
        """The live name of a name in the shadow world."""
        for key in ((scope, shadow), ("", shadow)) if scope else (("", shadow),):
            if entry := self._by_shadow.get(key):
                return entry.live
        return None

    def learn(self, alias: Alias, serving: Side) -> None:
        """Keep one renaming that the comparing found; a `latest` one replaces what stood in its way."""
        live, shadow = (alias.primary, alias.candidate) if serving is Side.PRIMARY else (alias.candidate, alias.primary)
        entry = KnownAlias(alias.scope, alias.kind, live, shadow)
        known = self._by_live.get((alias.scope, live))
        if known == entry:
            return
        back = self._by_shadow.get((alias.scope, shadow))
        if (known or back) and not alias.latest:
            return
        for old in (known, back):
            if old is not None:
                self._drop(old)
        self._put(entry)

    def view(self, serving: Side) -> View:
        """The book as the comparing reads it when this side served."""
        return View(self, serving)

    def _put(self, entry: KnownAlias) -> None:
        self._by_live[(entry.scope, entry.live)] = entry
        self._by_shadow[(entry.scope, entry.shadow)] = entry
        self._unsaved[(entry.scope, entry.live)] = entry
        self._bytes += _weight(entry)
        while self._bytes > self._max_bytes and len(self._by_live) > 1:
            self._drop(next(iter(self._by_live.values())))

    def _drop(self, entry: KnownAlias) -> None:
        if self._by_live.pop((entry.scope, entry.live), None) is not None:
            self._bytes -= _weight(entry)
        if self._by_shadow.get((entry.scope, entry.shadow)) == entry:
            del self._by_shadow[(entry.scope, entry.shadow)]


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


def _weight(entry: KnownAlias) -> int:
    return _ENTRY_OVERHEAD + len(entry.scope) + 2 * (len(entry.live) + len(entry.shadow))
