"""Detectors of what differs by itself: clocks, durations, "3 minutes ago", request ids, nonces, cache-busters.

A detector never waves a place through for its name alone: type, format and plausibility are checked on both sides.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from typing import Any

from shadow.compare.decode import Number

CLOSE = 5.0  # seconds between two readings of a clock for one and the same event
RECENT = 120.0  # seconds around the moment of serving within which a time means "now"
_DAY = 86400.0

# The clock texts of a page or a field, to be found inside longer texts.
CLOCKS = (
    r"(?P<iso>\b(?:\d{4}|\d\d)-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d(?!\d)|(?!\d)))"
    r"|(?P<http>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d[ -][A-Z][a-z]{2}[ -]\d{4} \d\d:\d\d:\d\d GMT)"
    r"|(?P<day>(?<![\w.-])(?:\d{4}|\d\d)-\d\d-\d\d(?![\w.-]))"
    r"|(?P<unix>(?<![\w.-])1\d{9}(?:\.\d+|\d{3})?(?![\w.-]))"
    r"|(?P<ago>\b(?:(?:\d+|an?|few|some) )?(?:second|minute|hour|day|week)s? ago\b|\bjust now\b)"
    r"|(?P<took>\b(?:took|in|after|elapsed:?|duration:?|uptime:?) \d+(?:\.\d+)? ?(?:us|ms|s|sec|seconds)\b)"
)
CLOCK_KINDS = ("iso", "http", "day", "unix", "ago", "took")

_DURATION_NAME = re.compile(
    r"(?:.*[_-])?(?:duration|elapsed|took|uptime|latency|runtime|response_?time|process_?time)"
    r"(?:[_-](?:us|ms|s|seconds))?|server-timing",
    re.IGNORECASE,
)
_TIME_NAME = re.compile(
    r"(?:.*[_-])?(?:time|date|timestamp|now|updated|created|modified|accessed|expires|started|finished|since|until|at)",
    re.IGNORECASE,
)
_ONCE_NAME = re.compile(
    r"(?:x-)?(?:amzn-)?(?:request|correlation|trace|span)[_-]?id|traceparent|nonce|(?:.*-)?nonce|cf-ray|_",
    re.IGNORECASE,
)
_AGO = re.compile(r"(?:(\d+|an?|few|some) )?(second|minute|hour|day|week)")
_UNIT = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": _DAY, "week": 7 * _DAY}
_ONCE = re.compile(r"[\w.:=+/-]{6,200}", re.ASCII)
_ISO = re.compile(r"(\d+)-\d\d-\d\d([T ])([\d:.,]+)(Z|[+-]\d\d:?\d\d)?")


class Moment:
    """When the two answers were made: wall time of serving, and the Date fields of both.

    `lag` bounds how many seconds later than the primary the candidate may have written down a time: a copy comes after
    its original, at times much later, and what it stamped then is compared for as long as it is shown.
    """

    def __init__(
        self,
        at: float = 0.0,
        primary_date: str = "",
        candidate_date: str = "",
        lag: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.at = at
        self._lag = lag
        self._dates = primary_date, candidate_date

    @cached_property
    def skew(self) -> float:
        """How many seconds later the candidate's clock read; 0 when one of the two told no time."""
        p, c = map(http_time, self._dates)
        return c - p if p is not None and c is not None else 0.0

    def near(self, primary: float, candidate: float) -> bool:
        """True when both are readings of a clock for the same event, or both mean the moment of their answer."""
        apart = candidate - primary
        if self.stamped(apart) or abs(apart - self.skew) <= CLOSE:
            return True
        return self.recent(primary, candidate)

    def stamped(self, apart: float, blur: float = CLOSE) -> bool:
        """True when one event may have been written down so many seconds apart, give or take `blur`."""
        return self._lag[0] - blur <= apart <= self._lag[1] + blur

    def recent(self, primary: float, candidate: float) -> bool:
        """True when both lie close to the moment of their answers."""
        late = min(abs(candidate - self.at), abs(candidate - self.at - self.skew))
        return abs(primary - self.at) <= RECENT and late <= RECENT


def numbers(name: str, primary: Any, candidate: Any, moment: Moment) -> bool:
    """True for two different JSON numbers of one type that are a duration or a time."""
    p, c = float(primary), float(candidate)
    if _DURATION_NAME.fullmatch(name):
        scale = 1e6 if name.lower().endswith("us") else 1e3 if name.lower().endswith("ms") else 1.0
        return 0 <= p < _DAY * scale and 0 <= c < _DAY * scale
    scale = 1e3 if p >= 1e11 else 1.0
    p, c = p / scale, c / scale
    if not (1e9 <= p < 4e9 and 1e9 <= c < 4e9):
        return False
    return moment.recent(p, c) or (bool(_TIME_NAME.fullmatch(name)) and moment.near(p, c))


@lru_cache(1024)
def is_once(name: str) -> bool:
    """True for the name of something that is made anew for every answer."""
    return bool(_ONCE_NAME.fullmatch(name))


def once(name: str, primary: str, candidate: str) -> bool:
    """True for a request id or nonce: by its name, and both of one format and length."""
    if not is_once(name) or not (_ONCE.fullmatch(primary) and _ONCE.fullmatch(candidate)):
        return False
    return abs(len(primary) - len(candidate)) <= 2 and primary.isdigit() == candidate.isdigit()


def duration_text(name: str, primary: str, candidate: str) -> bool:
    """True for two plain numbers, as text, at a name that means a duration (`X-Runtime: 0.012`)."""
    if name.lower() != "x-runtime" and not _DURATION_NAME.fullmatch(name):
        return False
    number = re.compile(r"(?:[\w-]+;dur=)?\d{1,5}(?:\.\d+)?(?: ?m?s)?")
    return bool(number.fullmatch(primary) and number.fullmatch(candidate))


def clock(kind: str, primary: str, candidate: str, moment: Moment) -> bool:
    """True when two different clock texts of one kind are plausible for one event."""
    if kind == "ago":
        p, c = _ago(primary), _ago(candidate)
        blur = max(p[1], c[1], CLOSE)
        # How many seconds apart the two stamped what they tell the age of; none, when it is older than both worlds.
        stamps = moment.skew + p[0] - c[0]
        return min(abs(p[0] - c[0]), abs(stamps)) <= blur or moment.stamped(stamps, blur)
    if kind == "took":
        return True  # the pattern has checked words, number and unit
    if kind == "day":
        today, there = _days(moment.at), _days(moment.at + moment.skew)
        known = _seconds("day", primary) in today and _seconds("day", candidate) in today | there
        return len(primary) == len(candidate) and known
    p_time, c_time = _seconds(kind, primary), _seconds(kind, candidate)
    if p_time is None or c_time is None or _format(kind, primary) != _format(kind, candidate):
        return False
    if kind == "unix":
        return moment.recent(p_time, c_time)
    # A text without seconds can jump a whole minute within a second.
    if kind == "iso" and abs(p_time - c_time) == 60 and primary.count(":") == 1:
        return True
    return moment.near(p_time, c_time)


def apart(kind: str, primary: str, candidate: str) -> float | None:
    """Seconds between two times of one kind and format, or None."""
    p, c = _seconds(kind, primary), _seconds(kind, candidate)
    if p is None or c is None or _format(kind, primary) != _format(kind, candidate):
        return None
    return abs(p - c)


def http_time(text: str) -> float | None:
    """Unix seconds of an HTTP date (RFC 9110 5.6.7), also with the dashes that cookies use; None for anything else."""
    try:
        found = parsedate_to_datetime(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def is_number(value: object) -> bool:
    """True for a JSON number that counts (not NaN, not an infinity)."""
    if isinstance(value, Number):
        return value[-1:].isdigit()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _seconds(kind: str, text: str) -> float | None:
    try:
        if kind == "http":
            return http_time(text)
        if kind == "unix":
            return float(text) / (1000 if len(text) == 13 and "." not in text else 1)
        full = text if re.match(r"\d{4}-", text) else f"20{text}"
        found = datetime.fromisoformat(full.replace("Z", "+00:00").replace(",", "."))
    except (ValueError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _format(kind: str, text: str) -> str:
    """What must be equal for two times to be written alike; str(datetime) leaves out a fraction of zero."""
    if kind != "iso":
        return kind if kind != "unix" else f"{'.' in text}{len(text.partition('.')[0])}"
    found = _ISO.fullmatch(text)
    return f"{len(found[1])}{found[2]}{found[3].count(':')}{found[4]}" if found else ""


def _days(at: float) -> set[float]:
    """The beginnings of the days that "today" may mean at this moment."""
    return {moment - moment % _DAY for moment in (at - RECENT, at + RECENT)}


def _ago(text: str) -> tuple[float, float]:
    """Seconds ago and the unit in which they were told."""
    found = _AGO.match(text)
    if not found:
        return 0.0, 1.0
    unit = _UNIT[found[2]]
    if found[1] is None:
        return 0.0, 60.0  # "seconds ago": anything below a minute
    return (float(found[1]) if found[1].isdigit() else 3.0 if found[1] in ("few", "some") else 1.0) * unit, unit
