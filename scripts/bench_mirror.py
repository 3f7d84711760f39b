"""Measure what mirroring costs a client, how fast the mirror is, and how much memory the harness takes.

Each row is a whole `shadow serve` with two worlds in front of the same small upstream; rows differ in the candidate.
First a fixed rate, interleaved: the client's latency, from the planned moment, with the candidate fast, slow (answers
after 2 s), hung (takes requests, never answers) and down, each against the same without recording and mirroring. Then
full load with a fast candidate: how many exchanges a second the mirror judges. Then a mix with writes at the rate that
one core must keep up with: the mirror's CPU time for each exchange (`mirror_rate.py`). Last full load with a hung
candidate: the peak memory of each process, while an operator looks at the console. Prints PASS or FAIL; the exit code
is 1 when a limit is passed or any client's request failed.

    python scripts/bench_mirror.py [--rounds N] [--rate R] [--seconds S] [--only latency|speed|rate|memory]

Needs nginx and wrk (Debian: nginx-light, wrk). Everything listens on free ports of 127.0.0.1 and ends with the run.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mirror_rate
import uvloop
from bench_proxy import CONNECTIONS, TARGET, Asker, quantile
from mirror_rows import Harness, harnesses, peak_mib, upstreams

LATENCY_RATIO, MEMORY_MIB = 1.15, 150
# Short turns, so that what else the machine does falls on all rows alike.
TURN_SECONDS = 1
WRONG = ("mismatch", "race", "consequence", "shed", "failed")
# Every connection is a client of its own: one client's copies go one after another.
_WRK = """
local number = 0
request = function()
  number = number + 1
  return wrk.format("GET", "{target}", {{["Authorization"] = "Bearer client-" .. number % {clients}}})
end
"""


class Client(Asker):
    """One keep-alive connection of one client."""

    def __init__(self, number: int, harness: Harness, latencies: list[float]) -> None:
        super().__init__(latencies)
        self._harness = harness
        self._request = f"GET {TARGET} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer client-{number}\r\n\r\n".encode()

    def on_message_complete(self) -> None:
        self._harness.failed += self._parser.get_status_code() != 200
        super().on_message_complete()


async def open_loop(row: Harness, rate: int, seconds: int) -> None:
    """Ask at fixed moments, whatever the answers do; notes latencies in ms and counts what failed or never came."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    clients = [
        (await loop.create_connection(lambda number=number: Client(number, row, latencies), "127.0.0.1", row.port))[1]
        for number in range(CONNECTIONS)
    ]
    begin = loop.time() + 0.1
    planned = time.perf_counter() + 0.1
    total = rate * seconds
    for number in range(total):
        await asyncio.sleep(begin + number / rate - loop.time())
        clients[number % CONNECTIONS].ask(planned + number / rate)
    deadline = loop.time() + 5
    while len(latencies) < total and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for client in clients:
        client.close()
    row.asked += total
    row.failed += total - len(latencies)
    row.latencies += [latency * 1000 for latency in latencies]


async def full_load(row: Harness, seconds: int) -> float:
    """Closed loop of 16 connections; requests a second. What failed is counted."""
    script = row.folder / "clients.lua"
    script.write_text(_WRK.format(target=TARGET, clients=CONNECTIONS))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{row.port}"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told = (await process.communicate())[0].decode()
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    requests = re.search(r"(\d+) requests in", told)
    if process.returncode or rate is None or requests is None:
        raise SystemExit(f"wrk said something else than expected:\n{told}")
    row.asked += int(requests.group(1))
    for line in re.findall(r"(?:Non-2xx or 3xx responses|Socket errors): (.*)", told):
        row.failed += sum(map(int, re.findall(r"\d+", line)))
    return float(rate.group(1))


async def latency(folder: Path, urls: dict[str, str], rounds: int, rate: int) -> bool:
    """What a client notices of mirroring, whatever the candidate does."""
    async with harnesses(folder, urls, "off", "off again", *urls) as rows:
        for row in rows:
            await open_loop(row, rate, TURN_SECONDS)
            row.begin()
        for number in range(rounds):
            for row in rows if number % 2 else reversed(rows):
                await open_loop(row, rate, TURN_SECONDS)
                if row.name == "fast":
                    # Its mirror's work must not fall on the next row.
                    await row.judged()
        turns = f"{rounds} interleaved turns of {TURN_SECONDS} s"
        print(f"\n{rate} requests a second at fixed moments, {turns}, latency in ms")
        latencies = f"{'p50':>8}{'to off':>8}{'p95':>8}{'p99':>8}"
        print(
            f"{'':12}{latencies}{'failed':>8}{'captured':>10}{'pending':>9}{'proxy CPU':>11}{'mirror CPU':>12}, µs/req"
        )
        off = quantile(rows[0].latencies, 0.5)
        fine = True
        for row in rows:
            p50, p95, p99 = (quantile(row.latencies, share) for share in (0.5, 0.95, 0.99))
            totals = await asyncio.to_thread(row.totals)
            counts = f"{row.failed:8}{totals['captured']:10}{totals['pending']:9}"
            proxy, mirror = (row.cpu(part) / row.asked * 1e6 for part in ("proxy", "mirror"))
            cpu = f"{proxy:11.0f}{mirror:12.0f}"
            print(f"{row.name:12}{p50:8.2f}{p50 / off:8.2f}{p95:8.2f}{p99:8.2f}{counts}{cpu}")
        print("\n'off again' is 'off' once more: what differs there is the noise of this run\n")
        for row in rows[2:]:
            ratio = quantile(row.latencies, 0.5) / off
            fine &= told(ratio <= LATENCY_RATIO, f"{row.name}: client's p50 to off {ratio:.2f} (≤ {LATENCY_RATIO:g})")
        return fine & unharmed(rows)


async def speed(folder: Path, urls: dict[str, str], seconds: int) -> bool:
    """How many exchanges a second the mirror judges, under full load and after it."""
    async with harnesses(folder, urls, "fast") as (row,):
        rate = await full_load(row, seconds)
        under_load = await asyncio.to_thread(row.totals)
        began = time.perf_counter()
        after = await row.judged()
        took = time.perf_counter() - began
        caught_up = under_load["pending"] / took
        print(f"\nfull load for {seconds} s with a fast candidate: {rate:.0f} requests/s, {after['captured']} captured")
        print(f"judged under load: {(under_load['captured'] - under_load['pending']) / seconds:.0f}/s")
        print(f"behind when the load ended: {under_load['pending']}; caught up in {took:.1f} s, {caught_up:.0f}/s")
        # wrk leaves at the end without waiting for its last answers: those are skipped.
        others = {name: after[name] for name in WRONG if after[name]}
        return all(
            [told(not others, f"{after['match']} judged as equal, otherwise: {others or 'none'}"), unharmed([row])]
        )


def rate(folder: Path) -> bool:
    """What one core mirrors of a mix with writes."""
    place = folder / "rate"
    place.mkdir()
    found = mirror_rate.measured(place)
    print(
        f"\n{mirror_rate.RATE} exchanges of 4 KiB a second, every fifth a write, candidate answers at once: "
        f"{found.per_second:.0f}/s judged, the last one {found.behind:.1f} s after it was recorded"
    )
    limit, core = mirror_rate.LIMIT_MS, 1000 / found.cpu_ms
    fine = told(found.cpu_ms <= limit, f"mirror's CPU {found.cpu_ms:.2f} ms each (≤ {limit:.1f}): {core:.0f}/s a core")
    return told(found.equal, "all of them equal up to renaming") and fine


async def memory(folder: Path, urls: dict[str, str], seconds: int) -> bool:
    """The peak memory of each process under full load with a hung candidate."""
    async with harnesses(folder, urls, "hung", budget="256 MiB") as (row,):
        pids = row.pids()
        load = asyncio.create_task(full_load(row, seconds))
        while not load.done():
            await asyncio.to_thread(row.totals)
            await asyncio.wait([load], timeout=2)
        totals = await captured(row, row.asked)
        used = sum(path.stat().st_size for path in (row.folder / "recording").iterdir())
        print(f"\nfull load for {seconds} s with a hung candidate: {load.result():.0f} requests/s")
        print(
            f"captured {totals['captured']}, pending {totals['pending']}, shed {totals['shed']}, {used >> 20} MiB kept"
        )
        peaks = {part: peak_mib(pid) for part, pid in pids.items()}
        fine = [
            told(peak <= MEMORY_MIB, f"{part}: peak {peak:.0f} MiB (≤ {MEMORY_MIB})") for part, peak in peaks.items()
        ]
        fine.append(told(totals["captured"] >= row.asked, f"{row.asked} requests answered, all captured or shed"))
        return all([*fine, told(row.pids() == pids, "no process was restarted"), unharmed([row])])


async def captured(row: Harness, requests: int) -> dict[str, Any]:
    """The counts once so many requests are captured or shed; the last ones after 10 s, however many they are."""
    deadline = time.monotonic() + 10
    while (totals := await asyncio.to_thread(row.totals))["captured"] < requests and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return totals


def unharmed(rows: list[Harness]) -> bool:
    failed = sum(row.failed for row in rows)
    return told(not failed, f"clients' requests that failed: {failed}")


def told(holds: bool, what: str) -> bool:
    print(f"{'PASS' if holds else 'FAIL'}  {what}", flush=True)
    return holds


async def measure(options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with upstreams(folder) as urls:
            fine = True
            if options.only in (None, "latency"):
                fine &= await latency(folder, urls, options.rounds, options.rate)
            if options.only in (None, "speed"):
                fine &= await speed(folder, urls, 10)
            if options.only in (None, "rate"):
                fine &= await asyncio.to_thread(rate, folder)
            if options.only in (None, "memory"):
                fine &= await memory(folder, urls, options.seconds)
            return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=20, help="turns of each row at the fixed rate")
    parser.add_argument("--rate", type=int, default=300, help="requests a second of the fixed rate")
    parser.add_argument("--seconds", type=int, default=60, help="of full load with a hung candidate")
    parser.add_argument("--only", choices=("latency", "speed", "rate", "memory"))
    options = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not installed. Next: apt-get install nginx-light wrk")
    return 0 if uvloop.run(measure(options)) else 1


if __name__ == "__main__":
    sys.exit(main())
