"""Elo of a finished sample: mean, error bars, likelihood of superiority."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

NORMAL = NormalDist()
QUANTILE_95 = NORMAL.inv_cdf(0.975)
NELO_PER_T = 800 / math.log(10)


class EloEstimate(NamedTuple):
    """Elo, half width of its 95 % interval, likelihood of superiority."""

    elo: float
    half_width: float
    los: float


class Moments(NamedTuple):
    """Number of samples, mean and variance of one sample's score."""

    samples: float
    mean: float
    variance: float


def elo(score: float) -> float:
    """Elo difference of an expected score, which is kept within [0.001, 0.999]."""
    return -400 * math.log10(1 / min(max(score, 0.001), 0.999) - 1)


def score(elo: float) -> float:
    """Expected score of an Elo difference; the inverse of ``elo``."""
    return 1 / (1 + 10 ** (-elo / 400))


def regularise(counts: Sequence[float]) -> list[float]:
    """Replace zero counts by a small one, so that logarithms and variances exist."""
    return [count or 1e-3 for count in counts]


def moments(counts: Sequence[float]) -> Moments:
    """Moments of outcomes that score evenly from 0 (first) to 1 (last)."""
    total, steps = sum(counts), len(counts) - 1
    mean = sum(count * i / steps for i, count in enumerate(counts)) / total
    variance = sum(count * (i / steps - mean) ** 2 for i, count in enumerate(counts)) / total
    return Moments(total, mean, variance)


def fixed_games(counts: Sequence[float]) -> EloEstimate:
    """Estimate from losses, draws, wins, or from the five pentanomial counts.

    A draw scores half a game; ``k`` counts stand for ``k - 1`` half games each, so the variance is that of one game.
    """
    results = regularise(counts)
    half_games = len(results) - 1
    games = sum(results) * half_games / 2
    mean = sum(count * i / 2 for i, count in enumerate(results)) / games
    variance = sum(count * (i / 2 - half_games * mean / 2) ** 2 for i, count in enumerate(results)) / games
    deviation = math.sqrt(variance)
    error = QUANTILE_95 * deviation / math.sqrt(games)
    half_width = (elo(mean + error) - elo(mean - error)) / 2
    los = NORMAL.cdf((mean - 0.5) * math.sqrt(games) / deviation)
    return EloEstimate(elo(mean), half_width, los)


def normalized_elo(counts: Sequence[float]) -> tuple[float, float]:
    """Normalised Elo of pentanomial counts and the half width of its 95 % interval."""
    pairs, mean, variance = moments(regularise(counts))
    scale = NELO_PER_T / math.sqrt(2)
    return (mean - 0.5) / math.sqrt(variance) * scale, QUANTILE_95 / math.sqrt(pairs) * scale
