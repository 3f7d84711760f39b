"""From a Request to a Response through an application in this process, with the fields that a server adds."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from shadow.exchange import Body, Request, Response
from shadow.headers import HeaderList
from tests.support.subjects.source import Source, http_date

Serve = Callable[[Request], Response]


def wsgi(app: Callable[..., Iterable[bytes]], source: Source) -> Serve:
    """A WSGI application as waitress would serve it."""

    def serve(request: Request) -> Response:
        started: list[Any] = []
        chunks = app(_environ(request), lambda status, headers, exc_info=None: started.extend((status, headers)))
        body = b"".join(chunks)
        code, _, reason = started[0].partition(" ")
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in started[1]]
        return _served(request, int(code), reason.encode(), pairs, body, source, b"waitress")

    return serve


def asgi(app: Callable[..., Any], source: Source) -> Serve:
    """An ASGI application as uvicorn would serve it. Nothing in it waits, so it runs to its end in one step."""

    def serve(request: Request) -> Response:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body.data, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        running = app(_scope(request), receive, send)
        try:
            running.send(None)
        except StopIteration:
            head, body = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
            return _served(request, head["status"], b"OK", [*head["headers"]], body, source, b"uvicorn")
        raise AssertionError(f"{request.method} {request.target!r} waits for something")

    return serve


def _served(
    request: Request,
    status: int,
    reason: bytes,
    pairs: list[tuple[bytes, bytes]],
    body: bytes,
    source: Source,
    server: bytes,
) -> Response:
    headers = HeaderList.of([(b"Server", server), (b"Date", http_date(source.now).encode()), *pairs])
    return Response(status, headers, Body.of(b"" if request.method == "HEAD" else body), reason)


def _environ(request: Request) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": "subject.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.peer,
        "CONTENT_LENGTH": str(request.body.size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body.data),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key != "CONTENT_LENGTH":
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.decode("latin-1")
    return environ


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": request.path,
        "query_string": request.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers],
        "client": (request.peer, 50_000),
        "server": ("subject.example", 80),
    }
