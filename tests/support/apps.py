"""Either application as a real process on a free port, over a test's own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx

from demo.database import free_port

READY_ROUTE = "/login"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0
SECRET = "ticket-secret-of-the-tests"


class App:
    """`legacy_pyramid` or `new_server` (or any module that takes `--port`); ready once the block is entered."""

    def __init__(
        self, module: str, folder: Path, db_url: str, db_name: str, *, host: str = "127.0.0.1", **environment: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self.log = folder / f"{module}-{self.port}.log"
        self._command = [sys.executable, "-m", module, "--port", str(self.port), "--host", host]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FISHTEST_")},
            "FISHTEST_DB_URL": db_url,
            "FISHTEST_DB": db_name,
            "FISHTEST_FLUSH": "through",
            "FISHTEST_URL": "https://fishtest.example",
            "FISHTEST_OFFLINE": "1",
            "FISHTEST_AUTHENTICATION_SECRET": SECRET,
            "PYTHONHASHSEED": "0",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> App:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        try:
            self._await_route(self._process)
        except AssertionError:
            self.stop()
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, **options: object) -> httpx.Client:
        """A client that follows nothing, keeps its own cookies, and loads no certificates (23 ms of CPU) for HTTP."""
        settings = {"base_url": self.url, "timeout": 30, "trust_env": False, "verify": False, **options}
        return httpx.Client(**settings)  # type: ignore[arg-type]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code, once the process has ended by itself or by a signal."""
        assert self._process is not None
        return self._process.wait(STOP_TIMEOUT)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def _await_route(self, process: subprocess.Popen[bytes]) -> None:
        """The port opens before the routes are loaded, so a page is asked."""
        deadline = time.monotonic() + START_TIMEOUT
        with self.client() as client:
            while time.monotonic() < deadline:
                assert process.poll() is None, f"{self._command} ended at its start:\n{self.log_text()}"
                try:
                    if client.get(READY_ROUTE).status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
        raise AssertionError(f"{self.url} did not answer within {START_TIMEOUT:.0f} s:\n{self.log_text()}")
