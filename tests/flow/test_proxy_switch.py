"""Where a request goes: stages, holds, the fallback of a promoted route, hooks, and what is appended."""

from __future__ import annotations

import time

import pytest

from shadow.direction import Direction
from shadow.exchange import Response, Unanswered
from shadow.routes import Route
from shadow.words import Side, Stage
from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire, answering, breaking, stalling

PRIMARY = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nprimary"
CANDIDATE = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncandidate"
PROMOTED = Direction(Stage.PROMOTED, Side.CANDIDATE)
ITEM = Route("item", "/item/{id}", group="items")
GET = b"GET /item/1 HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /item/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"


def test_the_switch_says_which_side_serves() -> None:
    with (
        Upstream(answering(PRIMARY)) as primary,
        Upstream(answering(CANDIDATE)) as candidate,
        RunningProxy(primary.url, candidate.url, routes=[ITEM]) as proxy,
    ):
        assert proxy.ask(GET).body == b"primary"
        proxy.switch.directions["item"] = PROMOTED
        assert proxy.ask(GET).body == b"candidate"
        assert proxy.ask(POST).body == b"candidate"
        assert proxy.ask(b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n").body == b"primary"
        served = [(e.route, e.group, e.serving, e.stage) for e in (proxy.exchange(n) for n in range(4))]
    assert served == [
        ("item", "items", Side.PRIMARY, Stage.SHADOW),
        ("item", "items", Side.CANDIDATE, Stage.PROMOTED),
        ("item", "items", Side.CANDIDATE, Stage.PROMOTED),
        ("*", "*", Side.PRIMARY, Stage.SHADOW),
    ]


@pytest.mark.parametrize("script", [breaking(), answering(b"garbage\r\n\r\n"), stalling()])
def test_a_safe_request_that_the_candidate_fails_is_answered_by_the_primary(script: object) -> None:
    with (
        Upstream(answering(PRIMARY)) as primary,
        Upstream(script) as candidate,  # type: ignore[arg-type]
        RunningProxy(primary.url, candidate.url, routes=[ITEM], timeout=0.3) as proxy,
    ):
        proxy.switch.directions["item"] = PROMOTED
        assert proxy.ask(GET).body == b"primary"
        exchange = proxy.exchange()
        assert isinstance(exchange.answer, Response)
        assert exchange.serving is Side.CANDIDATE
        assert exchange.fallback.split(":")[0] in ("head", "protocol", "timeout")


def test_a_candidate_that_is_away_costs_no_safe_request_and_no_write_is_sent_twice() -> None:
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url, routes=[ITEM]) as proxy:
        proxy.switch.directions["item"] = PROMOTED
        assert proxy.ask(GET).body == b"primary"
        assert proxy.exchange().fallback.startswith("connect:")
        primary.request()
        assert proxy.ask(POST).status == 502
        assert proxy.exchange(1).fallback == ""
        assert primary.seen.empty()


def test_an_error_that_the_candidate_answers_is_an_answer() -> None:
    wire = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
    with (
        Upstream(answering(PRIMARY)) as primary,
        Upstream(answering(wire)) as candidate,
        RunningProxy(primary.url, candidate.url, routes=[ITEM]) as proxy,
    ):
        proxy.switch.directions["item"] = PROMOTED
        assert proxy.ask(GET).status == 500
        assert primary.connections == 0


def test_a_candidate_that_fails_after_its_first_byte_is_cut_off() -> None:
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"
    with Upstream(answering(PRIMARY)) as primary, Upstream(breaking(wire)) as candidate:
        candidate.go.set()
        with RunningProxy(primary.url, candidate.url, routes=[ITEM]) as proxy:
            proxy.switch.directions["item"] = PROMOTED
            with pytest.raises(ConnectionError):
                proxy.ask(GET)
            assert isinstance(proxy.exchange().answer, Unanswered)
            assert primary.connections == 0


def test_a_held_request_waits_and_then_goes_where_the_switch_says() -> None:
    with (
        Upstream(answering(PRIMARY)) as primary,
        Upstream(answering(CANDIDATE)) as candidate,
        RunningProxy(primary.url, candidate.url, routes=[ITEM]) as proxy,
    ):
        proxy.switch.directions["item"] = Direction(Stage.SHADOW, Side.PRIMARY, held=True)
        client = proxy.client()
        client.send(POST)
        assert proxy.switch.waiting.wait(PATIENCE)
        assert proxy.switch.in_flight["items"] == 0, "a held request is not in flight"
        assert proxy.ask(b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n").body == b"primary"
        proxy.switch.directions["item"] = PROMOTED
        assert proxy.switch.release
        proxy.call(proxy.switch.release.set)
        assert client.message().body == b"candidate"
        client.close()
        assert candidate.request().body == b"x"


def test_a_held_client_that_goes_away_leaves_nothing_behind() -> None:
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url, routes=[ITEM]) as proxy:
        proxy.switch.directions["item"] = Direction(held=True)
        client = proxy.client()
        client.send(POST)
        assert proxy.switch.waiting.wait(PATIENCE)
        client.sock.close()
        proxy.switch.directions["item"] = Direction()
        assert proxy.ask(GET).body == b"primary"
        assert primary.request().line.startswith(b"GET")
        assert proxy.switch.in_flight["items"] == 0
        assert [exchange.request.method for exchange in proxy.exchanges] == ["GET"]


def test_requests_are_in_flight_until_the_serving_side_is_done() -> None:
    def slow(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        upstream.go.wait(PATIENCE)
        wire.send(OK)

    with Upstream(slow) as upstream, RunningProxy(upstream.url, routes=[ITEM]) as proxy:
        client = proxy.client()
        client.send(GET)
        upstream.request()
        assert proxy.switch.in_flight["items"] == 1
        upstream.go.set()
        client.message()
        assert proxy.switch.in_flight["items"] == 0
        client.close()


def test_a_route_that_is_off_is_served_and_not_recorded() -> None:
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url, routes=[ITEM]) as proxy:
        proxy.switch.directions["item"] = Direction(Stage.OFF)
        assert proxy.ask(GET).body == b"primary"
        assert proxy.ask(b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n").body == b"primary"
        assert [proxy.exchange().route, len(proxy.exchanges)] == ["*", 1]


@pytest.mark.parametrize(
    "target", [b"/internal/flush", b"/internal/%66lush", b"/internal/flush?x", b"http://h/internal/flush"]
)
def test_hooks_are_not_there_for_clients(target: bytes) -> None:
    with (
        Upstream(answering(PRIMARY)) as primary,
        RunningProxy(primary.url, hooks=[("POST", "/internal/flush")]) as proxy,
    ):
        for method in (b"POST", b"GET"):
            answer = proxy.ask(method + b" %b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" % target)
            assert answer.status == 404
        assert primary.connections == 0
        assert proxy.exchanges == []


def test_times_of_an_exchange_are_in_order_and_its_end_stands_before_the_clients() -> None:
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url) as proxy:
        before, wall = time.monotonic(), time.time()
        proxy.ask(GET)
        after = time.monotonic()
        exchange = proxy.exchange()
        assert before <= exchange.began <= exchange.began + exchange.first_byte <= exchange.ended <= after
        assert abs(exchange.started_at - wall) < 5
        assert (exchange.writer, exchange.request.peer, exchange.request.scheme) == ("w1", "127.0.0.1", "http")


def test_an_exchange_stands_in_the_recording_before_its_client_can_ask_again() -> None:
    """Otherwise an effect could stand before its cause."""
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url) as proxy:
        client = proxy.client()
        for number in range(50):
            client.send(GET)
            client.message()
            assert len(proxy.exchanges) == number + 1
        client.close()


def test_requests_that_ran_beside_a_write_are_marked() -> None:
    def slow_writes(upstream: Upstream, wire: Wire) -> None:
        while True:
            seen = wire.message()
            upstream.seen.put(seen)
            if seen.line.startswith(b"POST"):
                upstream.go.wait(PATIENCE)
            wire.send(OK)

    with Upstream(slow_writes) as upstream, RunningProxy(upstream.url) as proxy:
        proxy.ask(GET)
        writer = proxy.client()
        writer.send(POST)
        upstream.request()
        upstream.request()
        proxy.ask(GET)
        upstream.go.set()
        writer.message()
        proxy.ask(POST)
        proxy.ask(GET)
        writer.close()
        marks = [(exchange.request.method, exchange.overlaps) for exchange in proxy.exchanges]
    assert marks == [("GET", False), ("GET", True), ("POST", False), ("POST", False), ("GET", False)]


def test_a_read_that_a_write_began_beside_is_marked_too() -> None:
    def slow_reads(upstream: Upstream, wire: Wire) -> None:
        while True:
            seen = wire.message()
            upstream.seen.put(seen)
            if seen.line.startswith(b"GET"):
                upstream.go.wait(PATIENCE)
            wire.send(OK)

    with Upstream(slow_reads) as upstream, RunningProxy(upstream.url) as proxy:
        reader = proxy.client()
        reader.send(GET)
        upstream.request()
        proxy.ask(POST)
        upstream.go.set()
        reader.message()
        reader.close()
        marks = [(exchange.request.method, exchange.overlaps) for exchange in proxy.exchanges]
    assert marks == [("POST", False), ("GET", True)]
