"""The breaker: a copy that reached nobody waits for its side, one that may have landed is never sent twice."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from demo.database import free_port
from shadow.exchange import Response, Unanswered
from shadow.http.pool import UpstreamPool
from shadow.mirror.sender import GivenUp, Sender
from shadow.words import Side
from tests.support.builders import a_request
from tests.support.upstreams import OK, Upstream, answering, breaking

GET, POST = a_request("GET", "/a", Host="x"), a_request("POST", "/a", b"body", Host="x")


@asynccontextmanager
async def sending(url: str, *, timeout: float = 5.0, patient: bool = True):
    """A sender whose candidate is at this address."""
    pool = UpstreamPool(url, connect_timeout=1.0, timeout=timeout, connections=4)
    sender = Sender({Side.CANDIDATE: pool}, timeout=timeout, limit=1000, trusted_hops=0, patient=patient)
    try:
        yield sender
    finally:
        await sender.close()


def hanging(hangs):
    """Answer everything but what `hangs(request)` says: there nothing comes until the other end leaves."""

    def script(upstream, wire):
        while True:
            request = wire.message()
            upstream.seen.put(request)
            if hangs(request):
                wire.closed()
                return
            wire.send(OK)

    return script


def seen(upstream) -> list[str]:
    """The requests that came in, in order."""
    return [upstream.request().line.decode().rpartition(" ")[0] for _ in range(upstream.seen.qsize())]


UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def test_a_side_that_is_being_replaced_is_asked_again():
    """It has not taken the write: lost like this, the worlds would part."""

    async def run() -> None:
        with Upstream(answering(UNAVAILABLE, UNAVAILABLE, OK)) as upstream:
            async with sending(upstream.url) as sender:
                sent = await sender.send(Side.CANDIDATE, POST)
            assert sent.answer.status == 200
            assert seen(upstream) == ["POST /a"] * 3

    asyncio.run(run())


def test_a_side_that_stays_unavailable_has_answered_so():
    async def run() -> None:
        with Upstream(answering(UNAVAILABLE)) as upstream:
            async with sending(upstream.url) as sender:
                assert (await sender.send(Side.CANDIDATE, GET)).answer.status == 503

    asyncio.run(run())


@pytest.mark.parametrize(
    ("patient", "unavailable"), [(True, True), (False, False)], ids=["so was the original", "one world"]
)
def test_an_unavailable_side_is_asked_once_where_asking_again_proves_nothing(patient: bool, unavailable: bool):
    async def run() -> None:
        with Upstream(answering(UNAVAILABLE)) as upstream:
            async with sending(upstream.url, patient=patient) as sender:
                sent = await sender.send(Side.CANDIDATE, POST, unavailable=unavailable)
            assert sent.answer.status == 503
            assert seen(upstream) == ["POST /a"]

    asyncio.run(run())


def test_a_copy_for_a_side_that_is_down_waits_until_it_is_back():
    port = free_port()

    async def run() -> None:
        async with sending(f"http://127.0.0.1:{port}") as sender:
            task = asyncio.create_task(sender.send(Side.CANDIDATE, POST))
            while Side.CANDIDATE not in sender.away:
                await asyncio.sleep(0.005)
            server = await asyncio.start_server(answer, "127.0.0.1", port)
            sent = await asyncio.wait_for(task, 10)
            assert isinstance(sent.answer, Response)
            assert sent.seconds is not None
            assert not sender.away
            server.close()
            await server.wait_closed()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"")
        await writer.drain()
        writer.close()

    asyncio.run(run())


def test_a_write_that_was_cut_off_is_not_sent_again():
    with Upstream(breaking()) as upstream:

        async def run() -> None:
            async with sending(upstream.url) as sender:
                sent = await sender.send(Side.CANDIDATE, POST)
                assert isinstance(sent.answer, Unanswered)
                assert sent.answer.sent

        asyncio.run(run())
        upstream.request()
        assert upstream.seen.empty()


def test_a_write_that_hangs_is_not_sent_again_either():
    with Upstream(hanging(lambda request: request.line.startswith(b"POST"))) as upstream:

        async def run() -> None:
            async with sending(upstream.url, timeout=0.1) as sender:
                for _ in range(2):
                    sent = await sender.send(Side.CANDIDATE, POST)
                    assert isinstance(sent.answer, Unanswered)

        asyncio.run(run())
        assert seen(upstream) == ["POST /a", "OPTIONS *", "POST /a"]


def test_a_read_that_hangs_by_itself_is_told_and_stops_nobody():
    with Upstream(hanging(lambda request: request.target == b"/a")) as upstream:

        async def run() -> None:
            async with sending(upstream.url, timeout=0.1) as sender:
                sent = await sender.send(Side.CANDIDATE, GET)
                assert isinstance(sent.answer, Unanswered)
                assert sent.answer.phase == "timeout"
                assert not sender.away

        asyncio.run(run())
        assert seen(upstream) == ["GET /a", "OPTIONS *"]


def test_a_read_that_brings_the_side_down_is_told_after_the_second_time():
    away = threading.Event()

    def hangs(request) -> bool:
        if request.target == b"/a":
            away.set()
            return True
        if away.is_set():
            away.clear()
            return True
        return False

    with Upstream(hanging(hangs)) as upstream:

        async def run() -> None:
            async with sending(upstream.url, timeout=0.1) as sender:
                sent = await sender.send(Side.CANDIDATE, GET)
                assert isinstance(sent.answer, Unanswered)

        asyncio.run(run())
        assert seen(upstream) == ["GET /a", "OPTIONS *", "OPTIONS *", "GET /a"]


def test_reads_wait_for_a_side_that_hangs_and_get_their_answers_when_it_is_back():
    back = threading.Event()
    with Upstream(hanging(lambda request: not back.is_set())) as upstream:

        async def run() -> None:
            async with sending(upstream.url, timeout=0.1) as sender:
                tasks = [asyncio.create_task(sender.send(Side.CANDIDATE, GET)) for _ in range(4)]
                while not sender.away:
                    await asyncio.sleep(0.005)
                assert sender.away == {Side.CANDIDATE: "timeout"}
                back.set()
                answers = [(await task).answer for task in tasks]
                assert all(isinstance(answer, Response) for answer in answers)
                assert not sender.away

        asyncio.run(run())


def test_with_one_world_nobody_waits():
    async def run() -> None:
        async with sending(f"http://127.0.0.1:{free_port()}", patient=False) as sender:
            sent = await asyncio.wait_for(sender.send(Side.CANDIDATE, GET), 5)
            assert isinstance(sent.answer, Unanswered)
            assert not sent.answer.sent

    asyncio.run(run())


def test_a_mirror_that_ends_gives_a_waiting_copy_up():
    async def run() -> None:
        async with sending(f"http://127.0.0.1:{free_port()}") as sender:
            task = asyncio.create_task(sender.send(Side.CANDIDATE, GET))
            while not sender.away:
                await asyncio.sleep(0.005)
            sender.give_up()
            with pytest.raises(GivenUp):
                await asyncio.wait_for(task, 5)

    asyncio.run(run())


def test_a_translated_body_has_its_own_length():
    with Upstream(answering(OK)) as upstream:

        async def run() -> None:
            async with sending(upstream.url) as sender:
                await sender.send(Side.CANDIDATE, a_request("POST", "/a", b"longer", Host="x", Content_Length="4"))

        asyncio.run(run())
        assert upstream.request().body == b"longer"
