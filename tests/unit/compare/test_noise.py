"""Every detector accepts what differs by itself and refuses what only looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shadow.compare import noise
from shadow.words import Outcome
from tests.support.compare import AT, answer, as_json, compared, page

NOW = datetime.fromtimestamp(AT, UTC)


def iso(**later: float) -> str:
    return (NOW + timedelta(**later)).isoformat()


def python(**later: float) -> str:
    return str((NOW + timedelta(**later)).replace(tzinfo=None))


@pytest.mark.parametrize(
    ("key", "primary", "candidate"),
    [
        ("duration", 0.01, 0.25),
        ("elapsed_ms", 12, 90_000),
        ("uptime", 5.0, 80_000.5),
        ("start_time", AT - 90_000.0, AT - 90_003.5),
        ("now", int(AT), int(AT) + 60),
        ("any", AT * 1000, AT * 1000 + 900),
        ("last_updated", iso(seconds=1), iso(seconds=3)),
        ("any", iso(days=-40), iso(days=-40, seconds=4)),
        ("any", iso(seconds=-100), iso(seconds=100)),
        ("any", python(seconds=1, microseconds=3), python(seconds=2, microseconds=5)),
        ("any", "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:21 GMT"),
        ("any", "23-11-14 22:13:20", "23-11-14 22:13:22"),
        ("any", "23-11-14 22:13", "23-11-14 22:14"),
        ("any", "3 minutes ago", "4 minutes ago"),
        ("any", "seconds ago", "1 minute ago"),
        ("any", "59 seconds ago", "1 minute ago"),
        ("any", "rendered in 12 ms", "rendered in 8.5 ms"),
        ("request_id", "req-0001-aa", "req-0002-bb"),
        ("nonce", "n-65f0a1b2", "n-75f0a1b2"),
        ("url", f"/api/elo?_={int(AT * 1000)}", f"/api/elo?_={int(AT * 1000) + 1500}"),
    ],
)  # fmt: skip
def test_detectors_accept(key: str, primary: Any, candidate: Any) -> None:
    comparison = compared(as_json({key: primary, "x": 1}), as_json({key: candidate, "x": 1}))
    assert (comparison.outcome, comparison.noise) == (Outcome.NOISE, (f"json:$.{key}",))
    assert compared(as_json({key: candidate}), as_json({key: primary})).outcome is Outcome.NOISE


@pytest.mark.parametrize(
    ("key", "primary", "candidate"),
    [
        ("duration", 0.01, 1),
        ("duration", 0.01, "0.02"),
        ("duration", 0.01, -0.02),
        ("duration", 1.0, 90_000.0),
        ("durations", 0.01, 0.02),
        ("games", 1_600_000_000_000_000, 1_600_000_000_000_002),
        ("games", 1_500_000_001, 1_500_000_003),
        ("start_time", AT - 90_000.0, AT - 90_010.0),
        ("any", iso(days=-40), iso(days=-41)),
        ("any", iso(), iso(days=1)),
        ("any", iso(days=-40), iso(days=-40, seconds=7)),
        ("any", iso(), python()),
        ("any", python(days=-40), python(days=-40, microseconds=123456)),
        ("any", python(seconds=1), python(seconds=2, microseconds=5)),
        ("any", iso(), iso().replace("+00:00", "Z")),
        ("any", "2023-13-45T99:99:99", "2023-13-45T99:99:98"),
        ("any", "23-11-14", "23-11-15"),
        ("any", "3 minutes ago", "3 hours ago"),
        ("any", "3 minutes ago", "5 minutes ago"),
        ("any", "3 minutes ago", "3 minutes late"),
        ("any", "Never", "3 minutes ago"),
        ("request_id", "req-0001-aa", ""),
        ("request_id", "req-0001-aa", "none"),
        ("id", "req-0001-aa", "req-0002-bb"),
        ("url", f"/api/elo?_={int(AT * 1000)}", "/api/elo?_=1600000000000"),
        ("version", "10-20-30", "10-20-31"),
    ],
)
def test_detectors_refuse(key: str, primary: Any, candidate: Any) -> None:
    assert compared(as_json({key: primary}), as_json({key: candidate})).outcome is Outcome.MISMATCH
    assert compared(as_json({key: candidate}), as_json({key: primary})).outcome is Outcome.MISMATCH


def test_a_date_turns_at_midnight_only() -> None:
    """At 22:13 two different days are a difference (above); around midnight they are the clock's."""
    midnight = noise.Moment(1_700_006_400.0)
    assert noise.clock("day", "23-11-14", "23-11-15", midnight)
    assert not noise.clock("day", "23-11-13", "23-11-14", midnight)


def test_a_late_copy_is_judged_by_its_own_clock() -> None:
    dates = "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 23:13:20 GMT"
    p = answer(f"at {iso()}", media="text/plain", headers=[("Date", dates[0])])
    c = answer(f"at {iso(hours=1)}", media="text/plain", headers=[("Date", dates[1])])
    assert compared(p, c).outcome is Outcome.NOISE
    assert compared(p, answer(f"at {iso(hours=2)}", media="text/plain", headers=[("Date", dates[1])])).differences


def test_clocks_in_pages_are_noise_beside_words_that_are_not() -> None:
    p = page(f'<p>Updated 3 minutes ago by ann</p><time datetime="{iso()}">now</time>')
    c = page(f'<p>Updated 4 minutes ago by ann</p><time datetime="{iso(seconds=2)}">now</time>')
    assert compared(p, c).noise == ("html:html", "html:html")
    walked = compared(p, c, ("html:h1", "ignore"))
    assert walked.noise == ("html:body > p", "html:body > time@datetime"), "where a rule speaks, places are told"
    bob = page(f"<p>Updated 4 minutes ago by bob</p><time datetime='{iso()}'>now</time>")
    assert compared(p, bob).outcome is Outcome.MISMATCH


@pytest.mark.parametrize(("p", "c"), [("1 minute ago", "3 minutes ago"), ("4 minutes ago", "2 minutes ago")])
def test_what_a_late_copy_stamped_is_an_event_of_its_own_time(p: str, c: str) -> None:
    """The write was copied 200 s late, the page that shows it 100 s later still or not late at all."""
    late = "Tue, 14 Nov 2023 22:15:00 GMT" if p < c else "Tue, 14 Nov 2023 22:13:20 GMT"
    moment = noise.Moment(1_700_000_000.0, "Tue, 14 Nov 2023 22:13:20 GMT", late, (0.0, 200.0))
    assert noise.clock("ago", p, c, moment)
    assert not noise.clock("ago", p, c, noise.Moment(1_700_000_000.0))


def test_a_stored_time_may_be_late_by_the_lag_and_no_more() -> None:
    moment = noise.Moment(1_700_000_000.0, lag=(0.0, 60.0))
    stored = 1_699_000_000.0
    assert moment.near(stored, stored + 50)
    assert not moment.near(stored, stored + 70)
    assert not moment.near(stored, stored - 50)
