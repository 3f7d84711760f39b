"""Measure the proxy against nginx as plain reverse proxy, in the same run, on the same backend.

Closed loop (wrk, 16 keep-alive connections, 1 KiB of JSON): CPU per request of each server process and throughput, the
medians of interleaved rounds. Open loop (a fixed rate, latency from the planned moment): what each adds to a direct
connection. Prints PASS or FAIL against the limits of LIMITS; the exit code is 1 when one fails.

    python scripts/bench_proxy.py [--rounds N] [--seconds S] [--rate R] [--only closed|open]

Needs nginx and wrk (Debian: nginx-light, wrk). Everything listens on free ports of 127.0.0.1 and ends with the run.
A row is a Server: add one to `servers()` and it is measured in both loops.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httptools
import uvloop

TARGET = "/api/item"
CONNECTIONS = 16
OPEN_CONNECTIONS = 16
JSON = '{"id":"65f1c0ffee0123456789abcd","text":"' + "x" * 975 + '"}'
_TICK = os.sysconf("SC_CLK_TCK")
_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 300s; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {inside}
}}
"""
_BACKEND = "server {{ listen 127.0.0.1:{port}; default_type application/json; location / {{ return 200 '{json}'; }} }}"
_REVERSE = """
upstream backend {{ server 127.0.0.1:{backend}; keepalive 64; keepalive_requests 100000000; }}
server {{ listen 127.0.0.1:{port}; location / {{
  proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
}} }}
"""
_SHADOW = """
[listen]
proxy = "127.0.0.1:{port}"
console = "127.0.0.1:{console}"
[primary]
live = "http://127.0.0.1:{backend}"
[candidate]
live = "http://127.0.0.1:{backend}"
[recording]
path = "recording"
key = "key"
[store]
url = "sqlite:///store.db"
[[routes]]
name = "item"
path = "{target}"
stage = "{stage}"
"""


@dataclass(frozen=True)
class Limit:
    """The most (or the least) that a figure may be."""

    figure: str
    row: str
    bound: float
    least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


LIMITS = (
    Limit("CPU to nginx", "shadow, not recording", 5.0),
    Limit("CPU to nginx", "shadow, recording", 8.0),
    Limit("throughput to nginx", "shadow, not recording", 0.2, least=True),
    Limit("added p50, ms", "shadow, not recording", 0.6),
    Limit("added p50, ms", "shadow, recording", 0.6),
)


@dataclass
class Server:
    """One row: where it listens, and the processes whose CPU counts as its own."""

    name: str
    port: int
    processes: list[subprocess.Popen[bytes]]
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    unanswered: int = 0

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        total = 0
        for process in self.processes:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICK

    def peak_mib(self) -> float:
        """The largest resident size of one of its processes so far, MiB."""
        sizes = [
            int(found.group(1))
            for process in self.processes
            if (found := re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text()))
        ]
        return max(sizes, default=0) / 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start(command: list[str], port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    deadline = time.monotonic() + 30
    request = f"GET {TARGET} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as probe:
            probe.sendall(request)
            if probe.recv(100).startswith(b"HTTP/1.1 200"):
                return process
        time.sleep(0.1)
    process.kill()
    process.wait()
    raise SystemExit(f"{command[0]} did not answer on port {port}:\n{(folder / 'log').read_text()[-2000:]}")


def nginx(folder: Path, inside: str, **values: object) -> tuple[int, subprocess.Popen[bytes]]:
    port = free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, inside=inside.format(port=port, **values)))
    return port, start(["nginx", "-p", str(folder), "-c", str(config)], port, folder)


def shadow(folder: Path, backend: int, stage: str) -> tuple[int, subprocess.Popen[bytes]]:
    """One proxy process as `shadow serve` starts it, without mirror and console."""
    port = free_port()
    folder.mkdir()
    config = folder / "shadow.toml"
    config.write_text(
        _SHADOW.format(port=port, console=free_port(), backend=backend, target=TARGET, stage=stage), "utf-8"
    )
    command = [sys.executable, "-m", "shadow", "proxy", "--config", str(config)]
    return port, start(command, port, folder)


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[list[Server]]:
    """The backend itself, nginx in front of it, the proxy in front of it."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        rows = []
        backend, process = nginx(folder / "backend", _BACKEND, json=JSON)
        started.append(process)
        rows.append(Server("direct", backend, []))
        port, process = nginx(folder / "nginx", _REVERSE, backend=backend)
        started.append(process)
        rows.append(Server("nginx", port, [process]))
        for name, stage in (("shadow, not recording", "off"), ("shadow, recording", "shadow")):
            port, process = shadow(folder / stage, backend, stage)
            started.append(process)
            rows.append(Server(name, port, [process]))
        yield rows
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def closed_loop(server: Server, seconds: int) -> None:
    """Full load through wrk; notes CPU µs per request and requests per second."""
    before = server.cpu_seconds()
    url = f"http://127.0.0.1:{server.port}{TARGET}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"{server.name}: {told}")
    requests = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if requests is None or rate is None:
        raise SystemExit(f"wrk said something else than expected:\n{told}")
    server.cpu.append((server.cpu_seconds() - before) / int(requests.group(1)) * 1e6)
    server.rate.append(float(rate.group(1)))


class Asker(asyncio.Protocol):
    """One keep-alive connection of the open loop; a request waits while another is under way."""

    def __init__(self, latencies: list[float]) -> None:
        self.planned: list[float] = []
        self._latencies = latencies
        self._request = f"GET {TARGET} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, planned: float) -> None:
        self.planned.append(planned)
        if len(self.planned) == 1:
            self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._latencies.append(time.perf_counter() - self.planned.pop(0))
        if self.planned:
            self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()


async def open_loop(server: Server, rate: int, seconds: int) -> None:
    """Ask at fixed moments, whatever the answers do; notes latencies in ms and counts what was never answered."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    askers = [
        (await loop.create_connection(lambda: Asker(latencies), "127.0.0.1", server.port))[1]
        for _ in range(OPEN_CONNECTIONS)
    ]
    begin = time.perf_counter() + 0.1
    total = rate * seconds
    for number in range(total):
        planned = begin + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        askers[number % OPEN_CONNECTIONS].ask(planned)
    deadline = time.perf_counter() + 5
    while len(latencies) < total and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    for asker in askers:
        asker.close()
    server.latency += [latency * 1000 for latency in latencies]
    server.unanswered += total - len(latencies)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def print_closed(rows: list[Server]) -> dict[tuple[str, str], float]:
    """The table of the closed loop; its figures by (figure, row)."""
    nginx_cpu, nginx_rate = next(
        (statistics.median(r.cpu), statistics.median(r.rate)) for r in rows if r.name == "nginx"
    )
    figures = {}
    print(f"\n1 KiB JSON, {CONNECTIONS} keep-alive connections, wrk, medians of {len(rows[0].cpu)} rounds")
    print(f"{'':24}{'CPU µs/req':>12}{'to nginx':>10}{'req/s':>10}{'to nginx':>10}{'peak MiB':>10}")
    for row in rows:
        cpu, rate = statistics.median(row.cpu), statistics.median(row.rate)
        figures["CPU to nginx", row.name] = cpu / nginx_cpu
        figures["throughput to nginx", row.name] = rate / nginx_rate
        own = f"{cpu:12.1f}{cpu / nginx_cpu:10.2f}" if row.processes else f"{'':22}"
        print(f"{row.name:24}{own}{rate:10.0f}{rate / nginx_rate:10.2f}{row.peak_mib():10.1f}")
    return figures


def print_open(rows: list[Server], rate: int) -> dict[tuple[str, str], float]:
    """The table of the open loop; its figures by (figure, row)."""
    direct = quantile(rows[0].latency, 0.5)
    figures = {}
    print(f"\n{rate} requests a second at fixed moments, latency from the planned moment, ms")
    print(f"{'':24}{'p50':>8}{'p95':>8}{'p99':>8}{'added p50':>11}{'unanswered':>12}")
    for row in rows:
        p50, p95, p99 = (quantile(row.latency, share) for share in (0.5, 0.95, 0.99))
        figures["added p50, ms", row.name] = p50 - direct
        print(f"{row.name:24}{p50:8.2f}{p95:8.2f}{p99:8.2f}{p50 - direct:11.2f}{row.unanswered:12}")
    return figures


def judge(figures: dict[tuple[str, str], float]) -> bool:
    """Print each limit that was measured; True when all hold."""
    print()
    fine = True
    for limit in LIMITS:
        value = figures.get((limit.figure, limit.row))
        if value is None:
            continue
        holds = limit.holds(value)
        fine = fine and holds
        bound = f"{'≥' if limit.least else '≤'} {limit.bound:g}"
        print(f"{'PASS' if holds else 'FAIL'}  {limit.row}: {limit.figure} {value:.2f} ({bound})")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each closed loop and each open loop")
    parser.add_argument("--rate", type=int, default=300, help="requests a second of the open loop")
    parser.add_argument("--only", choices=("closed", "open"))
    options = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not installed. Next: apt-get install nginx-light wrk")
    figures: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as rows:
        for row in rows:
            closed_loop(row, 1)
            row.cpu.clear()
            row.rate.clear()
        for _ in range(options.rounds):
            for row in rows:
                if options.only != "open":
                    closed_loop(row, options.seconds)
                if options.only != "closed":
                    uvloop.run(open_loop(row, options.rate, options.seconds))
        if options.only != "open":
            figures |= print_closed(rows)
        if options.only != "closed":
            figures |= print_open(rows, options.rate)
    return 0 if judge(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
