"""Generalised log-likelihood ratio of a sample between two hypotheses about its mean or its t-value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from scipy.optimize import brentq

from domain.statistics.elo import NELO_PER_T, moments, regularise, score

T_VALUE_ITERATIONS = 10
T_VALUE_PRECISION = 1e-9

Fit = Callable[[Sequence[float], Sequence[float], float], list[float]]


def llr(counts: Sequence[float], elo0: float, elo1: float, model: str = "normalized") -> float:
    """LLR of ``elo1`` against ``elo0``; the bounds are in logistic or in normalised Elo."""
    if model == "logistic":
        return _llr(counts, score(elo0), score(elo1), fit_mean)
    if model == "normalized":
        # One sample is a pair of games, whose deviation is sqrt(2) times smaller than a game's.
        to_t = math.sqrt(len(counts) // 2) / NELO_PER_T
        return _llr(counts, elo0 * to_t, elo1 * to_t, fit_t_value)
    raise ValueError(f"Elo model {model!r} is unknown: 'logistic' or 'normalized'")


def fit_mean(values: Sequence[float], weights: Sequence[float], mean: float) -> list[float]:
    """Most likely distribution over the values, given the observed weights, whose mean is ``mean``.

    Lagrange: p_i = w_i / (1 + x (v_i - mean)), x the one root of sum(p_i (v_i - mean)) that keeps all p_i positive.
    """
    gaps = [value - mean for value in values]
    lower, upper = -1 / max(gaps), -1 / min(gaps)
    epsilon = 1e-9

    def excess(x: float) -> float:
        return sum(weight * gap / (1 + x * gap) for weight, gap in zip(weights, gaps, strict=True))

    x = brentq(excess, lower + epsilon, upper - epsilon)
    return [weight / (1 + x * gap) for weight, gap in zip(weights, gaps, strict=True)]


def fit_t_value(values: Sequence[float], weights: Sequence[float], t_value: float) -> list[float]:
    """Most likely distribution whose mean lies ``t_value`` standard deviations above one half.

    The deviation is linearised about the last fit, which turns the condition into one on a mean.
    """
    fit = [1 / len(values)] * len(values)
    for _ in range(T_VALUE_ITERATIONS):
        last = fit
        mean = sum(p * v for p, v in zip(last, values, strict=True))
        deviation = math.sqrt(sum(p * (v - mean) ** 2 for p, v in zip(last, values, strict=True)))
        shifted = [v - 0.5 - t_value * deviation * (1 + ((mean - v) / deviation) ** 2) / 2 for v in values]
        fit = fit_mean(shifted, weights, 0.0)
        if max(abs(new - old) for new, old in zip(fit, last, strict=True)) < T_VALUE_PRECISION:
            break
    return fit


def _llr(counts: Sequence[float], target0: float, target1: float, fit: Fit) -> float:
    results = regularise(counts)
    total = moments(results).samples
    weights = [count / total for count in results]
    values = [i / (len(results) - 1) for i in range(len(results))]
    p0, p1 = fit(values, weights, target0), fit(values, weights, target1)
    return total * sum(w * math.log(b / a) for w, a, b in zip(weights, p0, p1, strict=True))
