"""How much a store keeps; of what is beyond, the oldest goes first. Far beyond what one mirror has in memory."""

from __future__ import annotations

ALIASES = 500_000
JARS = 50_000
# The most frequent ones stay.
PATHS = 100
# Of one finding; the first ones of a build stay.
SAMPLES = 5
# A proxy that was not heard of for so long (s) is forgotten.
PROXY_AGE = 86400.0
# A twin that has ended is kept so long (s), so that every proxy hears of it.
TWIN_TOLD = 600.0
_SLACK = 100


def due(last: int, added: int, limit: int) -> bool:
    """Whether to look for rows past the limit now that `added` more are there, numbered up to `last`.

    To count takes longer the more there are, so it is done now and then: a hundredth more does no harm.
    """
    return last % max(limit // _SLACK, 1) < added
