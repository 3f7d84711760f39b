"""Series: when a number that differs between the worlds is a name for the same thing, and when it is a fault.

A sequence hands out a new number for each new thing. When one world's sequence has run further, everything made from
then on has a number that is greater by a constant. That is learned from answers to writes, for each series by itself:
the first pairs are on trial (their exchanges are skipped with the reason `number`), and after `ENOUGH` writes with
distinct numbers the same distance apart the series is proven, its pairs are aliases, and a new distance begins a new
trial. A number that comes a second time without having been asked for names nothing new; a distance that changes
before it is proven was none; a safe request hands out nothing. Those are differences, and so is everything else in a
series that has failed too often. Pairs on trial are translated in requests as known ones are: what they name is used,
or the trial could not go on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from shadow.compare.series import KIND, named
from shadow.exchange import Request
from shadow.judgement import Alias
from shadow.mirror.aliases import AliasBook
from shadow.store.values import KnownAlias
from shadow.words import Side

ENOUGH = 3
_FAILURES = 3


class Weight(Enum):
    """What the numbers of one pair of answers are worth; the worst counts."""

    PROVEN = 0
    ON_TRIAL = 1
    REFUSED = 2


@dataclass
class _Run:
    """The numbers of one series that are the same distance apart; those that failed a trial, and how many did."""

    distance: int
    numbers: set[int] = field(default_factory=set)
    spoiled: frozenset[int] = frozenset()
    failures: int = 0

    @property
    def proven(self) -> bool:
        return len(self.numbers) >= ENOUGH


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of a series by its numbers in both worlds."""

    series: str
    live: int
    shadow: int


class SeriesBook:
    """Weighs numbers; what it believes, for good or on trial, stands in the AliasBook."""

    def __init__(self, book: AliasBook) -> None:
        self._book = book
        self._runs: dict[str, _Run] = {}
        known = [_named(entry) for entry in book if entry.kind == KIND]
        for one in sorted(known, key=lambda one: one.live):
            self._believe(one)

    @property
    def counted(self) -> bool:
        """True when some number is known by two names."""
        return bool(self._runs)

    def clear(self) -> None:
        """Forget everything: another world begins."""
        self._runs.clear()

    def weigh(self, found: Sequence[Named], request: Request, *, exchange: str, route: str) -> Weight:
        """What these numbers, from the answers to this request, are worth; those believed are learned."""
        by_series: dict[str, list[Named]] = {}
        for one in found:
            by_series.setdefault(one.series, []).append(one)
        weights = [self._weigh(many, request) for many in by_series.values()]
        worst = max(weights, key=lambda weight: weight.value, default=Weight.PROVEN)
        if worst is not Weight.REFUSED:
            for one in filter(self._is_new, found):
                self._believe(one)
                names = named(one.series, one.live), named(one.series, one.shadow)
                self._book.learn(Alias(KIND, *names), Side.PRIMARY, exchange=exchange, route=route)
        return worst

    def _is_new(self, one: Named) -> bool:
        return self._book.shadow_of(named(one.series, one.live), "") is None

    def _weigh(self, found: list[Named], request: Request) -> Weight:
        new = list(filter(self._is_new, found))
        run = self._runs.get(found[0].series)
        if not new:
            return self._again(found, run, request)
        if run and run.proven and all(one.shadow - one.live == run.distance for one in new):
            known = not request.safe or min(one.live for one in new) >= min(run.numbers)
            return Weight.PROVEN if known else Weight.REFUSED
        if request.safe or len(new) > 1 or (run and (run.failures >= _FAILURES or new[0].live in run.spoiled)):
            return Weight.REFUSED
        if run and not run.proven and run.numbers and new[0].shadow - new[0].live != run.distance:
            return self._fail(found[0].series, run)
        finishes = run is not None and len(run.numbers) == ENOUGH - 1
        return Weight.PROVEN if finishes else Weight.ON_TRIAL

    def _again(self, found: list[Named], run: _Run | None, request: Request) -> Weight:
        """Numbers that are known: on trial they must not come a second time by themselves."""
        trial = [one for one in found if run and not run.proven and one.live in run.numbers]
        if run is None or not trial:
            return Weight.PROVEN
        if request.safe or all(_asked(one.live, request) for one in trial):
            return Weight.ON_TRIAL
        return self._fail(found[0].series, run)

    def _fail(self, series: str, run: _Run) -> Weight:
        """The trial is over: what it was about is a difference from now on."""
        for number in run.numbers:
            self._book.forget(named(series, number))
        self._runs[series] = _Run(0, set(), run.spoiled | run.numbers, run.failures + 1)
        return Weight.REFUSED

    def _believe(self, one: Named) -> None:
        distance, run = one.shadow - one.live, self._runs.get(one.series)
        if run is None or run.distance != distance:
            spoiled, failures = (frozenset[int](), 0) if run is None or run.proven else (run.spoiled, run.failures)
            run = self._runs[one.series] = _Run(distance, set(), spoiled, failures)
        if not run.proven:
            # The first ones say since when, the later ones nothing more.
            run.numbers.add(one.live)


def _named(entry: KnownAlias) -> Named:
    series, _, live = entry.live.rpartition(" ")
    return Named(series, int(live), int(entry.shadow.rpartition(" ")[2]))


def _asked(number: int, request: Request) -> bool:
    """True when the request itself names this number."""
    text = request.target + b"\n" + request.body.data
    return re.search(rb"(?<![\w.])%d(?![\w.])" % number, text) is not None
