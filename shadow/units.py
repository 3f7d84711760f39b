"""Sizes, durations, shares and addresses as people write them, to numbers and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPAN = re.compile(f"({_TIME})-({_TIME}|24:00)")
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part of the harness listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Daily:
    """A span of the day in minutes after midnight, UTC; one that ends before it begins reaches into the next day."""

    begin: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begin, self.end))


def daily(text: object) -> Daily:
    """The span of the day `"09:00-16:00"`, UTC."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is not a span of the day (UTC) such as '09:00-16:00'")
    begin, end = (60 * int(time[:2]) + int(time[3:]) for time in found.groups())
    if begin == end:
        raise ValueError(f"{text!r} is empty; '00:00-24:00' is the whole day")
    return Daily(begin, end)


def size(text: object) -> int:
    """Bytes of `"2 GiB"`; a bare whole number is bytes. Raises ValueError with what is allowed."""
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    return int(_amount(text, _SIZES, "a size such as '2 GiB'"))


def seconds(text: object) -> float:
    """Seconds of `"24 h"`; a bare number is seconds. Raises ValueError with what is allowed."""
    if isinstance(text, int | float) and not isinstance(text, bool) and text >= 0:
        return float(text)
    return _amount(text, _SECONDS, "a time such as '10 s' or '24 h'")


def address(text: object) -> Address:
    """Host and port of `"127.0.0.1:8080"`; an IPv6 host stands in brackets."""
    host, _, port = str(text).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not an address such as '127.0.0.1:8080'")
    return Address(host, int(port))


def show_size(number: float) -> str:
    """Bytes for people: `1.5 MiB`."""
    for name in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {name}" if name == "B" else f"{number:.1f} {name}"
        number /= 1024
    return f"{number:.1f} TiB"


def show_seconds(number: float) -> str:
    """A duration for people: `850 ms`, `12 s`, `3.5 h`."""
    if number < 1:
        return f"{number * 1000:.0f} ms"
    for name, unit, limit in (("s", 1.0, 120.0), ("min", 60.0, 7200.0), ("h", 3600.0, 172800.0)):
        if number < limit:
            return f"{number / unit:.3g} {name}"
    return f"{number / 86400:.3g} d"


def _amount(text: object, units: dict[str, float] | dict[str, int], meaning: str) -> float:
    found = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if not found or found.group(2) not in units:
        raise ValueError(f"{text!r} is not {meaning} ({', '.join(units)})")
    return float(found.group(1)) * units[found.group(2)]
