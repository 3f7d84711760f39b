"""Fields as plain text, whatever a client put into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def text_fields(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The fields of these names; a missing one, and one that holds a file instead of a text, is empty."""
    found = {name: fields.get(name, "") for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in found.items()}
