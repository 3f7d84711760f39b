"""How many exchanges a second one core mirrors: 80 % reads, 4 KiB each, with a candidate that answers at once.

The exchanges are recorded at a fixed rate by this process, as a proxy would, while `shadow mirror` follows; the
candidate is a bare server in a process of its own, which calls every thing by another name. The mirror knows as many
names from earlier as it would after a day. What counts is the CPU time of the mirror's process for each exchange, so
that the figure holds on a machine that does other things too. Used by `bench_mirror.py`; `python scripts/mirror_rate.py
PORT` is the candidate.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httptools
import orjson
from bench_proxy import free_port, start

from shadow import clock
from shadow.exchange import Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.recording.seal import Sealer
from shadow.recording.writer import RecordingWriter
from shadow.store import open_store
from shadow.store.base import Store
from shadow.store.values import KnownAlias
from shadow.words import Outcome, Side, Stage

RATE, WRITES, CLIENTS = 400, 5, 64  # every fifth is a write
SECONDS, WARM_UP = 15, 2
LIMIT_MS = 1000 / RATE
# Ids of 24 hex digits: what begins them is the world's, the rest says the thing.
LIVE, SHADOW = "65f1c0ffee0123", "75f2d0ddba11ab"
OLD_LIVE, OLD_SHADOW, OLD = "55f1c0ffee0123", "55f2d0ddba11ab", 60_000
_TICK = os.sysconf("SC_CLK_TCK")
_CONFIG = """
[primary]
live = "http://127.0.0.1:9"
shadow = "http://127.0.0.1:9"
[candidate]
live = "http://127.0.0.1:9"
shadow = "http://127.0.0.1:{port}"
[recording]
path = "recording"
key = "key"
[store]
url = "sqlite:///store.db"
[[routes]]
name = "item"
path = "/items/{{id}}"
[[routes]]
name = "items"
path = "/items"
"""


def answer(world: str, number: int) -> bytes:
    """What a server in this world says of a thing: about 4 KiB, with 21 ids and three times in it."""
    near = [f"{world}{max(number - step, 1):010x}" for step in range(1, 21)]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    lines = [{"ref": ref, "text": "a line of an order like many others " * 3, "price": 17} for ref in near]
    told = {"id": f"{world}{number:010x}", "number": f"no. {number}", "made": now, "seen": now, "lines": lines}
    return orjson.dumps({**told, "open": True, "rest": "x" * 300})


class Candidate(asyncio.Protocol):
    """One connection to the stand-in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._target, self._body = b"", b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        name = self._target.rpartition(b"/")[2].decode()
        # What is no thing's name comes from the probe that waits for the server.
        read = int(name.removeprefix(SHADOW), 16) if name.startswith(SHADOW) else 0
        number = orjson.loads(self._body)["number"] if self._body else read
        found = answer(SHADOW, number)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(found)}\r\n\r\n"
        self._transport.write(head.encode() + found)  # type: ignore[attr-defined]
        self._target, self._body = b"", b""


def exchange(number: int, made: int, dice: random.Random) -> Exchange:
    """The exchange of this number; `made` things are there already."""
    write = number % WRITES == 0
    thing = made + 1 if write else dice.randint(max(1, made - 500), made)
    body = orjson.dumps({"number": thing, "note": "y" * 200}) if write else b""
    target = b"/items" if write else f"/items/{LIVE}{thing:010x}".encode()
    told = answer(LIVE, thing)
    fields = [
        (b"Host", b"bench.example"),
        (b"Accept", b"*/*"),
        (b"User-Agent", b"bench"),
        (b"Accept-Encoding", b"gzip"),
    ]
    fields.append((b"Authorization", b"Bearer client-%d" % (number % CLIENTS)))
    if write:
        fields += [(b"Content-Type", b"application/json"), (b"Content-Length", str(len(body)).encode())]
    answered = [(b"Content-Type", b"application/json"), (b"Content-Length", str(len(told)).encode())]
    now = clock.monotonic()
    return Exchange(
        id=clock.new_id(),
        writer="",
        sequence=0,
        started_at=clock.now(),
        began=now - 0.002,
        ended=now,
        first_byte=0.002,
        client_key=f"header:authorization:{number % CLIENTS:016x}",
        route="items" if write else "item",
        group="items" if write else "item",
        serving=Side.PRIMARY,
        stage=Stage.SHADOW,
        request=Request("POST" if write else "GET", target, HeaderList.of(fields), Body.of(body)),
        answer=Response(200, HeaderList.of(answered), Body.of(told), b"OK"),
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """Judged a second; CPU ms for each; seconds until the last was judged; whether all were equal."""

    per_second: float
    cpu_ms: float
    behind: float
    equal: bool


def judged(store: Store) -> int:
    return sum(one.count for one in store.counts())


def cpu(process: subprocess.Popen[bytes]) -> float:
    """User and system seconds of a process so far, all of its threads."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def measured(folder: Path) -> Measured:
    """Record at the rate, mirror, and look at the mirror's process."""
    port = free_port()
    config = folder / "shadow.toml"
    config.write_text(_CONFIG.format(port=port), "utf-8")
    sealer = Sealer.load(folder / "key", (), create=True)
    writer = RecordingWriter(
        folder / "recording", sealer=sealer, writer="bench", segment=64 << 20, max_bytes=1 << 30, queue=1 << 25
    )
    store = open_store(f"sqlite:///{folder}/store.db")
    old = [KnownAlias("", "objectid", f"{OLD_LIVE}{n:010x}", f"{OLD_SHADOW}{n:010x}") for n in range(OLD)]
    store.record([], checkpoint={}, aliases=old)
    candidate = start([sys.executable, __file__, str(port)], port, folder)
    mirror = subprocess.Popen([sys.executable, "-m", "shadow", "mirror", "--config", str(config)])
    try:
        return _driven(writer, store, mirror)
    finally:
        for process in (mirror, candidate):
            process.terminate()
            process.wait(30)
        writer.close()


def _driven(writer: RecordingWriter, store: Store, mirror: subprocess.Popen[bytes]) -> Measured:
    dice, made, used = random.Random("rate"), 0, 0.0
    began = time.perf_counter()
    total, warm = RATE * (SECONDS + WARM_UP), RATE * WARM_UP
    for number in range(total):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        if number == warm:
            _until_judged(store, number)
            began, used = time.perf_counter() - number / RATE, cpu(mirror)
        assert writer.append(exchange(number, made, dice))
        made += number % WRITES == 0
    loaded = time.perf_counter()
    _until_judged(store, total)
    behind, count = time.perf_counter() - loaded, total - warm
    equal = {one.outcome for one in store.counts()} <= {Outcome.MATCH, Outcome.NOISE}
    return Measured(count / (SECONDS + behind), (cpu(mirror) - used) / count * 1000, behind, equal)


def _until_judged(store: Store, number: int) -> None:
    while judged(store) < number:
        time.sleep(0.01)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Candidate, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
