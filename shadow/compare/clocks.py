"""Times as applications write them, inside longer texts: found, read as unix seconds, and checked to be written alike.

A time of one format that was written a moment later differs in its digits and names only. Another width, another case
of AM, another zone is another format, and that is never a matter of the clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DAY = 86400.0

_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_ZONE = r"(?: ?(?:UTC|GMT|Z)\b| ?[+-]\d\d:?\d\d(?!\d))"
_HOURS = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\b\.?)?"
_DATES = rf"(?:\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{4}}|{_MONTH}\.? \d{{1,2}},? \d{{4}})"

# The times of a page or a field, each as a group of its own kind. `named` has a month in letters, `slashed` none.
TIMES = (
    r"(?P<iso>\b(?:\d{4}|\d\d)-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d(?!\d)|(?!\d)))"
    r"|(?P<http>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d[ -][A-Z][a-z]{2}[ -]\d{4} \d\d:\d\d:\d\d GMT)"
    r"|(?P<day>(?<![\w.-])(?:\d{4}|\d\d)-\d\d-\d\d(?![\w.-]))"
    r"|(?P<unix>(?<![\w.-])1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?(?![\w.-]))"
    rf"|(?P<named>\b(?:{_WEEKDAY},? )?(?:{_DATES}(?:(?:,? (?:at )?|:){_HOURS}{_ZONE}?)?"
    rf"|{_MONTH} +\d{{1,2}} {_HOURS} \d{{4}})(?![\w/-]))"
    r"|(?P<slashed>(?<![\w./-])(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d\d/\d\d)"
    rf"(?:,? {_HOURS}{_ZONE}?)?(?![\w/-]|\.\d))"
    rf"|(?P<daytime>(?<![\w:.,/+-]){_HOURS}{_ZONE}?(?![\w:/-]|\.\d))"
)
TIME_KINDS = ("iso", "http", "day", "unix", "named", "slashed", "daytime")

_TIME_OF_DAY = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([AaPp])\.?[Mm]\b)?")
_OFFSET = re.compile(r"(?:Z|UTC|GMT|([+-])(\d\d):?(\d\d))$")
_FRACTION = re.compile(r"(:\d\d)[.,](\d+)")
_WORD = re.compile(r"\d+|[A-Za-z]+|[^A-Za-z\d]+")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SCALES = {10: 1.0, 13: 1e3, 16: 1e6, 19: 1e9}  # unix time in s, ms, µs, ns by its digits


def readings(kind: str, text: str) -> tuple[float | None, ...]:
    """Unix seconds of a time, without a zone as UTC; None for an impossible one.

    Two for `26/11/2026`, where the day may stand first or second.
    """
    try:
        if kind == "http":
            return (http_time(text),)
        if kind == "unix":
            whole = text.partition(".")[0]
            return (float(text) / _SCALES[len(whole)],)
        if kind == "daytime":
            return (_time_of_day(text),)
        if kind == "named":
            return (_named(text),)
        if kind == "slashed":
            return _slashed(text)
        full = text if re.match(r"\d{4}-", text) else f"20{text}"
        found = datetime.fromisoformat(full.replace("Z", "+00:00").replace(",", "."))
    except (ValueError, OverflowError):
        return (None,)
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp(),)


def http_time(text: str) -> float | None:
    """Unix seconds of an HTTP date (RFC 9110 5.6.7), also with the dashes that cookies use; None for anything else."""
    try:
        found = parsedate_to_datetime(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def precision(kind: str, text: str) -> float:
    """The seconds that the last digit of a time stands for, as far as it matters: 1, a minute or a day."""
    colons = without_fraction(_OFFSET.sub("", text)).count(":")
    if kind == "day" or (kind in ("named", "slashed") and not colons):
        return DAY
    return 60.0 if kind != "unix" and colons == 1 else 1.0


def written_alike(primary: str, candidate: str) -> bool:
    """True for two times of one format."""
    ours, theirs = _OFFSET.search(primary), _OFFSET.search(candidate)
    if (ours and ours[0]) != (theirs and theirs[0]):
        return False
    if len(fraction(primary)) != len(fraction(candidate)):
        return False
    p, c = (_WORD.findall(without_fraction(text)) for text in (primary, candidate))
    return len(p) == len(c) and all(map(_word_alike, p, c))


def fraction(text: str) -> str:
    """The digits behind the seconds."""
    found = _FRACTION.search(text)
    return found[2] if found else ""


def without_fraction(text: str) -> str:
    """The time in whole seconds."""
    return _FRACTION.sub(r"\1", text)


def _word_alike(primary: str, candidate: str) -> bool:
    if primary == candidate:
        return True
    if primary.isdigit() and candidate.isdigit():
        # `9` and `10`, but not `09` and `9`.
        short, long = sorted((primary, candidate), key=len)
        return len(short) == len(long) or (len(short) == 1 and len(long) == 2 and long[0] != "0")
    for names in (_MONTHS, _WEEKDAYS, ["am", "pm", "a", "p"]):
        if all(word.lower()[:3] in names for word in (primary, candidate)):
            return _one_style(primary, candidate)
    return False


def _one_style(primary: str, candidate: str) -> bool:
    """Two names of months, days or halves of a day: both short or both in full, in one case."""
    if primary.isupper() != candidate.isupper() or primary.islower() != candidate.islower():
        return False
    return "may" in (primary.lower(), candidate.lower()) or (len(primary) > 3) == (len(candidate) > 3)


def _time_of_day(text: str) -> float | None:
    """Seconds since midnight UTC; ValueError for an hour or minute that does not exist."""
    found = _TIME_OF_DAY.search(text)
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if found[5] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no such time")
    offset = _OFFSET.search(text)
    east = 0
    if offset and offset[1]:
        east = (int(offset[2]) * 3600 + int(offset[3]) * 60) * (1 if offset[1] == "+" else -1)
    return hour * 3600 + minute * 60 + second + float(f"0.{found[4] or 0}") - east


def _named(text: str) -> float | None:
    at = _TIME_OF_DAY.search(text)
    date = text if at is None else f"{text[: at.start()]} {_OFFSET.sub('', text[at.end() :])}"
    words = [word.lower()[:3] for word in _WORD.findall(date)]
    month = next(_MONTHS.index(word) + 1 for word in words if word in _MONTHS)
    day, year = sorted(int(number) for number in re.findall(r"\d+", date))
    found = datetime(year, month, day, tzinfo=UTC)
    weekday = next((word for word in words if word in _WEEKDAYS), "")
    if weekday and _WEEKDAYS[found.weekday()] != weekday:
        return None
    return found.timestamp() + (_time_of_day(text) or 0.0 if at else 0.0)


def _slashed(text: str) -> tuple[float | None, ...]:
    at = _TIME_OF_DAY.search(text)
    first, second, third = map(int, re.findall(r"\d+", text[: at.start()] if at else text))
    seconds = (_time_of_day(text) or 0.0) if at else 0.0
    if first > 31:
        return (_date(first, second, third, seconds),)
    return _date(third, second, first, seconds), _date(third, first, second, seconds)


def _date(year: int, month: int, day: int, seconds: float) -> float | None:
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp() + seconds
    except ValueError:
        return None
