"""Stacks: the sessions of one client of the mirror, as far as the stacks do not share them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shadow.twin.held import Held
from shadow.words import Side


@dataclass
class Stacks:
    """`live` is what the client itself was given, `mirrored` what each stack gave for its copies.

    `failed` are the stacks on which the client could not be signed in for its copies.
    """

    live: Held = field(default_factory=Held)
    mirrored: dict[Side, Held] = field(default_factory=lambda: {side: Held() for side in Side})
    failed: set[Side] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        mirrored = {side.value: held.as_json() for side, held in self.mirrored.items()}
        return {"live": self.live.as_json(), "mirrored": mirrored, "failed": sorted(side.value for side in self.failed)}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Stacks:
        """From the values of `as_json`."""
        mirrored = {Side(side): Held.of(held) for side, held in value["mirrored"].items()}
        return cls(Held.of(value["live"]), mirrored, {Side(side) for side in value["failed"]})
