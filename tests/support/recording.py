"""Builders for exchanges, sealers and writers, shared by the tests of everything that reads a recording."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shadow import clock
from shadow.exchange import Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.recording.reader import Follower
from shadow.recording.seal import Sealer
from shadow.recording.writer import RecordingWriter
from shadow.words import Side, Stage

JSON = (b"Content-Type", b"application/json")
HTML = (b"Content-Type", b"text/html; charset=utf-8")
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


def a_request(
    method: str = "POST", target: bytes = b"/api/beat", *headers: tuple[bytes, bytes], body: bytes = b""
) -> Request:
    return Request(method, target, HeaderList.of(headers), Body.of(body), peer="192.0.2.7")


def an_answer(status: int = 200, *headers: tuple[bytes, bytes], body: bytes = b"") -> Response:
    return Response(status, HeaderList.of(headers), Body.of(body), b"OK")


def an_exchange(**fields: Any) -> Exchange:
    values: dict[str, Any] = {
        "id": clock.new_id(),
        "writer": "",
        "sequence": 0,
        "started_at": 1_790_000_000.25,
        "began": 100.0,
        "ended": 100.012,
        "first_byte": 0.01,
        "client_key": "addr:0123456789abcdef",
        "route": "api.beat",
        "group": "worker",
        "serving": Side.PRIMARY,
        "stage": Stage.SHADOW,
        "request": a_request(),
        "answer": an_answer(),
    }
    return Exchange(**{**values, **fields})


def a_sealer(folder: Path, *extra: str) -> Sealer:
    return Sealer.load(folder / "key", extra, create=True)


def a_writer(folder: Path, sealer: Sealer, **settings: Any) -> RecordingWriter:
    values: dict[str, Any] = {"writer": "w1", "segment": 1 << 20, "max_bytes": 1 << 30, "queue": 1 << 25}
    return RecordingWriter(folder, sealer=sealer, **{**values, **settings})


def read_until(follower: Follower, count: int, seconds: float = 10.0) -> list[Any]:
    """Poll the follower until it has given `count` records."""
    found: list[Any] = []
    deadline = time.monotonic() + seconds
    while len(found) < count:
        assert time.monotonic() < deadline, f"only {len(found)} of {count} records after {seconds} s"
        found += follower.read(count - len(found))
        time.sleep(0.002)
    return found


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Poll until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not true after {seconds} s"
        time.sleep(0.01)


def read_new(count: int, folder: Path, sealer: Sealer | None = None, after: dict[str, int] | None = None) -> list[Any]:
    """Wait for the next `count` records of a folder."""
    follower = Follower(folder, sealer, after)
    try:
        return read_until(follower, count)
    finally:
        follower.close()
