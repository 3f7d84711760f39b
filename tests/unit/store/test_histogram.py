"""Quantiles and their limits from logarithmic buckets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.store.histogram import Histogram


def histogram(values):
    made = Histogram()
    for value in values:
        made.add(value)
    return made


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_within_one_percent_of_the_exact_one(values, share):
    exact = sorted(values)[max(-(-len(values) * int(share * 100) // 100), 1) - 1]
    assert histogram(values).quantile(share) == pytest.approx(exact, rel=0.0101)


def test_nothing_has_no_quantile_and_no_limits():
    assert Histogram().quantile(0.5) is None
    assert Histogram().bounds(0.95, 0.95) is None


@given(st.floats(1e-5, 1e5))
def test_the_limits_hold_every_value_that_shares_a_bucket(value):
    low, high = histogram([value] * 100).bounds(0.95, 0.95)
    assert low <= value <= high
    assert high / low == pytest.approx(1.02)


def test_odd_durations_are_counted_at_the_ends():
    assert histogram([0.0, -1.0]).quantile(1.0) == pytest.approx(1e-6, rel=0.02)
    assert histogram([1e9]).quantile(1.0) == pytest.approx(1e6, rel=0.02)


def test_too_few_values_have_no_upper_limit():
    """The largest of n values is above the p95 with probability 1 - 0.95^n: 59 are the fewest for 95 %."""
    assert histogram([1.0] * 58).bounds(0.95, 0.95) is None
    assert histogram([1.0] * 59).bounds(0.95, 0.95) is not None


@pytest.mark.parametrize("size", [100, 1000, 6000])
def test_the_limits_hold_the_true_quantile_as_often_as_they_say(size):
    draw = random.Random(size)
    true, rounds, below, above = 0.95, 150, 0, 0
    for _ in range(rounds):
        low, high = histogram(draw.random() for _ in range(size)).bounds(true, 0.95)
        below += low <= true
        above += high >= true
    assert below >= rounds * 0.9
    assert above >= rounds * 0.9


@pytest.mark.parametrize("size", [4999, 5000, 5001, 5002])
def test_exact_and_normal_limits_meet(size):
    values = histogram(1 + number / size for number in range(size))
    low, high = values.bounds(0.95, 0.95)
    assert low == pytest.approx(1.945, rel=0.02)
    assert high == pytest.approx(1.955, rel=0.02)
