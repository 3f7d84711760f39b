"""A handover of the report in words, the same in every rendering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shadow.store.values import Phase


def under_way(handover: Mapping[str, Any]) -> str:
    """What goes on with a unit, for the operator who wonders why its requests wait."""
    name, to = handover["name"], handover["to"]
    if handover["phase"] != Phase.RETURNING:
        return f"{name} is being moved from {handover['from']} to {to} by {handover['who']}"
    return (
        f"{name}: the side that serves it has not taken its state back since a handover to {to} failed; "
        "it is asked until it does. Next: see what keeps it, or restart it"
    )
