"""A MongoDB-compatible database in a process of its own, for the demo and the tests."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class DatabaseError(RuntimeError):
    """The database process did not come up."""


class EmbeddedDatabase:
    """SecantusDB as a child process: ``start(folder)`` gives its URL, ``stop()`` ends it by its own pid.

    ``durable``: what it has confirmed is on disk, so that nothing is lost when it is killed.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.url = ""
        self._options = ("--sync-on-commit",) if durable else ()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path()

    def start(self, folder: Path, port: int = 0) -> str:
        """Start on a free port (or the given one) with its files in the folder; return when it answers a ping."""
        folder.mkdir(parents=True, exist_ok=True)
        port = port or free_port()
        if is_taken(port):
            raise DatabaseError(f"port {port} is taken; next: stop what listens there, or leave the port to chance")
        self._log = folder / "database.log"
        with self._log.open("ab") as log:
            command = [*_command(port, folder / "data"), *self._options]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._process = process
        self.url = f"mongodb://127.0.0.1:{port}"
        try:
            self._await_ping(process)
        except DatabaseError:
            self.stop()
            raise
        return self.url

    def stop(self, *, drop: bool = False) -> None:
        """End the process and wait for it; harmless when it is not running. `drop`: nobody wants its files any more."""
        process, self._process = self._process, None
        if process is None:
            return
        if drop:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def __enter__(self) -> EmbeddedDatabase:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _await_ping(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=250) as client:
            while time.monotonic() < deadline:
                if (code := process.poll()) is not None:
                    raise DatabaseError(f"the database ended with code {code} at its start:\n{self._log_tail()}")
                try:
                    client.admin.command("ping")
                except PyMongoError:
                    continue
                return
        raise DatabaseError(f"no answer from {self.url} within {START_TIMEOUT:.0f} s:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])


def free_port() -> int:
    """A port that nobody uses at this moment, out of those that the kernel gives to no outgoing connection."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_taken(port: int) -> bool:
    """Whether somebody listens there; the database itself would share the port without a word."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _command(port: int, data: Path) -> list[str]:
    beside_python = Path(sys.executable).parent / "secantusd-py"
    program = str(beside_python) if beside_python.exists() else shutil.which("secantusd-py")
    if program is None:
        raise DatabaseError("secantusd-py is not installed; next: pip install '.[embedded]'")
    where = ["--host", "127.0.0.1", "--port", str(port), "--storage-path", str(data)]
    return [program, *where, "--standalone", "--log-level", "ERROR"]
