"""Which samples of a finding a batch keeps, and which it lets go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shadow.judgement import Sample
from shadow.store import limits


class Shelved(NamedTuple):
    """A stored sample: its exchange, the candidate build, and its place, which is higher for a later one."""

    exchange: str
    build: str
    place: int


@dataclass(slots=True)
class Shelf:
    """The samples of one finding: `new` ones with their places, and which stored one of the same build is `gone`."""

    stored: Sequence[Shelved]
    build: str | None = None
    new: list[tuple[int, Sample]] = field(default_factory=list)
    gone: str | None = None
    _exchanges: list[str] = field(default_factory=list)
    _place: int = 0
    _full: bool = False

    def put(self, build: str, sample: Sample) -> None:
        """Keep five of a build, the newest among them; those of an earlier build make room."""
        if build != self.build:
            self._begin(build)
        if sample.exchange in self._exchanges:
            return
        if len(self._exchanges) >= limits.SAMPLES:
            self._make_room()
        self._exchanges.append(sample.exchange)
        self.new.append((self._place, sample))
        self._place += 1

    def _begin(self, build: str) -> None:
        self.build, self.new, self.gone, self._full = build, [], None, False
        self._exchanges = [one.exchange for one in self.stored if one.build == build]
        self._place = max((one.place for one in self.stored), default=-1) + 1

    def _make_room(self) -> None:
        """The oldest goes, once in a batch: after that the batch's own latest goes, so that a store writes one only."""
        if self._full:
            self._exchanges.pop()
            self.new.pop()
            return
        self._full = True
        oldest = self._exchanges.pop(0)
        if any(oldest == one.exchange for one in self.stored):
            self.gone = oldest
        else:
            del self.new[0]
