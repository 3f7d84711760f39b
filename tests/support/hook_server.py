"""A small real application with handover hooks: it writes down each call and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HookServer:
    """`calls` has the paths posted so far; `answers` maps a path to (status, body); `hang` keeps one path waiting."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name
        self.answers: dict[str, tuple[int, object]] = {}
        self.hang = ""
        self.let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.log.append(f"{outer.name} {self.path}")
                if outer.hang == self.path:
                    outer.let_go.wait(20)
                status, value = outer.answers.get(self.path, (200, {"ok": True}))
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        return Handler


@contextmanager
def hook_servers() -> Iterator[tuple[list[str], HookServer, HookServer]]:
    """The shared log of calls, in order, and the primary's and the candidate's server."""
    log: list[str] = []
    primary, candidate = HookServer(log, "primary"), HookServer(log, "candidate")
    try:
        yield log, primary, candidate
    finally:
        primary.close()
        candidate.close()
