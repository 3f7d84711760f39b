"""Durations and ratios in logarithmic buckets: a quantile is known to 1 %, whatever the number of values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist

_GROWTH = math.log(1.02)
_SMALLEST, _LARGEST = 1e-6, 1e6
# Up to so many values the binomial is summed, beyond it is as good as normal.
_EXACT = 5000


class Histogram:
    """Counts per bucket; a bucket holds the values within 1 % of 1.02 ** its number."""

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets = dict(buckets or {})

    def __len__(self) -> int:
        return sum(self.buckets.values())

    def add(self, value: float) -> None:
        """Count one value; anything below a millionth or above a million counts as that."""
        bucket = round(math.log(min(max(value, _SMALLEST), _LARGEST)) / _GROWTH)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def columns(self) -> tuple[list[int], list[int]]:
        """Buckets and their counts side by side, which JSON reads back quickest."""
        return list(self.buckets.keys()), list(self.buckets.values())

    def quantile(self, share: float) -> float | None:
        """The smallest value that at least this share of the values does not exceed; None of nothing."""
        bucket = self._ranked(math.ceil(share * len(self)))
        return None if bucket is None else math.exp(bucket * _GROWTH)

    def bounds(self, share: float, confidence: float) -> tuple[float, float] | None:
        """Limits below and above the quantile of what the values were drawn from, each right with this confidence.

        Order statistics, free of any distribution. None when there are too few values for a limit above. A value may
        lie anywhere in its bucket, so the limits are the outer edges of theirs.
        """
        low, high = _ranks(len(self), share, confidence)
        below, above = self._ranked(low), self._ranked(high)
        if below is None or above is None:
            return None
        return math.exp((below - 0.5) * _GROWTH), math.exp((above + 0.5) * _GROWTH)

    def _ranked(self, rank: int) -> int | None:
        """The bucket of the value at this place in ascending order, from 1."""
        seen = 0
        for bucket, count in self._ascending():
            seen += count
            if 1 <= rank <= seen:
                return bucket
        return None

    def _ascending(self) -> Iterator[tuple[int, int]]:
        return iter(sorted(self.buckets.items()))


def _ranks(total: int, share: float, confidence: float) -> tuple[int, int]:
    """The places of the two limits; how many of `total` values lie below the quantile is binomial.

    The value at place r is above the quantile with P(fewer than r below it), and below it with P(at least r).
    """
    if total > _EXACT:
        spread = NormalDist().inv_cdf(confidence) * math.sqrt(total * share * (1 - share))
        return math.floor(total * share - spread), math.ceil(total * share + spread) + 1
    at_least, probability, high = 0.0, share**total, total + 1
    for place in range(total, 0, -1):
        at_least += probability
        if at_least <= 1 - confidence:
            high = place
        if at_least >= confidence:
            return place, high
        probability *= place / (total - place + 1) * (1 - share) / share
    return 0, high
