"""The log of exchanges, which is also the mirror's queue: sealed, append-only, readable while it grows."""
