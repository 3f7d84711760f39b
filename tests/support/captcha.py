"""A captcha provider on a real socket, which takes one token for right."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

RIGHT_TOKEN = "a-person-solved-this"
SECRET = "secret-of-the-site"


class CaptchaProvider:
    """`asked` has the forms that arrived; `answer`, if set, is sent whatever is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: bytes | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/siteverify"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """From now on nobody listens there."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def judge(self, form: dict[str, list[str]]) -> bytes:
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        right = form == {"secret": [SECRET], "response": [RIGHT_TOKEN]}
        return json.dumps({"success": right}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                body = provider.judge(parse_qs(sent, keep_blank_values=True))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def captcha_provider() -> Iterator[CaptchaProvider]:
    provider = CaptchaProvider()
    provider.start()
    yield provider
    provider.stop()
