"""Rows of `bench_mirror.py`: for each candidate a whole `shadow serve` with two worlds, before the same upstream."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bench_proxy import _BACKEND, JSON, TARGET, free_port, nginx, start

SLOW_SECONDS = 2.0
_TICK = os.sysconf("SC_CLK_TCK")
PARTS = ("proxy", "mirror", "console")
_ANSWER = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(JSON)}\r\n\r\n{JSON}".encode()
_CONFIG = """
[listen]
proxy = "127.0.0.1:{port}"
console = "127.0.0.1:{console}"
[primary]
live = "{upstream}"
shadow = "{upstream}"
[candidate]
live = "{upstream}"
shadow = "{candidate}"
[recording]
path = "recording"
key = "key"
max_bytes = "{budget}"
[store]
url = "sqlite:///store.db"
[console]
token_file = "token"
[[routes]]
name = "item"
path = "{target}"
stage = "{stage}"
"""


@dataclass
class Harness:
    """One row: a running `shadow serve`, and what its clients met."""

    name: str
    folder: Path
    port: int
    console: int
    process: subprocess.Popen[bytes]
    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    asked: int = 0
    used: Counter[str] = field(default_factory=Counter)

    def totals(self) -> dict[str, Any]:
        """The counts of the report, as the console tells them."""
        bearer = {"authorization": f"Bearer {(self.folder / 'token').read_text().strip()}"}
        url = f"http://127.0.0.1:{self.console}/api/report"
        answer = httpx.get(url, headers=bearer, trust_env=False, timeout=30).raise_for_status()
        found: dict[str, Any] = answer.json()["totals"]
        return found

    def pids(self) -> dict[str, int]:
        """The process of each part."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            found.update({part: int(pid) for part in PARTS if part in words})
        return found

    def cpu(self, part: str) -> float:
        """User and system seconds of a part since the last `begin`."""
        fields = Path(f"/proc/{self.pids()[part]}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK - self.used[part]

    def begin(self) -> None:
        """Forget the warm-up."""
        self.latencies.clear()
        self.asked = 0
        self.used.update({part: self.cpu(part) for part in PARTS})

    async def judged(self) -> dict[str, Any]:
        """The counts once no exchange is pending."""
        while (totals := await asyncio.to_thread(self.totals))["pending"]:
            await asyncio.sleep(0.05)
        return totals


def peak_mib(pid: int) -> float:
    """The largest resident size of a process so far, MiB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


@contextlib.asynccontextmanager
async def upstreams(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The small fast upstream and the candidates that are slow, hung and down, by name."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(SLOW_SECONDS)
                writer.write(_ANSWER)
        writer.close()

    async def hung(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1 << 16):
                pass
        writer.close()

    port, process = nginx(folder / "upstream", _BACKEND, json=JSON)
    ports = {"fast": port}
    servers = {"slow": await asyncio.start_server(slow, "127.0.0.1", 0)}
    servers["hung"] = await asyncio.start_server(hung, "127.0.0.1", 0)
    ports |= {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}
    # Bound and not listening: the port stays ours, and a connection is refused.
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        ports["down"] = refusing.getsockname()[1]
        try:
            yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        finally:
            for server in servers.values():
                server.close()
            await asyncio.to_thread(end, process)


@contextlib.asynccontextmanager
async def harnesses(
    folder: Path, urls: dict[str, str], *names: str, budget: str = "2 GiB"
) -> AsyncIterator[list[Harness]]:
    """A running `shadow serve` for each candidate; `off` neither records nor mirrors."""
    rows: list[Harness] = []
    try:
        for name in names:
            place = Path(tempfile.mkdtemp(dir=folder))
            config, port, console = place / "shadow.toml", free_port(), free_port()
            candidate, stage = (urls["fast"], "off") if name.startswith("off") else (urls[name], "shadow")
            values = {"upstream": urls["fast"], "candidate": candidate, "stage": stage, "budget": budget}
            config.write_text(_CONFIG.format(port=port, console=console, target=TARGET, **values), "utf-8")
            command = [sys.executable, "-m", "shadow", "serve", "--config", str(config)]
            process = await asyncio.to_thread(start, command, port, place)
            rows.append(Harness(name, place, port, console, process))
        for row in rows:
            await asyncio.to_thread(console_answers, row)
        yield rows
    finally:
        await asyncio.gather(*(asyncio.to_thread(end, row.process) for row in rows))


def console_answers(row: Harness) -> None:
    """Return when the last part has started."""
    deadline = time.monotonic() + 30
    # The socket listens before the console does: its first answer says that it is there.
    while len(row.pids()) < len(PARTS):
        if time.monotonic() > deadline:
            raise SystemExit(f"{row.name}: not every part started:\n{(row.folder / 'log').read_text()[-2000:]}")
        time.sleep(0.1)
    row.totals()


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
