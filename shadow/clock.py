"""The only sources of time and identity, so that tests can freeze them (`clock.now = lambda: ...`)."""

from __future__ import annotations

import os
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def now() -> float:
    """Wall time, unix seconds."""
    return time.time()


def monotonic() -> float:
    """Seconds of CLOCK_MONOTONIC: comparable between the processes of one machine, never set back."""
    return time.monotonic()


def new_id() -> str:
    """A ULID (26 characters of Crockford's base 32): 48 bits of milliseconds, then 80 random bits."""
    value = (int(now() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
