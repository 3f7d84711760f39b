"""A real receiver of webhooks: keeps what it is sent, and answers, stalls or drips as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Receiver:
    """`status` is what it answers; `stall` keeps the answer back until `let_go`; `got` is what it answered with 2xx."""

    def __init__(self, port: int = 0) -> None:
        self.status = 204
        self.stall = False
        self.let_go = threading.Event()
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.asked = 0
        self._news = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?token=receiver-secret"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def until(self, *, got: int = 0, asked: int = 0) -> None:
        """Wait until so many events are here and so many requests came."""
        with self._news:
            enough = self._news.wait_for(lambda: len(self.got) >= got and self.asked >= asked, 20)
        assert enough, f"{len(self.got)} of {got} events, {self.asked} of {asked} requests"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def told(self) -> list[tuple[str, str]]:
        """Type and subject of each event, in the order in which they came."""
        return [(event["type"], event["subject"]) for event in self.events]

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.status
                with outer._news:
                    outer.asked += 1
                    if 200 <= status < 300 and not outer.stall:
                        outer.got.append((dict(self.headers), body))
                    outer._news.notify_all()
                if outer.stall:
                    outer.let_go.wait(20)
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        return Handler
