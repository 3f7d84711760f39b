"""Requests that no handler sees: bodies that are too large, and whatever comes while the server shuts down."""

from __future__ import annotations

import multiprocessing
import signal
from types import SimpleNamespace

import pytest
from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.request import Request
from waitress.utilities import RequestEntityTooLarge

from domain.settings import Settings, SettingsError
from new_server.__main__ import Server
from new_server.app import create_app, one_of_several
from new_server.http.boundary import Call
from new_server.http.refusals import BodyLimit, ShuttingDown
from tests.unit.new_server.test_generic_answers import ACCEPTS

LIMIT = 10


class Reader:
    """An application that reads its body to the end and answers 200; it remembers what it got."""

    def __init__(self) -> None:
        self.body: bytes | None = None

    async def __call__(self, scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        self.body = body
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def asked(app, chunks: list[bytes], **headers: str):
    """Status, headers and body of the answer, and how many chunks were never taken."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    scope["call"] = Call(scope, SimpleNamespace())
    waiting, sent = list(chunks), []

    async def receive():
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], len(waiting)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_body_below_the_limit_passes() -> None:
    reader = Reader()
    status, *_ = await asked(BodyLimit(reader, LIMIT, ""), [b"12345", b"6789"])
    assert (status, reader.body) == (200, b"123456789")


@pytest.mark.anyio
async def test_an_announced_length_is_enough_to_refuse() -> None:
    reader = Reader()
    status, headers, body, unread = await asked(BodyLimit(reader, LIMIT, "b7"), [b"x"], content_length="10")
    assert (status, headers[b"connection"], headers[b"x-build"]) == (413, b"close", b"b7")
    assert body == RequestEntityTooLarge(f"exceeds max_body of {LIMIT}").to_response("waitress")[2]
    assert (reader.body, unread) == (None, 1)


@pytest.mark.anyio
async def test_a_body_of_unknown_length_is_read_to_the_limit_and_no_further() -> None:
    reader = Reader()
    status, _, _, unread = await asked(BodyLimit(reader, LIMIT, ""), [b"12345", b"67890", b"more", b"and more"])
    assert (status, reader.body, unread) == (413, None, 2)


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.anyio
async def test_a_server_on_its_way_out_says_what_pyramid_says(accept: str) -> None:
    reader, fishtest = Reader(), SimpleNamespace(shutting_down=False)
    app = ShuttingDown(reader, fishtest)
    assert (await asked(app, [b""], accept=accept))[0] == 200
    fishtest.shutting_down = True
    status, headers, body, _ = await asked(app, [b""], accept=accept)
    theirs = Request.blank("/", headers={"Accept": accept}).get_response(HTTPServiceUnavailable())
    assert (status, body) == (503, theirs.body)
    assert headers[b"content-type"].decode() == theirs.headers["Content-Type"]


def test_a_signal_closes_the_door_at_once() -> None:
    closed = []
    server = Server(Reader(), SimpleNamespace(begin_shutdown=lambda: closed.append(True)))
    server.handle_exit(signal.SIGTERM, None)
    assert closed == [True]
    assert server.should_exit


def test_an_owner_of_the_runs_is_the_only_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    with pytest.raises(SettingsError, match="the only process"):
        create_app(Settings())
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    assert not one_of_several()


def test_a_supervisors_child_is_one_of_several() -> None:
    """As the children of `uvicorn --workers 4` are."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(one_of_several)
