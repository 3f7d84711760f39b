"""A batch of judgements folded into what it changes, so that a store only reads what it needs and writes the result.

Pure but for the reads through `Kept`; whoever calls it does so, and writes the Batch, in one transaction.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from shadow.findings.cluster import ROOM, Sighting, crowded, seen_again, shows, sightings
from shadow.findings.finding import Finding
from shadow.findings.status import settled
from shadow.judgement import Epoch, Judgement
from shadow.routes import UNMATCHED
from shadow.store.shelf import Shelf, Shelved
from shadow.store.tally import Tally
from shadow.store.texts import storable_judgement
from shadow.store.values import Build, Intent
from shadow.words import FindingStatus, Outcome, Side

CountKey = tuple[str, str, Epoch, Outcome, str]


class Kept(Protocol):
    """What a batch must know of what the store holds already."""

    def tallies_of(self, route: str, build: str) -> Iterable[Tally]:
        """The tallies of a route in every epoch of this candidate build."""
        ...

    def builds(self) -> Sequence[Build]:
        """The builds seen of both sides, oldest first."""
        ...

    def known(self, finding_id: str) -> Finding | None:
        """The finding of exactly this id."""
        ...

    def open_findings(self, route: str) -> Iterable[Finding]:
        """The route's findings that are open or reopened."""
        ...

    def number_of_findings(self, route: str) -> int:
        """How many findings the route has, whatever their status."""
        ...

    def sampled(self, finding_id: str) -> Sequence[Shelved]:
        """The finding's samples, oldest first."""
        ...

    def in_canary(self) -> Mapping[str, float]:
        """The routes in canary, and when (unix s) each last moved."""
        ...


@dataclass(slots=True)
class Batch:
    """Numbers to be added to the stored ones, and values to be put in the place of the stored ones.

    `epochs` stand in the order of their latest judgement; `paths` have how often and when last they were asked for.
    """

    epochs: dict[Epoch, None] = field(default_factory=dict)
    builds: dict[tuple[Side, str], float] = field(default_factory=dict)
    counts: Counter[CountKey] = field(default_factory=Counter)
    rule_uses: Counter[tuple[str, int]] = field(default_factory=Counter)
    paths: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    pairs: Counter[str] = field(default_factory=Counter)
    tallies: dict[tuple[str, Epoch], Tally] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)


def refuse_beyond(checkpoint: Mapping[str, int], judgements: Iterable[Judgement]) -> None:
    """ValueError for a judgement above the checkpoint: after a crash it could be counted twice."""
    for one in judgements:
        if one.sequence > checkpoint.get(one.writer, 0):
            raise ValueError(f"{one.writer} {one.sequence} is judged but the checkpoint stands before it")


def unseen(judgements: Iterable[Judgement], stored: Mapping[str, int]) -> list[Judgement]:
    """The judgements above the stored checkpoint, fit to be kept."""
    return [storable_judgement(one) for one in judgements if one.sequence > stored.get(one.writer, 0)]


def outstanding(intents: Iterable[Intent], checkpoint: Mapping[str, int]) -> frozenset[Intent]:
    """The announced writes that have no outcome yet."""
    return frozenset(one for one in intents if one.sequence > checkpoint.get(one.writer, 0))


def folded(judgements: Sequence[Judgement], kept: Kept, *, enough: int) -> Batch:
    """What these judgements change; a finding is fixed by `enough` exchanges of a newer build without it."""
    fold = _Fold(kept)
    for one in judgements:
        fold.add(one)
    fold.settle(judgements, enough)
    fold.count_pairs(judgements)
    return fold.batch


class _Fold:
    """One batch in the making; what it reads it reads once."""

    def __init__(self, kept: Kept) -> None:
        self.batch = Batch()
        self._kept = kept
        self._tallies: dict[tuple[str, str], dict[Epoch, Tally]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, judgement: Judgement) -> None:
        """Take one judgement in."""
        batch, epoch = self.batch, judgement.epoch
        self._enter(epoch, judgement.at)
        batch.counts[judgement.route, judgement.method, epoch, judgement.outcome, judgement.reason] += judgement.count
        seen = [self._see(sighting) for sighting in sightings(judgement)]
        explained = bool(seen) and all(finding.status is FindingStatus.ACCEPTED for finding in seen)
        self._tally(judgement.route, epoch).add(judgement, explained=explained)
        batch.rule_uses.update((epoch.rules, position) for position in judgement.rules)
        if judgement.route == UNMATCHED and judgement.path:
            key = (judgement.method, judgement.path)
            batch.paths[key] = (batch.paths.get(key, (0, 0.0))[0] + judgement.count, judgement.at)

    def settle(self, judgements: Sequence[Judgement], enough: int) -> None:
        """Mark as fixed what the present candidate build shows no more."""
        build = judgements[-1].epoch.candidate_build
        for route in {one.route for one in judgements}:
            findings = {one.id: one for one in self._kept.open_findings(route)}
            findings |= {key: one for key, one in self.batch.findings.items() if one.route == route}
            if findings:
                builds, compared = self._candidate_builds(), partial(_compared, self._of_build(route, build).values())
                for finding in findings.values():
                    after = settled(finding, build, builds, compared, enough=enough)
                    if after is not finding:
                        self.batch.findings[finding.id] = after

    def count_pairs(self, judgements: Sequence[Judgement]) -> None:
        """The clean pairs that the candidate served since a canary's last step: its next step asks for them."""
        served = [one for one in judgements if one.answering is Side.CANDIDATE and one.outcome.clean]
        moved = self._kept.in_canary() if served else {}
        self.batch.pairs.update(one.route for one in served if one.at >= moved.get(one.route, math.inf))

    def _enter(self, epoch: Epoch, at: float) -> None:
        self.batch.epochs.pop(epoch, None)
        self.batch.epochs[epoch] = None
        for side, build in ((Side.PRIMARY, epoch.primary_build), (Side.CANDIDATE, epoch.candidate_build)):
            if build:
                self.batch.builds.setdefault((side, build), at)

    def _tally(self, route: str, epoch: Epoch) -> Tally:
        """The route's tally; a new epoch goes on with the attempts that the candidate's build has used up."""
        of_build = self._of_build(route, epoch.candidate_build)
        if epoch not in of_build:
            attempt = max((one.attempt for one in of_build.values()), default=1)
            of_build[epoch] = Tally(route, epoch, attempt)
        self.batch.tallies[route, epoch] = of_build[epoch]
        return of_build[epoch]

    def _of_build(self, route: str, build: str) -> dict[Epoch, Tally]:
        if (route, build) not in self._tallies:
            self._tallies[route, build] = {one.epoch: one for one in self._kept.tallies_of(route, build)}
        return self._tallies[route, build]

    def _see(self, sighting: Sighting) -> Finding:
        """Count a sighting; the finding as it is now."""
        known = self._known(sighting)
        if known is None and self._size(sighting.route) >= ROOM:
            sighting = crowded(sighting)
            known = self._known(sighting)
        finding = self.batch.findings[sighting.finding] = seen_again(known, sighting)
        if known is None:
            self._sizes[sighting.route] = self._size(sighting.route) + 1
        if sighting.sample is not None and sighting.sample.request:
            self._shelf(finding.id).put(sighting.build, sighting.sample)
        return finding

    def _known(self, sighting: Sighting) -> Finding | None:
        return self.batch.findings.get(sighting.finding) or self._kept.known(sighting.finding)

    def _size(self, route: str) -> int:
        if route not in self._sizes:
            self._sizes[route] = self._kept.number_of_findings(route)
        return self._sizes[route]

    def _shelf(self, finding_id: str) -> Shelf:
        if finding_id not in self.batch.shelves:
            self.batch.shelves[finding_id] = Shelf(self._kept.sampled(finding_id))
        return self.batch.shelves[finding_id]

    def _candidate_builds(self) -> list[str]:
        """The candidate's builds, oldest first, those of this batch included."""
        seen = {(one.side, one.name): one.first_seen for one in self._kept.builds()}
        for key, at in self.batch.builds.items():
            seen.setdefault(key, at)
        return [name for side, name in sorted(seen, key=seen.__getitem__) if side is Side.CANDIDATE]


def _compared(tallies: Iterable[Tally], finding: Finding) -> int:
    """How many pairs were compared of the shapes that could show the finding."""
    return sum(one.compared for tally in tallies for name, one in tally.shapes.items() if shows(finding, name))
