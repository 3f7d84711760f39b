"""What ends at this hop, and what is added at it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.headers import HeaderList
from shadow.http.hops import client_address, end_to_end, forwarded

_NAMES = st.sampled_from(
    [b"Host", b"Cookie", b"X-One", b"x-one", b"Connection", b"TE", b"Keep-Alive", b"Upgrade", b"Accept", b"Set-Cookie"]
)
_VALUES = st.sampled_from([b"", b"close", b"x-one", b"X-One, keep-alive", b"a=1", b"trailers", b"\xff"])


def _list(*pairs: tuple[bytes, bytes]) -> HeaderList:
    return HeaderList.of(pairs)


def test_fields_of_the_hop_end_and_the_others_keep_order_case_and_repeats() -> None:
    came = _list(
        (b"hOsT", b"h"),
        (b"Connection", b"keep-alive"),
        (b"Set-Cookie", b"a=1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"set-cookie", b"b=2"),
        (b"TE", b"trailers"),
        (b"Upgrade", b"h2c"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Proxy-Connection", b"keep-alive"),
        (b"Trailer", b"Digest"),
        (b"Expect", b"100-continue"),
    )
    assert end_to_end(came).pairs == ((b"hOsT", b"h"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"))


def test_fields_that_connection_names_end_too_wherever_they_stand() -> None:
    came = _list((b"X-Hop", b"1"), (b"Connection", b"close, X-HOP ,"), (b"x-hop", b"2"), (b"X-Hops", b"3"))
    assert end_to_end(came).pairs == ((b"X-Hops", b"3"),)


def test_a_client_cannot_have_host_or_length_removed_through_connection() -> None:
    came = _list((b"Host", b"h"), (b"Content-Length", b"3"), (b"Connection", b"host, content-length"))
    assert end_to_end(came).pairs == ((b"Host", b"h"), (b"Content-Length", b"3"))


@given(st.lists(st.tuples(_NAMES, _VALUES)))
def test_what_passes_is_a_part_of_what_came_and_passes_again(pairs: list[tuple[bytes, bytes]]) -> None:
    once = end_to_end(pairs)
    rest = iter(pairs)
    assert all(pair in rest for pair in once)
    assert end_to_end(once) == once


def test_without_trusted_hops_a_clients_claims_are_replaced() -> None:
    came = _list((b"X-Forwarded-For", b"1.2.3.4"), (b"X-Forwarded-Proto", b"https"), (b"x-forwarded-host", b"evil"))
    assert forwarded(came, "10.0.0.9", "http", b"shop", 0).pairs == (
        (b"X-Forwarded-For", b"10.0.0.9"),
        (b"X-Forwarded-Proto", b"http"),
        (b"X-Forwarded-Host", b"shop"),
    )


def test_what_trusted_hops_wrote_is_kept_and_claims_left_of_it_go() -> None:
    came = _list(
        (b"X-Forwarded-For", b"claim, 7.7.7.7"), (b"X-Forwarded-For", b"8.8.8.8"), (b"X-Forwarded-Proto", b"https")
    )
    sent = forwarded(came, "10.0.0.9", "http", b"shop", 2)
    assert sent.get(b"x-forwarded-for") == b"7.7.7.7, 8.8.8.8, 10.0.0.9"
    assert sent.get(b"x-forwarded-proto") == b"https"
    assert sent.get(b"x-forwarded-host") == b"shop"
    assert client_address(came, "10.0.0.9", 2) == "7.7.7.7"
    assert client_address(came, "10.0.0.9", 0) == "10.0.0.9"
    assert client_address(_list(), "10.0.0.9", 1) == "10.0.0.9"


def test_shadow_marks_of_a_client_are_stripped_in_every_spelling() -> None:
    came = _list((b"X-Shadow-Request", b"1"), (b"x_shadow_request", b"1"), (b"X-SHADOW-x", b"1"), (b"X-Shadowy", b"1"))
    names = [name for name, _ in forwarded(came, "1.1.1.1", "http", b"", 0)]
    assert names == [b"X-Shadowy", b"X-Forwarded-For", b"X-Forwarded-Proto"]


@given(st.lists(st.tuples(_NAMES, _VALUES)))
def test_forwarding_twice_with_the_same_peer_adds_nothing_without_trust(pairs: list[tuple[bytes, bytes]]) -> None:
    """The mirror forwards recorded fields again: a copy carries what the original did."""
    once = forwarded(pairs, "1.1.1.1", "http", b"h", 0)
    assert forwarded(once, "1.1.1.1", "http", b"h", 0) == once
