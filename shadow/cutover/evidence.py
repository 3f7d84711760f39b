"""Evidence: what is known of one route in one epoch, as the gate reads it. Pure; only `collect` asks a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shadow.findings.finding import Finding
from shadow.judgement import Epoch
from shadow.routes import Route
from shadow.store.base import Store
from shadow.store.histogram import Histogram
from shadow.store.tally import Tally
from shadow.store.values import Count
from shadow.words import Outcome

# Skipped because somebody configured it so (mirror/policy.py); every other way not to be judged is a loss.
NOT_ELIGIBLE = frozenset({"never", "method", "sampled", "resync"})
_JUDGED = frozenset({Outcome.MATCH, Outcome.NOISE, Outcome.ACCEPTED, Outcome.MISMATCH})
_TAIL = 0.95
# Asked for once, each of these must be shown to be right by itself. Frameworks answer HEAD and OPTIONS beside what a
# route was written for, and what else there is comes from scanners: their shapes are all that is asked of them.
_JUDGED_ALONE = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_IMPLIED = frozenset({"HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Shape:
    """Exchanges that look alike (`POST 2xx json object`): how many were compared, how many of those were clean.

    `replayed` clean pairs of a replay come on top, where a promotion names one.
    """

    name: str
    compared: int
    clean: int
    replayed: int = 0


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Seconds that 50, 95 and 99 % of the answers did not exceed."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Both sides over the same pairs.

    `ratio_p95` is the candidate's p95 by the primary's, `bound` what it does not exceed with the gate's confidence
    (None: too few pairs to say). `typical` is the median of candidate by primary within a pair.
    """

    pairs: int
    primary: Quantiles
    candidate: Quantiles
    ratio_p95: float
    bound: float | None
    typical: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One route, one epoch, all its methods.

    `clean` pairs were counted since `since` (unix s), in attempt number `attempt`; `methods` has those of each method
    that must be shown to be right by itself. `losses` are eligible requests that
    were not judged, by reason. `blocking` are the ids of open findings; `tainted` says why the shadow world
    is no faithful clone any more. Times are unix seconds.
    """

    route: str
    epoch: Epoch = Epoch()
    attempt: int = 1
    clean: int = 0
    methods: Mapping[str, int] = field(default_factory=dict)
    since: float | None = None
    last: float | None = None
    judged: int = 0
    losses: Mapping[str, int] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    blocking: tuple[str, ...] = ()
    candidate_failures: int = 0
    masked_share: float = 0.0
    latency: Latency | None = None
    tainted: str = ""

    @property
    def eligible(self) -> int:
        """Requests that should have been judged."""
        return self.judged + sum(self.losses.values())

    @property
    def coverage(self) -> float:
        """The share of the eligible requests that was judged; 0 of none."""
        return self.judged / self.eligible if self.eligible else 0.0

    @property
    def span(self) -> float:
        """Seconds between the first clean pair of the attempt and the latest pair."""
        return 0.0 if self.since is None or self.last is None else max(self.last - self.since, 0.0)


def collect(
    store: Store,
    routes: Iterable[Route],
    *,
    confidence: float,
    pending: Mapping[str, int] | None = None,
    counts: Sequence[Count] | None = None,
) -> dict[str, Evidence]:
    """The evidence of these routes in the present epoch; `pending` are exchanges recorded and not judged yet.

    `counts` are the store's of this moment, unless the caller has read them together with what is pending.
    """
    epoch = store.epoch() or Epoch()
    tallies = {tally.route: tally for tally in store.tallies(epoch)}
    counts = store.counts() if counts is None else counts
    findings, tainted = store.findings(), store.world().tainted
    return {
        name: evidence_of(
            tallies.get(name) or Tally(name, epoch),
            [count for count in counts if count.route == name],
            [finding for finding in findings if finding.route == name],
            confidence=confidence,
            pending=(pending or {}).get(name, 0),
            tainted=tainted,
            declared=declared,
        )
        for name, declared in ((route.name, route.methods) for route in routes)
    }


def evidence_of(
    tally: Tally,
    counts: Iterable[Count],
    findings: Iterable[Finding],
    *,
    confidence: float,
    pending: int = 0,
    tainted: str = "",
    declared: frozenset[str] = frozenset(),
) -> Evidence:
    """Evidence from what the store keeps of one route; `counts` of other epochs tell only which methods clients use."""
    counts = list(counts)
    judged, losses = 0, {"pending": pending} if pending else {}
    for count in counts:
        if count.epoch != tally.epoch:
            continue
        if count.outcome in _JUDGED:
            judged += count.count
        elif count.outcome is Outcome.RACE:
            # Compared, and it proves nothing either way: the state moved while it was read.
            continue
        elif count.outcome is not Outcome.SKIPPED or count.reason not in NOT_ELIGIBLE:
            name = _loss_name(count)
            losses[name] = losses.get(name, 0) + count.count
    return Evidence(
        route=tally.route,
        epoch=tally.epoch,
        attempt=tally.attempt,
        clean=tally.clean,
        methods={name: tally.methods.get(name, 0) for name in _methods(declared, {one.method for one in counts})},
        since=tally.since,
        last=tally.last,
        judged=judged,
        losses=losses,
        shapes=tuple(Shape(name, one.compared, one.clean) for name, one in sorted(tally.shapes.items())),
        blocking=tuple(finding.id for finding in findings if finding.blocking),
        candidate_failures=tally.candidate_failures,
        masked_share=tally.masked / (tally.masked + tally.places) if tally.masked else 0.0,
        latency=latency_of(tally, confidence),
        tainted=tainted,
    )


def _methods(declared: frozenset[str], asked: set[str]) -> list[str]:
    """The methods that need clean pairs of their own: what the route declares, what clients ask it for."""
    found = (declared | asked & _JUDGED_ALONE) - _IMPLIED
    # A route of any method that only probes have asked for is not shown to be right by their HEAD.
    return sorted(found or declared or {"GET"})


def topped_up(evidence: Evidence, replay: Evidence) -> Evidence:
    """Live evidence, its shapes topped up by those of a replay; what the replay found open blocks as well."""
    clean = {shape.name: shape.clean for shape in replay.shapes}
    shapes = tuple(replace(shape, replayed=clean.get(shape.name, 0)) for shape in evidence.shapes)
    found = [f"{finding} (replayed)" for finding in replay.blocking if finding not in evidence.blocking]
    return replace(evidence, shapes=shapes, blocking=(*evidence.blocking, *found))


def latency_of(tally: Tally, confidence: float) -> Latency | None:
    """Both sides' durations and the ratio of their tails; None before the first pair."""
    primary, candidate, typical = _quantiles(tally.primary), _quantiles(tally.candidate), tally.ratio.quantile(0.5)
    if primary is None or candidate is None or typical is None:
        return None
    # Either limit may be wrong; each gets half of what may go wrong in all.
    each = 1 - (1 - confidence) / 2
    low, high = tally.primary.bounds(_TAIL, each), tally.candidate.bounds(_TAIL, each)
    return Latency(
        pairs=len(tally.ratio),
        primary=primary,
        candidate=candidate,
        ratio_p95=candidate.p95 / primary.p95,
        bound=None if low is None or high is None else high[1] / low[0],
        typical=typical,
    )


def _quantiles(histogram: Histogram) -> Quantiles | None:
    p50, p95, p99 = (histogram.quantile(share) for share in (0.5, _TAIL, 0.99))
    return None if p50 is None or p95 is None or p99 is None else Quantiles(p50, p95, p99)


def _loss_name(count: Count) -> str:
    return f"{count.outcome}: {count.reason}" if count.reason else str(count.outcome)
