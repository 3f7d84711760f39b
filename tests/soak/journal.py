"""What the harness itself wrote down: its log tells how long each proxy held a unit, and when the guard decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

_LINE = re.compile(r"^timestamp=(?P<at>\S+) level=\w+ event=(?P<event>\S+)(?P<rest>.*)$")
_FIELD = re.compile(r'(?P<name>\w+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>\S*))')


class Line(NamedTuple):
    """One event: when (unix s), which, and its fields."""

    at: float
    event: str
    fields: dict[str, str]


def lines(log: Path) -> Iterator[Line]:
    """The events of a log in their order."""
    with log.open(encoding="utf-8", errors="replace") as text:
        for row in text:
            if found := _LINE.match(row.rstrip("\n")):
                at = datetime.fromisoformat(found["at"]).timestamp()
                fields = {one["name"]: one["quoted"] or one["plain"] or "" for one in _FIELD.finditer(found["rest"])}
                yield Line(at, found["event"], fields)


def holds(log: Path, unit: str) -> list[float]:
    """How long each proxy held the unit each time, in seconds: from the map that says so to the one that does not."""
    found, since = [], dict[str, float]()
    for line in lines(log):
        if line.event != "switchboard.map":
            continue
        proxy, held = line.fields["proxy"], f"'{unit}'" in line.fields["held"]
        if held:
            since.setdefault(proxy, line.at)
        elif proxy in since:
            found.append(line.at - since.pop(proxy))
    return found
