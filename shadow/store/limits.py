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
