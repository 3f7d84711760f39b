"""Moments of the store's clock on the clock of this machine: what its own proxies recorded is told by that one."""

from __future__ import annotations

from shadow import clock
from shadow.store.base import Store


def here(store: Store, at: float) -> float:
    """What this machine's clock shows when the store's shows `at`."""
    return at - store.now() + clock.now()
