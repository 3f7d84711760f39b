"""Standing: a stage together with what a stage alone does not say, the share of clients in `canary`."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from shadow.words import Stage


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a unit stands or is to stand; `share` is per cent of the clients, 1 to 99 in `canary` and 0 elsewhere."""

    stage: Stage
    share: int = 0

    def __str__(self) -> str:
        return f"{self.stage}:{self.share}" if self.share else str(self.stage)

    @classmethod
    def read(cls, text: str) -> Standing:
        """What `str` wrote: `shadow`, `canary:5`, `promoted`; `canary` alone is the next step of the ramp.

        ValueError for anything else.
        """
        word, colon, number = text.partition(":")
        if word not in list(Stage) or (colon and word != Stage.CANARY):
            raise ValueError(f"{text!r} is no stage; write promoted, or canary:5 for 5 per cent of the clients")
        return cls(Stage(word), share(int(number) if number.isdecimal() else 0) if colon else 0)


def share(per_cent: int) -> int:
    """A share of clients; ValueError unless it is 1 to 99 per cent."""
    if not 1 <= per_cent <= 99:
        raise ValueError("a canary share is a whole number of per cent from 1 to 99, such as canary:5")
    return per_cent


def bucket(client_key: str) -> int:
    """Where a client stands among 100, the same in every process and on every route.

    The candidate serves the clients whose bucket is below the share, so a share that grows only adds clients.
    """
    return int.from_bytes(blake2b(client_key.encode(), digest_size=8, person=b"canary").digest()) % 100
