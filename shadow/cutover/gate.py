"""The gate: Evidence and the limits of `[gate]` to a verdict with its reasons. Pure.

How many clean pairs are enough: with a true mismatch share of at least p, n clean pairs in a row come with
probability (1-p)^n <= exp(-p n). The k-th attempt of a build may be wrong with alpha/(k(k+1)), and these sum to alpha
over all k, so that trying again and again does not help: n = ln(k(k+1)/alpha)/p. docs/gate.md tells it at length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shadow.config import Gate
from shadow.cutover.evidence import Evidence, Latency
from shadow.units import show_seconds
from shadow.words import Verdict


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reasons in words; `waived` are the lacks that somebody waived by name,
    `replayed` the shapes that have enough pairs with those of a replay only.

    `needed` clean pairs make this attempt enough (None: no number would); `upper_bound` is what the share of
    mismatches does not exceed, `eta` the seconds until ready at the present rate (None: cannot be told).
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    clean: int
    needed: int | None
    attempt: int
    upper_bound: float
    eta: float | None
    waived: tuple[str, ...] = ()
    replayed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Lack:
    """One rule that the evidence does not meet yet; `wait` is in seconds, None when waiting does not help."""

    verdict: Verdict
    reason: str
    wait: float | None = None


def judge(evidence: Evidence, gate: Gate) -> Ruling:
    """The verdict on one route: blocked before inconclusive before ready."""
    lacks = [*_blocks(evidence, gate), *_too_little(evidence, gate)]
    blocked = any(lack.verdict is Verdict.BLOCKED for lack in lacks)
    waits = [lack.wait for lack in lacks]
    return Ruling(
        verdict=Verdict.BLOCKED if blocked else Verdict.INCONCLUSIVE if lacks else Verdict.READY,
        reasons=tuple(lack.reason for lack in lacks),
        clean=evidence.clean,
        needed=needed(gate, evidence.attempt),
        attempt=evidence.attempt,
        upper_bound=upper_bound(evidence.clean, _alpha(gate, evidence.attempt)),
        eta=max((wait for wait in waits if wait is not None), default=0.0) if None not in waits else None,
        waived=tuple(f"{lack.reason}, waived" for lack in _waived(evidence, gate)),
        replayed=tuple(_replayed(evidence, gate)),
    )


def judge_unit(evidences: Sequence[Evidence], gate: Gate) -> tuple[Verdict, dict[str, Ruling]]:
    """The verdict on routes that move together: the worst of theirs. No route at all is never ready."""
    rulings = {evidence.route: judge(evidence, gate) for evidence in evidences}
    verdicts = [ruling.verdict for ruling in rulings.values()]
    for worst in (Verdict.BLOCKED, Verdict.INCONCLUSIVE):
        if worst in verdicts:
            return worst, rulings
    return (Verdict.READY if verdicts else Verdict.INCONCLUSIVE), rulings


def needed(gate: Gate, attempt: int) -> int | None:
    """Clean pairs that make the `attempt`-th attempt enough; None when the limits ask for certainty."""
    alpha = _alpha(gate, attempt)
    if gate.limit <= 0 or alpha <= 0:
        return None
    return max(math.ceil(math.log(1 / alpha) / gate.limit), 1)


def upper_bound(clean: int, alpha: float) -> float:
    """The exact bound on the share of mismatches after this many clean pairs and none other (Clopper-Pearson)."""
    return 1.0 if clean <= 0 or alpha <= 0 else float(1 - alpha ** (1 / clean))


def _alpha(gate: Gate, attempt: int) -> float:
    """What this attempt may be wrong with: the attempts of a build share `1 - confidence`."""
    return (1 - gate.confidence) / (attempt * (attempt + 1))


def _blocks(evidence: Evidence, gate: Gate) -> Iterator[_Lack]:
    if evidence.blocking:
        names = ", ".join(evidence.blocking[:3]) + (", ..." if len(evidence.blocking) > 3 else "")
        plural = "finding" if len(evidence.blocking) == 1 else "findings"
        yield _Lack(Verdict.BLOCKED, f"{len(evidence.blocking)} {plural} open: {names}")
    if evidence.candidate_failures:
        yield _Lack(
            Verdict.BLOCKED,
            f"the candidate failed {evidence.candidate_failures} times (5xx or no answer) where the primary did not",
        )
    latency = evidence.latency
    if latency is not None and latency.bound is not None and latency.ratio_p95 > gate.latency_ratio:
        yield _Lack(Verdict.BLOCKED, f"the candidate is slower: {_ratio(latency)}, limit {gate.latency_ratio:.2f}")


def _too_little(evidence: Evidence, gate: Gate) -> Iterator[_Lack]:
    if evidence.tainted:
        # Whatever differs from here on may follow from that, so nothing that matches proves anything either.
        yield _Lack(Verdict.INCONCLUSIVE, f"the shadow world is no faithful clone any more: {evidence.tainted}")
    yield from _pairs(evidence, gate)
    yield from _shapes(evidence, gate, waived=False)
    if evidence.span < gate.min_span:
        yield _Lack(
            Verdict.INCONCLUSIVE,
            f"seen over {show_seconds(evidence.span)} of {show_seconds(gate.min_span)}",
            gate.min_span - evidence.span,
        )
    if evidence.coverage < gate.coverage:
        yield _Lack(
            Verdict.INCONCLUSIVE,
            f"{evidence.coverage:.1%} of {evidence.eligible} eligible requests judged, {gate.coverage:.0%} needed"
            + (f"; lost: {_named(evidence.losses)}" if evidence.losses else ""),
        )
    if evidence.masked_share > gate.masked:
        yield _Lack(
            Verdict.INCONCLUSIVE,
            f"{evidence.masked_share:.1%} of the places are masked by noise and rules, limit {gate.masked:.0%}",
        )
    yield from _latency(evidence.latency, gate)


def _pairs(evidence: Evidence, gate: Gate) -> Iterator[_Lack]:
    enough = needed(gate, evidence.attempt)
    if enough is None:
        yield _Lack(Verdict.INCONCLUSIVE, "no number of pairs is enough: set [gate] limit above 0, confidence below 1")
    elif few := list(_methods(evidence, gate, enough, waived=False)):
        yield from few
    elif evidence.clean < enough:
        # However many methods are waived, the route has not shown enough.
        yield _few_pairs(evidence, enough, evidence.clean)


def _methods(evidence: Evidence, gate: Gate, enough: int, *, waived: bool) -> Iterator[_Lack]:
    # A waiver excuses a rare method beside others, never the only one.
    alone = len(evidence.methods) == 1
    for method, clean in evidence.methods.items():
        if clean < enough and waived is (not alone and f"{evidence.route}: {method}" in gate.waive):
            yield _few_pairs(evidence, enough, clean, "" if alone and clean == evidence.clean else f" of {method}")


def _few_pairs(evidence: Evidence, enough: int, clean: int, of: str = "") -> _Lack:
    attempt = f" (attempt {evidence.attempt})" if evidence.attempt > 1 else ""
    return _Lack(
        Verdict.INCONCLUSIVE,
        f"{clean} of {enough} clean pairs{of}{attempt}",
        _wait(enough - clean, clean, evidence.span),
    )


def _waived(evidence: Evidence, gate: Gate) -> Iterator[_Lack]:
    if enough := needed(gate, evidence.attempt):
        yield from _methods(evidence, gate, enough, waived=True)
    yield from _shapes(evidence, gate, waived=True)


def _shapes(evidence: Evidence, gate: Gate, *, waived: bool) -> Iterator[_Lack]:
    for shape in evidence.shapes:
        if shape.clean + shape.replayed < gate.min_per_shape and waived is (
            f"{evidence.route}: {shape.name}" in gate.waive
        ):
            yield _Lack(
                Verdict.INCONCLUSIVE,
                f"{shape.clean} of {gate.min_per_shape} clean pairs of the shape {shape.name!r}"
                + (f", and {shape.replayed} replayed" if shape.replayed else ""),
                _wait(gate.min_per_shape - shape.clean, shape.clean, evidence.span),
            )


def _replayed(evidence: Evidence, gate: Gate) -> Iterator[str]:
    for shape in evidence.shapes:
        if shape.clean < gate.min_per_shape <= shape.clean + shape.replayed:
            yield f"{shape.clean} clean pairs of the shape {shape.name!r}, and {shape.replayed} replayed"


def _latency(latency: Latency | None, gate: Gate) -> Iterator[_Lack]:
    if latency is None or latency.bound is None:
        yield _Lack(Verdict.INCONCLUSIVE, "too few timed pairs to compare the latency")
    elif latency.ratio_p95 <= gate.latency_ratio < latency.bound:
        yield _Lack(
            Verdict.INCONCLUSIVE, f"the candidate may be slower: {_ratio(latency)}, limit {gate.latency_ratio:.2f}"
        )


def _ratio(latency: Latency) -> str:
    return (
        f"p95 is {latency.ratio_p95:.2f} times the primary's "
        f"(at most {latency.bound:.2f}, typically {latency.typical:.2f})"
    )


def _wait(missing: int, have: int, span: float) -> float | None:
    """Seconds until `missing` more have come at the rate of those that are there."""
    return missing * span / have if have > 1 and span > 0 else None


def _named(losses: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(losses.items(), key=lambda item: -item[1]))
