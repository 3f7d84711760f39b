"""A small GitHub on a real socket: it knows what a test has told it, counts a quota, and can stall, drip and fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

RESET = 4_000_000_000


class GithubServer:
    """`answers` maps a path to its value (a text is sent raw, all else as JSON) and `statuses` a path to its status.

    `requests` has what was asked, as (path, query); `quota` is (used, remaining) as it is told, None tells nothing.
    A path in `stalling` never answers, one in `dripping` never ends. `arrived` counts the requests, to be waited for.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.statuses: dict[str, int] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[str | None] = []
        self.arrived = threading.Semaphore(0)
        self.quota: tuple[int, int] | None = None
        self.stalling: set[str] = set()
        self.dripping: set[str] = set()
        self._let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> GithubServer:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def _quota_fields(self) -> dict[str, str]:
        if self.quota is None:
            return {}
        used, remaining = self.quota
        values = {"limit": used + remaining, "remaining": remaining, "reset": RESET, "used": used, "resource": "core"}
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in values.items()}

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                target = urlsplit(self.path)
                path = unquote(target.path)
                outer.requests.append((path, {name: values[0] for name, values in parse_qs(target.query).items()}))
                outer.tokens.append(self.headers["Authorization"])
                outer.arrived.release()
                if path in outer.stalling:
                    outer._let_go.wait(20)
                    return
                value = outer.answers.get(path)
                body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
                self.send_response(outer.statuses.get(path, 404 if value is None else 200))
                for name, field in outer._quota_fields().items():
                    self.send_header(name, field)
                if isinstance(value, dict) and "Location" in value:
                    self.send_header("Location", value["Location"])
                if path in outer.dripping:
                    self._drip()
                    return
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _drip(self) -> None:
                self.end_headers()
                try:
                    while not outer._let_go.wait(0.05):
                        self.wfile.write(b" ")
                except OSError:
                    pass  # the client has hung up, as it should

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        return Handler


def a_commit(sha: str, message: str = "A change", date: str = "2026-02-01T12:00:00Z") -> dict[str, Any]:
    """A commit as GitHub tells it."""
    return {"sha": sha, "commit": {"message": message, "committer": {"date": date}}}


@pytest.fixture
def github_server() -> Iterator[GithubServer]:
    with GithubServer() as server:
        yield server
