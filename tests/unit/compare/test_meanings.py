"""Names that mean a time, a duration or something new for every answer, and names that do not."""

from __future__ import annotations

from typing import Any

import pytest

from shadow.compare.meanings import is_duration, is_once, is_time, per_second
from shadow.words import Outcome
from tests.support.compare import AT, as_json, compared

names = str.split

OLD = int(AT) - 40 * 86_400

TIMES = names("""
    at created created_at createdAt updatedAt CREATED_AT Created-At startTime start_time startedAt lastModified
    last_modified modified ts created_ts last_seen lastSeen last_login lastLogin mtime ctime exp iat nbf issuedAt
    expiresAt expires eventTime published unixTime epoch createdOn created_on createTime lastUpdated timestamp
    timestamp_ms updated_at_ms created_unix auth_time date now since until
""")
NO_TIMES = names("""
    price count age timeout total limit times runtime_id expected format chat stat data candidate update experience
    on based_on depends_on seen last lasting login id created_by updates timed sometimes size bytes version expires_in
    max_age ttl status dated latest
""")
DURATIONS = names("""
    duration elapsed took uptime latency runtime duration_ms durationMs elapsedMs elapsedTime elapsed_time tookMs
    took_ms queryTime query_time responseTime response_time_ms responseTimeMs executionTime execution_time latencyMs
    latency_p95 latency_p95_ms cpu_time wall_time render_time renderMs processing_time uptimeSeconds uptime_seconds
    total_time totalTimeMs X-Runtime x-response-time X-Process-Time Server-Timing responsetime total_runtime time_taken
""")
NO_DURATIONS = names("""
    price count age timeout total limit times time runtime_id expected durations travel_time delivery_time time_spent
    cook_time wait_time total_ms totalSeconds load_seconds seconds ms s max_seconds query load request status bonus
    timeout_ms delay_ms retry_after expires_in start_time avg_price
""")
ONCE = names("request_id requestId X-Request-Id reqId req_id traceId span_id X-Amzn-Trace-Id correlation-id nonce")
NOT_ONCE = names("id requests request order_id orderId prerequest_id event_id transaction_id")


@pytest.mark.parametrize("name", TIMES)
def test_names_of_times(name: str) -> None:
    assert is_time(name)
    p, c = as_json({name: OLD}), as_json({name: OLD + 2})
    assert compared(p, c).outcome is Outcome.NOISE
    assert compared(p, as_json({name: OLD + 3600})).outcome is Outcome.MISMATCH


@pytest.mark.parametrize("name", NO_TIMES)
def test_names_of_no_times(name: str) -> None:
    assert not is_time(name)
    assert compared(as_json({name: OLD}), as_json({name: OLD + 2})).outcome is Outcome.MISMATCH


@pytest.mark.parametrize("name", DURATIONS)
def test_names_of_durations(name: str) -> None:
    assert is_duration(name)
    assert compared(as_json({name: 12.31}), as_json({name: 15.5})).outcome is Outcome.NOISE
    assert compared(as_json({name: 12.31}), as_json({name: "15.5"})).outcome is Outcome.MISMATCH


@pytest.mark.parametrize("name", NO_DURATIONS)
def test_names_of_no_durations(name: str) -> None:
    assert not is_duration(name)
    assert compared(as_json({name: 12.31}), as_json({name: 15.5})).outcome is Outcome.MISMATCH


def test_names_of_what_is_made_anew() -> None:
    assert [name for name in ONCE if not is_once(name)] == []
    assert [name for name in NOT_ONCE if is_once(name)] == []


@pytest.mark.parametrize(
    ("name", "primary", "candidate"),
    [
        ("total_time", 45, 50),  # of a recipe
        ("totalTime", "PT45M", "PT1H"),
        ("took_ms", 12, 86_400_000),
        ("took", 12, 86_400),
        ("request_time", OLD, OLD + 60),
    ],
)
def test_durations_that_are_none(name: str, primary: Any, candidate: Any) -> None:
    assert compared(as_json({name: primary}), as_json({name: candidate})).outcome is Outcome.MISMATCH


def test_a_duration_is_counted_in_the_unit_that_its_name_tells() -> None:
    units = {"took": 1.0, "took_s": 1.0, "tookMs": 1e3, "latency_us": 1e6, "elapsedNanos": 1e9, "status": 1.0}
    assert {name: per_second(name) for name in units} == units
    assert compared(as_json({"request_time": OLD}), as_json({"request_time": OLD + 2})).outcome is Outcome.NOISE
