"""Elo of a sequential test, corrected for the fact that the test stops when it likes what it sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scipy.optimize import brentq

from domain.statistics.brownian import BrownianMotion
from domain.statistics.elo import NELO_PER_T, Moments, moments, regularise, score

SEARCH_LIMIT = 1000.0
# An LLR this far beyond its bound is no rounding: the test should have stopped where it crossed it.
OVERRUN = 1.03
MODELS = ("BayesElo", "logistic", "normalized")


class SprtEstimate(NamedTuple):
    """Median-unbiased Elo, its 95 % interval, likelihood of superiority, and the (clipped) LLR."""

    elo: float
    low: float
    high: float
    los: float
    llr: float


@dataclass(frozen=True, slots=True)
class _Test:
    """A sequential test between two scores, seen as Brownian motion of its LLR."""

    sample: Moments
    score0: float
    score1: float
    bound: float
    time: float
    place: float

    def outcome_probability(self, elo: float) -> float:
        """Probability of an outcome no better than the observed one, if this were the true Elo."""
        true_score = score(elo)
        variance = self.sample.variance + (true_score - self.sample.mean) ** 2
        step = self.score1 - self.score0
        drift = (true_score - (self.score0 + self.score1) / 2) * step / variance
        motion = BrownianMotion(-self.bound, self.bound, drift, step**2 / variance)
        return motion.outcome_cdf(self.time, self.place)

    def elo_at(self, probability: float) -> float:
        """The Elo for which the observed outcome is this quantile; a limit of the search when it lies beyond."""

        def excess(elo: float) -> float:
            return self.outcome_probability(elo) - probability

        if excess(-SEARCH_LIMIT) <= 0:
            return -SEARCH_LIMIT
        if excess(SEARCH_LIMIT) >= 0:
            return SEARCH_LIMIT
        return float(brentq(excess, -SEARCH_LIMIT, SEARCH_LIMIT, xtol=1e-12))


def sprt_elo(
    counts: Sequence[float],
    elo0: float,
    elo1: float,
    model: str = "normalized",
    error: float = 0.05,
    trinomial: Sequence[float] | None = None,
) -> SprtEstimate:
    """Estimate from pentanomial (or trinomial) counts; ``trinomial`` (L, D, W) is needed for BayesElo bounds."""
    sample = moments(regularise(counts))
    score0, score1 = (_bound_score(bound, model, counts, sample, trinomial) for bound in (elo0, elo1))
    bound = math.log((1 - error) / error)
    slope = (score1 - score0) * (2 * sample.mean - score0 - score1) / sample.variance / 2
    time, place = sample.samples, sample.samples * slope
    if abs(place) > OVERRUN * bound:
        place = math.copysign(bound, place)
        time = place / slope
    test = _Test(sample, score0, score1, bound, time, min(max(place, -bound), bound))
    return SprtEstimate(
        test.elo_at(0.5), test.elo_at(0.975), test.elo_at(0.025), test.outcome_probability(0), test.place
    )


def _bound_score(
    elo: float, model: str, counts: Sequence[float], sample: Moments, trinomial: Sequence[float] | None
) -> float:
    if model == "logistic":
        return score(elo)
    if model == "normalized":
        return 0.5 + elo / NELO_PER_T * math.sqrt((len(counts) // 2) * sample.variance)
    if model == "BayesElo":
        return _bayes_score(elo, _draw_elo(trinomial or counts))
    raise ValueError(f"Elo model {model!r} is unknown: {', '.join(MODELS)}")


def _draw_elo(trinomial: Sequence[float]) -> float:
    losses, draws, wins = regularise(trinomial)
    total = losses + draws + wins
    loss, win = losses / total, wins / total
    return 200 * math.log10((1 - loss) / loss * (1 - win) / win)


def _bayes_score(bayes_elo: float, draw_elo: float) -> float:
    win = 1 / (1 + 10 ** ((draw_elo - bayes_elo) / 400))
    loss = 1 / (1 + 10 ** ((draw_elo + bayes_elo) / 400))
    return win + (1 - win - loss) / 2
