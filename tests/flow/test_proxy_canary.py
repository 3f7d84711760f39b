"""A route in canary on real sockets: the client decides who serves it, wherever its name stands in the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shadow.direction import Direction
from shadow.exchange import Exchange
from shadow.proxy.client_key import ClientKeys
from shadow.routes import Route
from shadow.standing import bucket
from shadow.words import Side, Stage
from tests.support.builders import a_request
from tests.support.proxies import RunningProxy
from tests.support.upstreams import PATIENCE, Upstream, answering

PRIMARY = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nprimary"
CANDIDATE = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncandidate"
ITEM = Route("item", "/item")
SHARE = 30
CANARY = Direction(Stage.CANARY, Side.PRIMARY, share=SHARE)
PROMOTED = Direction(Stage.PROMOTED, Side.CANDIDATE)
# The salt of RunningProxy.
KEYS = ClientKeys(("cookie:session", "json:worker_info.unique_key"), b"salt")


@contextmanager
def a_proxy(direction: Direction = CANARY, *, candidate: bytes = CANDIDATE) -> Iterator[RunningProxy]:
    with (
        Upstream(answering(PRIMARY)) as primary,
        Upstream(answering(candidate)) as other,
        RunningProxy(primary.url, other.url, routes=[ITEM]) as proxy,
    ):
        proxy.switch.directions["item"] = direction
        yield proxy


def get(session: str) -> bytes:
    return b"GET /item HTTP/1.1\r\nHost: h\r\nCookie: session=%b\r\n\r\n" % session.encode()


def expected(key: str) -> bytes:
    return b"candidate" if bucket(key) < SHARE else b"primary"


def a_name(served_by: bytes) -> str:
    """A worker's key that belongs to this side."""
    names = (f"worker-{number}" for number in range(1000))
    return next(one for one in names if expected(KEYS.key_of(a_request(body=json_of(one)))) == served_by)


def json_of(name: str) -> bytes:
    return b'{"worker_info": {"unique_key": "%b"}}' % name.encode()


def test_each_client_is_always_served_by_its_side_and_the_exchange_tells_which() -> None:
    sessions = [f"s{number}" for number in range(30)]
    with a_proxy() as proxy:
        for session in sessions * 2:
            assert proxy.ask(get(session)).body == expected(KEYS.key_of(a_request(Cookie=f"session={session}")))
        served: list[Exchange] = [proxy.exchange(number) for number in range(60)]
    assert {one.stage for one in served} == {Stage.CANARY}
    assert all((one.serving is Side.CANDIDATE) == (bucket(one.client_key) < SHARE) for one in served)
    sides = Counter(one.serving for one in served)
    assert sides.keys() == {Side.CANDIDATE, Side.PRIMARY}


@pytest.mark.parametrize("side", [b"primary", b"candidate"])
def test_a_name_in_a_body_that_comes_piece_by_piece_is_waited_for(side: bytes) -> None:
    body = json_of(a_name(side))
    with a_proxy() as proxy:
        client = proxy.client()
        client.send(b"POST /item HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body))
        for place in range(len(body)):
            client.send(body[place : place + 1])
        assert client.message().body == side
        client.close()
        exchange = proxy.exchange()
    assert exchange.request.body.data == body
    assert exchange.client_key.startswith("json:worker_info.unique_key:")


def test_a_body_that_names_nobody_is_not_waited_for() -> None:
    with a_proxy() as proxy:
        client = proxy.client()
        client.send(b"POST /item HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nname=")
        client.send(b"value")
        assert client.message().body in (b"primary", b"candidate")
        client.close()
        assert proxy.exchange().client_key.startswith("addr:")


def test_a_client_that_waits_to_be_told_to_send_its_body_is_not_kept_waiting() -> None:
    with a_proxy() as proxy:
        client = proxy.client()
        client.send(b"POST /item HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        client.sock.settimeout(PATIENCE)
        client.send(b"{}")
        assert client.message().status in (100, 200)
        client.close()


def test_a_session_that_is_renewed_with_every_answer_stays_on_its_side() -> None:
    def side_of(session: str) -> bytes:
        return expected(KEYS.key_of(a_request(Cookie=f"session={session}")))

    # By itself the second value would belong to the other side.
    first = next(name for name in (f"first-{n}" for n in range(1000)) if side_of(name) != side_of("second"))
    renewing = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=second; Path=/\r\nContent-Length: 9\r\n\r\ncandidate"
    with a_proxy(PROMOTED, candidate=renewing) as proxy:
        proxy.ask(get(first))
        proxy.switch.directions["item"] = CANARY
        assert [proxy.ask(get(name)).body for name in (first, "second", first)] == [side_of(first)] * 3


def test_a_candidate_that_is_down_is_asked_no_more_by_safe_requests_and_every_miss_is_told() -> None:
    with Upstream(answering(PRIMARY)) as primary, RunningProxy(primary.url, routes=[ITEM]) as proxy:
        proxy.switch.directions["item"] = PROMOTED
        assert [proxy.ask(get("a")).body for _ in range(5)] == [b"primary"] * 5
        told = [proxy.exchange(number).fallback.split(":")[0] for number in range(5)]
        assert told == ["connect", "connect", "connect", "breaker", "breaker"]
        assert {proxy.exchange(number).serving for number in range(5)} == {Side.CANDIDATE}
        # A write is not answered by the other side, so it tries.
        assert proxy.ask(b"POST /item HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx").status == 502
