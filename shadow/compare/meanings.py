"""What the name of a place says of its value: that it is a time, a measured duration, or made anew for every answer.

A name is read word by word (`createdAt`, `created_at`, `Created-At`). It never suffices: `noise.py` asks the values.
"""

from __future__ import annotations

import re
from functools import lru_cache


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "milliseconds"), 1e3),
    **dict.fromkeys(("us", "usec", "micros", "microseconds"), 1e6),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds"), 1e9),
}
_DURATIONS = _all("duration elapsed took uptime latency runtime responsetime processtime")
# What an application measures of itself: `query_time`, `renderMs`. A travel or a delivery has a time, too.
_MEASURED = _all(
    "cpu db elapsed exec execution load process processing query render rendering request response sql total wall"
)
_STATISTICS = _all("p50 p75 p90 p95 p99 avg mean median max min")
_TIMES = _all(
    "time date datetime timestamp now updated created modified accessed expires expiry expiration started finished"
    " published issued deleted since until at ts mtime ctime atime exp iat nbf epoch unixtime lastmodified"
)
_LAST = _all("seen login used active activity access visit sync update change run build")
_DONE = _all(
    "added changed closed completed created deleted edited expired finished issued joined modified opened posted"
    " published registered resolved started submitted updated"
)
_CLOCKS = frozenset(["unix", "utc", "epoch"])
_ONCE = re.compile(
    r"(?:x-)?(?:(?:amzn|b3|amz)-)?(?:parent)?(?:request|req|correlation|trace|span)[_-]?id|x-cloud-trace-context"
    r"|traceparent|tracestate|(?:.*[_-])?nonce|cf-ray|_",
    re.IGNORECASE,
)


@lru_cache(1024)
def is_once(name: str) -> bool:
    """True for the name of something that is made anew for every answer."""
    return bool(_ONCE.fullmatch(name))


@lru_cache(1024)
def is_duration(name: str) -> bool:
    """True for the name of something that was measured in seconds or parts of them."""
    return name.lower() == "server-timing" or _is_duration(_words(name))


@lru_cache(1024)
def per_second(name: str) -> float:
    """How many of the units that a duration of this name counts make a second: 1000 for `took_ms`."""
    return next((_SECONDS[word] for word in reversed(_words(name)) if word in _SECONDS), 1.0)


@lru_cache(1024)
def is_total(name: str) -> bool:
    """True for `total_time`, which a recipe has as well: there whole numbers are no measured seconds."""
    return "total" in _words(name) and per_second(name) == 1.0


@lru_cache(1024)
def is_time(name: str) -> bool:
    """True for the name of a moment, told as a number: `created_at`, `lastSeen`, `exp`."""
    words = _words(name)
    while len(words) > 1 and (words[-1] in _SECONDS or words[-1] in _CLOCKS):
        words.pop()
    if not words:
        return False
    *before, last = words
    if last == "on":
        return bool(before) and before[-1] in _DONE
    return last in _TIMES or (last in _LAST and before[-1:] == ["last"])


def _is_duration(words: list[str]) -> bool:
    unit = 0.0
    while len(words) > 1 and (words[-1] in _STATISTICS or words[-1] in _SECONDS):
        unit = max(unit, _SECONDS.get(words.pop(), 0.0))
    *before, last = words or [""]
    if last == "time":
        return bool(before) and before[-1] in _MEASURED
    if last == "taken":
        return before == ["time"]
    # Nobody but a machine counts in parts of a second: `render_ms`, but not `load_seconds`.
    return last in _DURATIONS or (unit > 1 and last in _MEASURED and last != "total")


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
