"""What recording costs: µs of CPU for one exchange, in the event loop's thread and in the writer's.

    python scripts/bench_recording.py [--count 5000]

Prints CPU time (time.thread_time), so a busy machine changes little; medians of five rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import orjson

from shadow import clock
from shadow.exchange import Body, Exchange, Request, Response
from shadow.headers import HeaderList
from shadow.recording import writer as writing
from shadow.recording.format import decode_line, encode_line
from shadow.recording.output import Output
from shadow.recording.seal import Sealer
from shadow.recording.writer import RecordingWriter
from shadow.words import Side, Stage

ROUNDS = 5
LIMIT_APPEND = 5.0


def exchange_of(size: int, number: int = 0) -> Exchange:
    """A worker's call with one password, about `size` bytes in request and answer together; every one is different."""
    filler = {f"field_{n}": f"value {n} {number}" for n in range(max(1, (size - 700) // 32))}
    body = json.dumps({"password": "pw-carol-1", "worker_info": filler}).encode()
    asked = [
        (b"Host", b"shadow.example"),
        (b"User-Agent", b"python-requests/2.32"),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Accept", b"*/*"),
        (b"Connection", b"keep-alive"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
    ]
    answer = b'{"task_alive": true, "duration": 0.001%d}' % number
    answered = [
        (b"Content-Length", str(len(answer)).encode()),
        (b"Content-Type", b"application/json"),
        (b"Date", b"Sun, 22 Nov 2026 12:00:00 GMT"),
        (b"Server", b"waitress"),
    ]
    return Exchange(
        id=clock.new_id(),
        writer="w",
        sequence=0,
        started_at=clock.now(),
        began=1.0,
        ended=1.01,
        first_byte=0.009,
        client_key="json:worker_info.unique_key:0123456789abcdef",
        route="api.update_task",
        group="worker",
        serving=Side.PRIMARY,
        stage=Stage.SHADOW,
        request=Request("POST", b"/api/update_task", HeaderList.of(asked), Body.of(body), peer="127.0.0.1"),
        answer=Response(200, HeaderList.of(answered), Body.of(answer), b"OK"),
    )


def cost(work: Callable[[Exchange], object], exchanges: list[Exchange]) -> float:
    """Median µs of this thread's CPU for each exchange."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for exchange in exchanges:
            work(exchange)
        rounds.append((time.thread_time() - began) / len(exchanges) * 1e6)
    return statistics.median(rounds)


def measure(size: int, count: int, folder: Path, sealer: Sealer) -> SimpleNamespace:
    """All figures for exchanges of one size."""
    exchanges = [exchange_of(size, number) for number in range(count)]
    sealed = [sealer.exchange(exchange) for exchange in exchanges]
    lines = [encode_line(exchange) for exchange in sealed]
    output = Output(folder, f"write-{size}", sealer.key_name, 1 << 30)

    def write_all() -> float:
        began = time.thread_time()
        for first in range(0, count, 32):
            for number, line in enumerate(lines[first : first + 32], first):
                output.put(number, line, {})
            output.flush()
        return (time.thread_time() - began) / count * 1e6

    write = statistics.median(write_all() for _ in range(ROUNDS))
    output.close()
    recording = RecordingWriter(
        folder, writer=f"append-{size}", sealer=sealer, segment=1 << 30, max_bytes=1 << 40, queue=1 << 40
    )
    append = cost(recording.append, exchanges)
    recording.close(60)
    return SimpleNamespace(
        line=statistics.mean(map(len, lines)),
        append=append,
        seal=cost(sealer.exchange, exchanges),
        encode=cost(encode_line, sealed),
        write=write,
        decode=cost(lambda exchange: decode_line(orjson.loads(encode_line(exchange))), sealed)
        - cost(encode_line, sealed),
        open=cost(sealer.open_exchange, sealed),
    )


def main() -> int:
    """Print the table; 1 when `append` costs the event loop more than its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    count = parser.parse_args().count
    print(f"CPU µs for each exchange, medians of {ROUNDS} rounds of {count}; batch {writing.BATCH_BYTES} bytes")
    print("  size   line  append   seal  encode  write    sum  decode   open")
    slow = False
    with tempfile.TemporaryDirectory() as place:
        sealer = Sealer.load(Path(place) / "key", (), create=True)
        for size in (1024, 4096):
            found = measure(size, count, Path(place) / "recording", sealer)
            total = found.seal + found.encode + found.write
            slow = slow or found.append > LIMIT_APPEND
            print(
                f"{size:6d} {found.line:6.0f} {found.append:7.2f} {found.seal:6.1f} {found.encode:7.1f} "
                f"{found.write:6.1f} {total:6.1f} {found.decode:7.1f} {found.open:6.1f}"
            )
    print(f"append: {'FAIL' if slow else 'PASS'} (limit {LIMIT_APPEND} µs)")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
