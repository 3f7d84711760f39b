"""Brownian motion between two absorbing barriers: the model of a log-likelihood ratio that a test watches.

The outcome of a test is (time, place). Outcomes are ordered: leaving at the lower barrier comes first (earlier is
less), then places at one time, then leaving at the upper barrier (earlier is more).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import log_ndtr

# Both series below are exact; images need few terms for short times, eigenfunctions few for long ones.
IMAGES_BELOW = 0.1
NEGLIGIBLE_EXPONENT = 45.0
NO_DRIFT = 1e-12


@dataclass(frozen=True, slots=True)
class BrownianMotion:
    """Motion from 0 with the given drift and variance per unit of time, absorbed at ``lower`` < 0 < ``upper``."""

    lower: float
    upper: float
    drift: float
    variance: float

    def outcome_cdf(self, time: float, place: float) -> float:
        """Probability of an outcome at or before (time, place), for a place between the barriers."""
        width = self.upper - self.lower
        spread, tilt = self.variance * time, self.drift / self.variance
        if spread < IMAGES_BELOW * width**2:
            probability = self._by_images(spread, tilt, place)
        else:
            probability = self._by_eigenfunctions(spread, tilt, place)
        return min(max(probability, 0.0), 1.0)

    def _by_images(self, spread: float, tilt: float, place: float) -> float:
        """Reflect the start at both barriers, again and again; products are formed in logarithms (tails)."""
        a, width, deviation = self.lower, self.upper - self.lower, math.sqrt(spread)

        def weighted_cdf(weight: float, z: float) -> float:
            return math.exp(weight + float(log_ndtr(z)))

        def between(image: float) -> float:
            low, high = ((x - image - tilt * spread) / deviation for x in (a, place))
            if low > 0:
                low, high = -high, -low
            return weighted_cdf(tilt * image, high) - weighted_cdf(tilt * image, low)

        def absorbed(distance: float) -> float:
            reach = abs(distance)
            parts = (
                weighted_cdf(tilt * a + sign * tilt * reach, (-reach - sign * tilt * spread) / deviation)
                for sign in (-1, 1)
            )
            return math.copysign(sum(parts), distance)

        images = range(-2, 3)
        alive = sum(between(2 * k * width) - between(2 * a + 2 * k * width) for k in images)
        return alive + sum(absorbed(-a + 2 * k * width) for k in images)

    def _by_eigenfunctions(self, spread: float, tilt: float, place: float) -> float:
        a, width = self.lower, self.upper - self.lower
        rise = place - a
        alive = later = 0.0
        n = 1
        while (exponent := (tilt**2 + (k := n * math.pi / width) ** 2) * spread / 2) < NEGLIGIBLE_EXPONENT + max(
            tilt * a, tilt * place, 0.0
        ):
            weight = math.sin(-k * a) / (tilt**2 + k**2)
            end = tilt * math.sin(k * rise) - k * math.cos(k * rise)
            alive += weight * (math.exp(tilt * place - exponent) * end + math.exp(tilt * a - exponent) * k)
            later += weight * k * math.exp(tilt * a - exponent)
            n += 1
        return self._ever_absorbed_below(tilt) + 2 / width * (alive - later)

    def _ever_absorbed_below(self, tilt: float) -> float:
        a, b = self.lower, self.upper
        steepness = 2 * abs(tilt)
        if steepness * (b - a) < NO_DRIFT:
            return b / (b - a)
        factor = math.exp(steepness * a) if tilt > 0 else 1.0
        return factor * math.expm1(-steepness * b) / math.expm1(-steepness * (b - a))
