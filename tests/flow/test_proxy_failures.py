"""Upstreams that are away, stall, reset or cut off: the client is told, and never told that half an answer is whole."""

from __future__ import annotations

import json

import pytest

from shadow.exchange import Response, Unanswered
from tests.support.proxies import RunningProxy
from tests.support.upstreams import OK, PATIENCE, Upstream, Wire, answering, breaking, stalling

AWAY = "http://127.0.0.1:9"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def test_an_unreachable_upstream_is_a_502_in_plain_text() -> None:
    with RunningProxy(AWAY) as proxy:
        answer = proxy.ask(GET)
        assert (answer.status, answer.get("content-type")) == (502, b"text/plain; charset=utf-8")
        assert answer.body == b"The application could not be reached. Try again in a moment.\n"
        recorded = proxy.exchange().answer
        assert isinstance(recorded, Unanswered)
        assert (recorded.phase, recorded.sent) == ("connect", False)


def test_who_asks_for_json_gets_json() -> None:
    with RunningProxy(AWAY) as proxy:
        answer = proxy.ask(b"GET / HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n")
        assert (answer.status, answer.get("content-type")) == (502, b"application/json")
        assert json.loads(answer.body)["error"] == "Bad Gateway"


def test_a_browser_gets_html() -> None:
    with RunningProxy(AWAY) as proxy:
        answer = proxy.ask(b"GET / HTTP/1.1\r\nHost: h\r\nAccept: text/html,application/json;q=0.9\r\n\r\n")
        assert (answer.status, answer.get("content-type")) == (502, b"text/html; charset=utf-8")
        assert b"<h1>Bad Gateway</h1>" in answer.body
        assert b"127.0.0.1" not in answer.body


def test_a_stalling_upstream_is_a_504_and_is_let_go() -> None:
    with Upstream(stalling()) as upstream, RunningProxy(upstream.url, timeout=0.3) as proxy:
        assert proxy.ask(GET).status == 504
        assert upstream.gone.wait(PATIENCE)
        recorded = proxy.exchange().answer
        assert isinstance(recorded, Unanswered)
        assert (recorded.phase, recorded.sent) == ("timeout", True)


def test_an_upstream_that_resets_before_its_head_is_a_502_and_the_client_is_kept() -> None:
    with Upstream(breaking()) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        for _ in range(2):
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
            assert client.message().status == 502
        client.close()


@pytest.mark.parametrize("neat", [True, False])
@pytest.mark.parametrize("framing", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
def test_an_answer_cut_off_by_the_upstream_is_cut_off_for_the_client(framing: bytes, neat: bool) -> None:
    part = b"4\r\npart\r\n" if b"chunked" in framing else b"part"
    with (
        Upstream(breaking(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % framing + part, neat=neat)) as upstream,
        RunningProxy(upstream.url) as proxy,
    ):
        client = proxy.client()
        client.send(GET)
        client.until(b"part")
        upstream.go.set()
        assert b"0\r\n\r\n" not in client.rest()
        client.close()
        recorded = proxy.exchange().answer
        assert isinstance(recorded, Unanswered)
        assert (recorded.phase, recorded.sent) == ("body", True)


def test_where_a_closed_connection_would_mean_a_whole_answer_it_is_reset() -> None:
    """A client of HTTP/1.0 can tell the end of a chunked answer by nothing else."""
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"
    with Upstream(breaking(wire, neat=True)) as upstream, RunningProxy(upstream.url) as proxy:
        client = proxy.client()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        client.until(b"part")
        upstream.go.set()
        with pytest.raises(ConnectionResetError):
            client.rest()
        client.sock.close()


def test_a_stall_in_the_middle_of_an_answer_cuts_it_off() -> None:
    with (
        Upstream(stalling(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")) as upstream,
        RunningProxy(upstream.url, timeout=0.3) as proxy,
    ):
        client = proxy.client()
        client.send(GET)
        client.head()
        assert client.rest() == b"part"
        client.close()


def _dies_idle(upstream: Upstream, wire: Wire) -> None:
    """Answer once; take the second request on that connection and close it without a byte."""
    first = upstream.connections == 1
    while True:
        upstream.seen.put(wire.message())
        if first and upstream.seen.qsize() > 1:
            return
        wire.send(OK)


@pytest.mark.parametrize(("method", "status"), [(b"GET", 200), (b"POST", 502)])
def test_a_kept_connection_that_died_costs_no_safe_request_and_repeats_no_write(method: bytes, status: int) -> None:
    with Upstream(_dies_idle) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(GET).status == 200
        assert proxy.ask(method + b" / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").status == status
        assert [seen.line.split()[0] for seen in list(upstream.seen.queue)] == (
            [b"GET", b"GET", b"GET"] if method == b"GET" else [b"GET", b"POST"]
        )


def test_what_is_no_http_is_a_502() -> None:
    with Upstream(answering(b"220 smtp ready\r\n")) as upstream, RunningProxy(upstream.url) as proxy:
        assert proxy.ask(GET).status == 502
        recorded = proxy.exchange().answer
        assert isinstance(recorded, Unanswered)
        assert recorded.phase == "protocol"


def test_a_recording_that_sheds_changes_nothing_for_the_client() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        proxy.refuse = True
        assert proxy.ask(GET).body == b"ok"
        assert isinstance(proxy.exchange().answer, Response)


def test_a_crash_in_the_harness_is_a_500_and_the_process_lives_on() -> None:
    with Upstream(answering(OK)) as upstream, RunningProxy(upstream.url) as proxy:
        released, proxy.switch.direction = proxy.switch.direction, _broken  # type: ignore[method-assign]
        assert proxy.ask(GET).status == 500
        proxy.switch.direction = released  # type: ignore[method-assign]
        assert proxy.ask(GET).status == 200


def _broken(_route: object) -> None:
    raise RuntimeError("as if the switch were broken")
