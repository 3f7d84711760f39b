"""Times in any common format: near now they are the clock's, a day or a format away they are differences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare.clocks import readings, written_alike
from shadow.compare.noise import Moment
from shadow.compare.renaming import NoNames, Renaming
from shadow.compare.strings import Likeness, compare
from shadow.words import Outcome
from tests.support.compare import AT, answer, as_json, compared, page

NOW = datetime.fromtimestamp(AT, UTC)
# Each writes a moment to the second; 22:13:20 in the evening of 14 November 2023 is the moment of the request.
FORMATS = {
    "iso": "%Y-%m-%dT%H:%M:%S",
    "iso zone": "%Y-%m-%dT%H:%M:%S+00:00",
    "space": "%Y-%m-%d %H:%M:%S",
    "fraction": "%Y-%m-%dT%H:%M:%S.%f",
    "http": "%a, %d %b %Y %H:%M:%S GMT",
    "rfc 2822": "%a, %d %b %Y %H:%M:%S +0000",
    "ctime": "%a %b %d %H:%M:%S %Y",
    "day month": "%d %b %Y %H:%M:%S",
    "full month": "%d %B %Y, %H:%M:%S",
    "american": "%b %d, %Y %I:%M:%S %p",
    "american at": "%B %d, %Y at %I:%M:%S %p",
    "common log": "%d/%b/%Y:%H:%M:%S +0000",
    "slashes": "%d/%m/%Y %H:%M:%S",
    "slashes american": "%m/%d/%Y, %I:%M:%S %p",
    "dots": "%d.%m.%Y %H:%M:%S",
    "year first": "%Y/%m/%d %H:%M:%S",
    "time of day": "%H:%M:%S",
    "time of day american": "%I:%M:%S %p",
}
MINUTES = {"day month": "%d %b %Y %H:%M", "american": "%b %d, %Y %I:%M %p", "time of day": "%H:%M"}


def likeness(primary: str, candidate: str) -> Likeness:
    return compare(f"At {primary}, by ann", f"At {candidate}, by ann", Renaming(NoNames(), ""), Moment(AT))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_time_near_now_is_the_clocks_and_a_day_away_is_none(form: str) -> None:
    first, second = (NOW + timedelta(seconds=seconds) for seconds in (-30, 45))
    assert likeness(first.strftime(form), second.strftime(form)) is Likeness.NOISE
    later = first + timedelta(days=1)
    assert likeness(first.strftime(form), later.strftime(form)) is (
        Likeness.SAME if first.strftime(form) == later.strftime(form) else Likeness.VALUE
    )


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_another_hour_is_a_difference(form: str) -> None:
    assert likeness(NOW.strftime(form), (NOW + timedelta(hours=1)).strftime(form)) is Likeness.VALUE


@pytest.mark.parametrize("form", MINUTES.values(), ids=MINUTES)
def test_a_time_without_seconds_may_turn_a_minute(form: str) -> None:
    assert likeness(NOW.strftime(form), (NOW + timedelta(seconds=50)).strftime(form)) is Likeness.NOISE
    assert likeness(NOW.strftime(form), (NOW + timedelta(minutes=5)).strftime(form)) is Likeness.VALUE


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(FORMATS)), st.integers(1, 100))
def test_two_formats_are_a_difference_however_near(one: str, other: str, seconds: int) -> None:
    first, second = NOW.strftime(FORMATS[one]), (NOW + timedelta(seconds=seconds)).strftime(FORMATS[other])
    alike = {one, other} in ({"slashes", "slashes american"}, {one}, {"iso", "fraction"})
    if not alike:
        assert likeness(first, second) is Likeness.VALUE
        assert likeness(second, first) is Likeness.VALUE


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(sorted(FORMATS)), st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)), st.integers(0, 10**7)
)
def test_far_from_now_only_a_few_seconds_are_the_clocks(name: str, at: datetime, seconds: int) -> None:
    """Stored times: what was written down once may differ by the time between two writes, by no more."""
    first, second = at.replace(tzinfo=UTC), at.replace(tzinfo=UTC) + timedelta(seconds=seconds)
    near = abs((first - NOW).total_seconds()) < 86_400 * 2 or "time of day" in name
    texts = first.strftime(FORMATS[name]), second.strftime(FORMATS[name])
    if seconds > 5 and not near and texts[0] != texts[1]:
        assert likeness(*texts) is Likeness.VALUE
    elif not near and seconds:
        assert likeness(*texts) in (Likeness.NOISE, Likeness.SAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9 Nov 2023 22:13:20", "09 Nov 2023 22:13:21"),
        ("14 Nov 2023 22:13:20", "14 November 2023 22:13:21"),
        ("10:13 PM", "10:14 pm"),
        ("22:13:20", "22:13"),
        ("2023-11-14T22:13:20.123Z", "2023-11-14T22:13:21.123456Z"),
        ("2023-11-14T22:13:20Z", "2023-11-14T22:13:21+00:00"),
        ("Nov 14, 2023", "Nov. 14, 2023"),
        ("Tue Nov 14 22:13:20 2023", "Wed Nov 14 22:13:21 2023"),
        ("22:13:20", "25:13:21"),
        ("10:13:20 PM", "13:13:20 PM"),
        ("31 Feb 2023 22:13:20", "31 Feb 2023 22:13:21"),
    ],
)  # fmt: skip
def test_what_only_looks_like_the_clock_is_a_difference(one: str, other: str) -> None:
    assert likeness(one, other) is Likeness.VALUE
    assert likeness(other, one) is Likeness.VALUE


@pytest.mark.parametrize("digits", [10, 13, 16, 19])
def test_unix_times_in_every_unit(digits: int) -> None:
    one, later, far = (f"{int(AT) + seconds}".ljust(digits, "0") for seconds in (0, 3, 86_400))
    assert likeness(one, later) is Likeness.NOISE
    assert likeness(one, far) is Likeness.VALUE
    assert compared(as_json({"a": int(one)}), as_json({"a": int(later)})).outcome is Outcome.NOISE
    assert compared(as_json({"a": int(one)}), as_json({"a": int(far)})).outcome is Outcome.MISMATCH


def test_a_date_without_a_time_turns_at_midnight_only() -> None:
    midnight = Moment(1_700_006_400.0)
    renaming = Renaming(NoNames(), "")
    assert compare("14 Nov 2023", "15 Nov 2023", renaming, midnight) is Likeness.NOISE
    assert compare("Nov 13, 2023", "Nov 14, 2023", renaming, midnight) is Likeness.VALUE
    assert likeness("14 Nov 2023", "15 Nov 2023") is Likeness.VALUE


def test_a_time_of_day_wraps_at_midnight() -> None:
    renaming, midnight = Renaming(NoNames(), ""), Moment(1_700_006_400.0)
    assert compare("23:59:50", "00:00:10", renaming, midnight) is Likeness.NOISE
    assert compare("23:59:50", "00:05:10", renaming, midnight) is Likeness.VALUE


def test_readings_are_unix_seconds() -> None:
    assert readings("named", "Tue, 14 Nov 2023 22:13:20 +0000") == (AT,)
    assert readings("named", "14 Nov 2023 10:13:20 p.m.") == (AT,)
    assert readings("named", "14/Nov/2023:23:13:20 +0100") == (AT,)
    assert readings("slashed", "11/12/2023") == (1_702_252_800.0, 1_699_747_200.0)
    assert readings("named", format_datetime(NOW)) == (AT,)
    assert not written_alike("1 May 2023", "01 May 2023")
    assert written_alike("31 May 2023", "1 June 2023")


@pytest.mark.parametrize(
    ("one", "other", "noise"),
    [
        ("2 hours, 5 minutes ago", "2 hours, 6 minutes ago", True),
        ("2 hours, 5 minutes ago", "3 hours, 5 minutes ago", False),
        ("3m ago", "4m ago", True),
        ("3m ago", "4h ago", False),
        ("2 months ago", "5 months ago", False),
        ("3 minutes ago", "3m ago", False),
        ("1 minute ago", "1 minutes ago", False),
        ("1 minute ago", "a minute ago", False),
        ("5 minutes ago", "5 minute ago", False),
        ("5 minutes ago", "5 mins ago", False),
        ("5 min ago", "5 mins ago", False),
        ("3 days ago", "72 hours ago", False),
        ("1 hour ago", "90 minutes ago", False),
        ("1 second ago", "1 day ago", False),
        ("1 hour ago", "5 minutes ago", False),
        ("59 seconds ago", "1 minute ago", True),
        ("1 minute ago", "2 minutes ago", True),
        ("59s ago", "1m ago", True),
        ("a few seconds ago", "a minute ago", True),
        ("a minute ago", "2 minutes ago", True),
        ("45 minutes ago", "an hour ago", True),
        ("23 hours ago", "1 day ago", True),
        ("26 days ago", "a month ago", True),
        ("just now", "1 minute ago", True),
        ("1 hour, 59 minutes ago", "2 hours ago", True),
        ("1 week, 6 days ago", "2 weeks ago", True),
        ("took 12 ms", "took 9.5 ms", True),
        ("Took 12 ms", "Took 9.5 ms", True),
        ("rendered in 12 ms", "rendered in 8.5 ms", True),
        ("done in 0.3 s", "done in 0.25 s", True),
        ("Generated in 0.3 seconds", "Generated in 1.3 seconds", True),
        ("23 results in 0.42 seconds", "23 results in 0.38 seconds", True),
        ("23 results in 0.42 seconds", "24 results in 0.42 seconds", False),
        ("Please retry in 5 seconds", "Please retry in 500 seconds", False),
        ("expires in 300 seconds", "expires in 600 seconds", False),
        ("try again in 5 s", "try again in 6 s", False),
        ("resets in 60s", "resets in 3600s", False),
        ("60 requests in 60 seconds", "60 requests in 3600 seconds", False),
        ("will be deleted after 30 seconds", "will be deleted after 60 seconds", False),
        ("will be done in 30 seconds", "will be done in 60 seconds", False),
        ("took 12 ms", "took 12 s", False),
        ("took 12 ms", "took -12 ms", False),
        ("a.js?v=3f2a1b9c", "a.js?v=90ab12cd", True),
        ("a.js?v=3f2a1b9c", "a.js?v=90ab12c", False),
        ("a.js?v=100200", "a.js?v=100300", False),
        ("a.js?v=1700000001", "a.js?v=1700000004", True),
        ("a.js?v=1600000001", "a.js?v=1600000004", False),
        ("a.js?v=2", "a.js?v=3", False),
        ("a.js?v=3f2a1b9c", "a.js?t=3f2a1b9d", False),
        ("/tests?user=3f2a1b9c", "/tests?user=90ab12cd", False),
        ("script-src 'nonce-q7Zp+Lk/T9vA=='", "script-src 'nonce-x1+bCd9/02Zz=='", True),
        ("script-src 'nonce-q7Zp+Lk/T9vA=='", "script-src 'nonce-'", False),
        ("request id: ab12-cd34", "request id: ef56-0078", True),
        ("request id: ab12-cd34", "request id: none", False),
    ],
)  # fmt: skip
def test_ages_durations_and_what_is_made_anew(one: str, other: str, noise: bool) -> None:
    assert likeness(one, other) is (Likeness.NOISE if noise else Likeness.VALUE)
    assert likeness(other, one) is (Likeness.NOISE if noise else Likeness.VALUE)


@pytest.mark.parametrize(
    ("name", "one", "other", "noise"),
    [
        ("Server-Timing", "db;dur=1.2, app;dur=12", "db;dur=0.7, app;dur=9", True),
        ("Server-Timing", "db;dur=1.2, app;dur=12", "db;dur=0.7", False),
        ("X-Runtime", "0.012", "0.7", True),
        ("X-Runtime", "0.012", "-0.7", False),
        ("X-Elapsed", "0:00:01.2", "0:00:02.5", True),
        ("X-Duration", "PT1.5S", "PT0.2S", True),
        ("X-Duration", "PT1.5S", "soon", False),
        ("X-Duration", "12 ms", "12 s", False),
        ("X-Amzn-Trace-Id", "Root=1-65f0a1b2-aa", "Root=1-75f0a1b2-bb", True),
        ("X-B3-TraceId", "65f0a1b2", "75f0a1b2", True),
    ],
)
def test_fields_that_tell_durations_and_ids(name: str, one: str, other: str, noise: bool) -> None:
    p, c = (answer("", headers=[(name, value)]) for value in (one, other))
    assert compared(p, c).outcome is (Outcome.NOISE if noise else Outcome.MISMATCH)


@pytest.mark.parametrize(("one", "other", "noise"), [("1", "5", True), ("3", "6", True), ("5", "600", False)])
def test_when_to_ask_again_may_be_off_by_what_clocks_are(one: str, other: str, noise: bool) -> None:
    """The seconds that are left of a window are read from a clock, too."""
    p, c = (answer("", headers=[("Retry-After", value)]) for value in (one, other))
    assert compared(p, c).outcome is (Outcome.NOISE if noise else Outcome.MISMATCH)


def test_scripts_of_a_page_are_masked_by_their_busters_alone() -> None:
    one, other = "<script src='/a.js?v=3f2a1b9c'></script>", "<script src='/a.js?v=90ab12cd'></script>"
    assert compared(page(one), page(other)).outcome is Outcome.NOISE
    assert compared(page(one), page(other.replace("a.js", "b.js"))).outcome is Outcome.MISMATCH


def test_milliseconds_that_are_none_may_be_left_out_now_and_then() -> None:
    """As `str(datetime)` of what MongoDB keeps: once in a thousand times."""
    bare, told = "2023-10-05 10:00:00", "2023-10-05 10:00:01.123000"
    assert likeness(bare, told) is likeness(told, bare) is Likeness.NOISE
    assert likeness(bare, "2023-10-05 10:00:01.123456") is Likeness.VALUE
    assert likeness(bare, "2023-10-05 11:00:01.123000") is Likeness.VALUE
    rows = [[{"at": f"2023-10-05 10:00:{n:02}{part}"} for n in range(30)] for part in ("", ".123000")]
    assert compared(as_json(rows[0]), as_json(rows[1])).outcome is Outcome.MISMATCH
    assert compared(as_json(rows[0]), as_json([*rows[0][:-2], *rows[1][-2:]])).outcome is Outcome.NOISE
