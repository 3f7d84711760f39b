"""Stage and share in one word, and which clients a share is made of."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.direction import Direction
from shadow.standing import Standing, bucket
from shadow.words import Side, Stage

KEYS = st.text(min_size=1)
SHARES = st.integers(1, 99)


def canary(share):
    return Direction(Stage.CANARY, Side.PRIMARY, share=share)


@given(
    st.one_of(
        st.sampled_from([s for s in Stage if s is not Stage.CANARY]).map(Standing),
        SHARES.map(lambda share: Standing(Stage.CANARY, share)),
    )
)
def test_what_is_written_is_read_back(standing):
    assert Standing.read(str(standing)) == standing


def test_canary_alone_names_no_share():
    assert Standing.read("canary") == Standing(Stage.CANARY, 0)


@pytest.mark.parametrize(
    "text", ["", "live", "canary:0", "canary:100", "canary:5.5", "canary:-5", "canary:", "canary:²"]
)
def test_what_is_no_standing_is_refused(text):
    with pytest.raises(ValueError, match="canary:5"):
        Standing.read(text)


@pytest.mark.parametrize("text", ["promoted:5", "shadow:5"])
def test_only_a_canary_has_a_share(text):
    with pytest.raises(ValueError, match="is no stage"):
        Standing.read(text)


@given(KEYS, SHARES)
def test_a_client_is_always_on_the_same_side(key, share):
    assert canary(share).side_of(key) is canary(share).side_of(key)


@given(KEYS, SHARES, SHARES)
def test_a_share_that_grows_sends_nobody_back(key, one, other):
    smaller, greater = sorted((one, other))
    if canary(smaller).side_of(key) is Side.CANDIDATE:
        assert canary(greater).side_of(key) is Side.CANDIDATE


@given(KEYS)
def test_a_bucket_is_one_of_a_hundred(key):
    assert bucket(key) in range(100)


@given(KEYS, st.sampled_from([Direction(), Direction(Stage.PROMOTED, Side.CANDIDATE), Direction(Stage.OFF)]))
def test_outside_canary_every_client_is_served_by_the_same_side(key, direction):
    assert direction.side_of(key) is direction.serving


def test_of_many_clients_each_share_gets_its_part():
    """10,000 clients; four standard deviations of 30 % are 1.8 %, of a single bucket 0.4 %."""
    found = Counter(bucket(f"cookie:session:{number:016x}") for number in range(10_000))
    assert abs(sum(count for place, count in found.items() if place < 30) - 3000) < 184
    assert all(60 <= found[place] <= 140 for place in range(100))
