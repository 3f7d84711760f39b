"""Where a world takes its time and its names from: its own dice, so that two worlds never agree by chance."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from email.utils import formatdate
from random import Random
from uuid import UUID

# A Thursday, 21:00 UTC: long runs pass midnight.
START = 1_794_517_200.0


class Source:
    """The clock (set by the driver, never by itself) and the dice of one world."""

    def __init__(self, seed: str) -> None:
        self.now = START
        self.dice = Random(seed)

    def objectid(self) -> str:
        return f"{int(self.now):08x}{self.dice.getrandbits(64):016x}"

    def uuid(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        return f"{self.dice.getrandbits(4 * digits):0{digits}x}"

    def token(self) -> str:
        return urlsafe_b64encode(self.dice.randbytes(24)).decode()

    def milliseconds(self) -> float:
        """How long something took, as two servers never agree on."""
        return round(self.dice.uniform(0.1, 40.0), 3)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def http_date(at: float) -> str:
    return formatdate(at, usegmt=True)
