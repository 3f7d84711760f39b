"""Detectors of what differs by itself: clocks, durations, "3 minutes ago", request ids, nonces, cache-busters.

A detector never waves a place through for its name alone: type, format and plausibility are checked on both sides.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from shadow.compare.ages import AGES, age, one_style
from shadow.compare.clocks import (
    DAY,
    TIME_KINDS,
    TIMES,
    fraction,
    http_time,
    precision,
    readings,
    without_fraction,
    written_alike,
)
from shadow.compare.decode import Number
from shadow.compare.meanings import is_duration, is_once, is_time, is_total, per_second

CLOSE = 5.0  # seconds between two readings of a clock for one and the same event
_LEFT_OUT = 3  # times of one pair of answers that may lack their fraction
RECENT = 120.0  # seconds around the moment of serving within which a time means "now"

# What may differ by itself inside longer texts: times, ages, durations, and what is made anew for every answer.
# `in 5 seconds` alone is a promise: to retry, to expire.
_MEASURED = (
    "(?:[Rr]endered|[Gg]enerated|[Dd]one|[Ff]inished|[Cc]ompleted|[Ee]xecuted|[Pp]rocessed|[Ll]oaded|[Ss]erved|[Bb]uilt"
    "|[Cc]omputed|[Ff]etched|[Ff]ound|[Rr]an|[Rr]eturned|[Cc]ompiled|[Pp]arsed|[Rr]esponded|[Aa]nswered|[Hh]andled"
    "|results?|rows?|hits|records|documents)"
)
CLOCKS = (
    TIMES + rf"|(?P<ago>{AGES})"
    rf"|(?P<took>\b(?=[A-Za-z])(?:[Tt]ook|[Ee]lapsed:?|[Dd]uration:?|[Uu]ptime:?|(?<!be ){_MEASURED} in) \d+(?:\.\d+)?"
    r" ?(?:us|µs|ms|s|secs?|seconds?|milliseconds?)\b)"
    r"|(?P<buster>[?&](?:v|ver|version|rev|hash|h|cb|cache|t|ts|_)=[0-9A-Za-z_]{6,19}(?![\w.~-]))"
    r"|(?P<once>'nonce-[\w+/-]{8,}={0,2}'|\b(?:[Rr]equest|[Tt]race|[Cc]orrelation)[ _-]?(?:ID|Id|id):? [\w-]{6,64})"
)
CLOCK_KINDS = (*TIME_KINDS, "ago", "took", "buster", "once")

_ONCE = re.compile(r"[\w.:=+/-]{6,200}", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_METRIC = r"[\w-]+(?:;desc=[^,;]+)?;dur=\d+(?:\.\d+)?"
# A duration as text: a number with a unit, H:M:S, ISO 8601, or the metrics of Server-Timing.
_DURATION = re.compile(
    r"\d{1,5}(?:\.\d+)?(?: ?(?:us|µs|ms|s|sec|seconds|min|minutes))?|(?:\d days?, )?\d{1,2}:\d\d:\d\d(?:\.\d+)?"
    rf"|PT(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?|{_METRIC}(?:, ?{_METRIC})*"
)
_HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_UNIX = re.compile(r"1\d{9}(?:\d{3}){0,3}")
_MADE = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]+")
_VALUE = re.compile(r"(?<=nonce-)|(?<= )(?=[\w-]+$)")  # where the value begins in what `once` finds


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
        self._left_out: set[tuple[str, str]] = set()

    @cached_property
    def skew(self) -> float:
        """How many seconds later the candidate's clock read; 0 when one of the two told no time."""
        p, c = map(http_time, self._dates)
        return c - p if p is not None and c is not None else 0.0

    def left_out(self, primary: str, candidate: str) -> bool:
        """True for two times of which one lacks its fraction since that was zero, as `str(datetime)` writes it.

        That is so once in a thousand times. More often it is another format, and so it is where microseconds are told.
        """
        ours, theirs = fraction(primary), fraction(candidate)
        if bool(ours) == bool(theirs) or (ours or theirs)[3:].strip("0"):
            return False
        if not written_alike(without_fraction(primary), without_fraction(candidate)):
            return False
        self._left_out.add((primary, candidate))
        return len(self._left_out) <= _LEFT_OUT

    def near(self, primary: float, candidate: float) -> bool:
        """True when both are readings of a clock for the same event, or both mean the moment of their answer."""
        apart = candidate - primary
        if self.stamped(apart) or abs(apart - self.skew) <= CLOSE:
            return True
        return self.recent(primary, candidate)

    def stamped(self, apart: float, blur: float = CLOSE) -> bool:
        """True when one event may have been written down so many seconds apart, give or take `blur`."""
        return self._lag[0] - blur <= apart <= self._lag[1] + blur

    def today(self, primary: float, candidate: float) -> bool:
        """True when both, in seconds since midnight, are the time of day of their answers."""
        here, there = self.at % DAY, (self.at + self.skew) % DAY
        late = min(_round_the_clock(candidate, here), _round_the_clock(candidate, there))
        return _round_the_clock(primary, here) <= RECENT and late <= RECENT

    def recent(self, primary: float, candidate: float) -> bool:
        """True when both lie close to the moment of their answers."""
        late = min(abs(candidate - self.at), abs(candidate - self.at - self.skew))
        return abs(primary - self.at) <= RECENT and late <= RECENT


def _round_the_clock(time: float, other: float) -> float:
    apart = abs(time - other) % DAY
    return min(apart, DAY - apart)


def numbers(name: str, primary: Any, candidate: Any, moment: Moment) -> bool:
    """True for two different JSON numbers of one type that are a duration or a time."""
    p, c = float(primary), float(candidate)
    if is_duration(name) and not (is_total(name) and p.is_integer() and c.is_integer()):
        most = DAY * per_second(name)
        if 0 <= p < most and 0 <= c < most:
            return True
    scale = next(scale for scale in (1e9, 1e6, 1e3, 1.0) if p >= 1e9 * scale or scale == 1.0)
    p, c = p / scale, c / scale
    if not (1e9 <= p < 4e9 and 1e9 <= c < 4e9):
        return False
    return moment.recent(p, c) or (is_time(name) and moment.near(p, c))


def unix_time(name: str, text: str) -> float | None:
    """What a number reads as a unix time, at a name that means a time; else None."""
    if not (_UNIX.fullmatch(text) and is_time(name)):
        return None
    return readings("unix", text)[0]


def once(name: str, primary: str, candidate: str) -> bool:
    """True for a request id or nonce: by its name, and both of one format and length."""
    if not is_once(name) or not (_ONCE.fullmatch(primary) and _ONCE.fullmatch(candidate)):
        return False
    return _anew(primary, candidate)


def _anew(primary: str, candidate: str) -> bool:
    """True for two values of one format and about one length."""
    if primary.isdigit() != candidate.isdigit():
        # One in two thousand hex names of 16 digits happens to have no letter.
        return len(primary) == len(candidate) and bool(_HEX.fullmatch(primary) and _HEX.fullmatch(candidate))
    return abs(len(primary) - len(candidate)) <= 2


def duration_text(name: str, primary: str, candidate: str) -> bool:
    """True for two durations as text, of one form, at a name that means a duration (`X-Runtime: 0.012`)."""
    if max(len(primary), len(candidate)) > 500 or is_total(name) or not is_duration(name):
        return False
    alike = _NUMBER.sub("0", primary) == _NUMBER.sub("0", candidate)
    return alike and bool(_DURATION.fullmatch(primary) and _DURATION.fullmatch(candidate))


def unix_text(name: str, primary: str, candidate: str, moment: Moment) -> bool:
    """True for two unix times as text, of one form, at a name that means a time (a column `at` of a table)."""
    if not (is_time(name) and _UNIX.fullmatch(primary) and _UNIX.fullmatch(candidate)):
        return False
    return len(primary) == len(candidate) and numbers(name, primary, candidate, moment)


def clock(kind: str, primary: str, candidate: str, moment: Moment) -> bool:
    """True when two different texts of one kind are plausible for one event."""
    if kind == "ago":
        return _ages(primary, candidate, moment)
    if kind == "took":
        return _NUMBER.sub("0", primary) == _NUMBER.sub("0", candidate)
    if kind == "buster":
        return _busters(primary, candidate, moment)
    if kind == "once":
        (p_name, p), (c_name, c) = (_VALUE.split(text, 1) for text in (primary, candidate))
        return p_name == c_name and _anew(p, c)
    if kind != "unix" and not (written_alike(primary, candidate) or moment.left_out(primary, candidate)):
        return False
    pairs = zip(readings(kind, primary), readings(kind, candidate), strict=False)
    return any(_plausible(kind, primary, p, c, moment) for p, c in pairs if p is not None and c is not None and p != c)


def _plausible(kind: str, text: str, primary: float, candidate: float, moment: Moment) -> bool:
    """True when two readings of one kind may be one event, or the moment of each answer."""
    if kind == "unix":
        return moment.recent(primary, candidate)
    if kind == "daytime":
        return moment.today(primary, candidate)
    step = precision(kind, text)
    if step == DAY:
        today, there = _days(moment.at), _days(moment.at + moment.skew)
        return primary in today and candidate in today | there
    # A text without seconds can jump a whole minute within a second.
    return (step == 60.0 and abs(primary - candidate) == 60.0) or moment.near(primary, candidate)


def _busters(primary: str, candidate: str, moment: Moment) -> bool:
    """Two queries against caches: a clock near the request, or the digest of a build; a small number is a version."""
    (p_name, _, p), (c_name, _, c) = primary.partition("="), candidate.partition("=")
    if p_name != c_name or len(p) != len(c):
        return False
    if p.isdigit() and c.isdigit():
        return _UNIX.fullmatch(p) is not None and _UNIX.fullmatch(c) is not None and clock("unix", p, c, moment)
    return bool(_MADE.fullmatch(p) and _MADE.fullmatch(c))


def apart(kind: str, primary: str, candidate: str) -> float | None:
    """Seconds between two times of one kind and format, or None."""
    if not written_alike(primary, candidate):
        return None
    pairs = zip(readings(kind, primary), readings(kind, candidate), strict=False)
    found = [abs(p - c) for p, c in pairs if p is not None and c is not None]
    return min(found, default=None)


def is_number(value: object) -> bool:
    """True for a JSON number that counts (not NaN, not an infinity)."""
    if isinstance(value, Number):
        return value[-1:].isdigit()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _days(at: float) -> set[float]:
    """The beginnings of the days that "today" may mean at this moment."""
    return {moment - moment % DAY for moment in (at - RECENT, at + RECENT)}


def _ages(primary: str, candidate: str, moment: Moment) -> bool:
    p, c = age(primary), age(candidate)
    if not one_style(p, c):
        return False
    # How many seconds older the primary's may be, at least and at most; then how many apart the two stamped what they
    # tell the age of. Nothing is known of these when it is older than both worlds.
    least, most = p.least - c.most, p.most - c.least
    middle, blur = (least + most) / 2, (most - least) / 2 + CLOSE
    return min(abs(middle), abs(moment.skew + middle)) <= blur or moment.stamped(moment.skew + middle, blur)
