"""The only sources of time and identity, so that tests can freeze them (`clock.now = lambda: ...`)."""

from __future__ import annotations

import os
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TWO = [one + other for one in _CROCKFORD for other in _CROCKFORD]


def now() -> float:
    """Wall time, unix seconds."""
    return time.time()


def monotonic() -> float:
    """Seconds of CLOCK_MONOTONIC: comparable between the processes of one machine, never set back."""
    return time.monotonic()


def new_id() -> str:
    """A ULID (26 characters of Crockford's base 32): 48 bits of milliseconds, then 80 random bits."""
    at, by_chance, two = int(now() * 1000), int.from_bytes(os.urandom(10), "big"), _TWO
    # Written out, as the hot path makes one for each request: a loop costs twice as much.
    return (
        f"{two[at >> 40]}{two[at >> 30 & 1023]}{two[at >> 20 & 1023]}{two[at >> 10 & 1023]}{two[at & 1023]}"
        f"{two[by_chance >> 70]}{two[by_chance >> 60 & 1023]}{two[by_chance >> 50 & 1023]}"
        f"{two[by_chance >> 40 & 1023]}{two[by_chance >> 30 & 1023]}{two[by_chance >> 20 & 1023]}"
        f"{two[by_chance >> 10 & 1023]}{two[by_chance & 1023]}"
    )
