"""Do the workers of a test agree? A chi-squared test over their results, and how far out each one is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

MIN_EXPECTED = 5


class Chi2(NamedTuple):
    """Test statistic, degrees of freedom, p-value, residual of each worker, and the yellow and red limits."""

    chi2: float
    dof: int
    p: float
    residual: dict[str, float]
    z_95: float
    z_99: float


UNKNOWN = Chi2(math.nan, 0, math.nan, {}, math.nan, math.nan)


def residuals(results: Mapping[str, Sequence[int]]) -> Chi2:
    """Compare workers by their pentanomial counts; fewer than two with enough games give ``UNKNOWN``."""
    rows = {worker: (p[3] + p[4], p[0] + p[1], p[2]) for worker, p in results.items()}
    rows = _large_enough(rows)
    if len(rows) < 2:
        return UNKNOWN
    observed, expected = np.array(list(rows.values()), float), _expected(rows)
    contributions = ((observed - expected) ** 2 / expected).sum(axis=1)
    shares = observed.sum(axis=1) / observed.sum()
    dof = 2 * (len(rows) - 1)
    statistic = float(contributions.sum())
    # A worker pulls the mean towards itself; 1 - share makes its row a chi-squared with 2 degrees again.
    tails = chdtrc(2, contributions / (1 - shares))
    deviates = [max(0.0, float(-ndtri(tail))) for tail in tails]
    return Chi2(
        statistic,
        dof,
        float(chdtrc(dof, statistic)),
        dict(zip(rows, deviates, strict=True)),
        float(ndtri(1 - 0.05 / len(rows))),
        float(ndtri(1 - 0.01 / len(rows))),
    )


def _expected(rows: Mapping[str, Sequence[int]]) -> NDArray[np.float64]:
    observed = np.array(list(rows.values()), float)
    expected: NDArray[np.float64] = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    return expected


def _large_enough(rows: dict[str, tuple[int, int, int]]) -> dict[str, tuple[int, int, int]]:
    """Drop workers with an expected count that is too small for the test, until none is left."""
    rows = {worker: row for worker, row in rows.items() if sum(row)}
    while rows:
        expected = _expected(rows)
        kept = {
            worker: row
            for (worker, row), cells in zip(rows.items(), expected, strict=True)
            if cells.min() > MIN_EXPECTED
        }
        if len(kept) == len(rows):
            break
        rows = kept
    return rows
