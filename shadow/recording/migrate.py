"""Lines of older formats to the present one: one step per version, applied in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.recording.format import FORMAT

Step = Callable[[dict[str, Any]], dict[str, Any]]

# STEPS[n] turns the values of a line of format n into those of format n + 1.
STEPS: dict[int, Step] = {}


def migrate(values: dict[str, Any], version: int) -> dict[str, Any]:
    """The values of a line of format `version` as the present format has them."""
    for step in range(version, FORMAT):
        values = STEPS[step](values)
    return values
