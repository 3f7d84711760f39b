"""A real process that records at speed is killed; what is on disk is whole, in order and free of secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import zstandard

from shadow.exchange import Exchange
from shadow.recording.reader import Follower, scan
from tests.support.recording import (
    FORM,
    HTML,
    JSON,
    a_request,
    a_sealer,
    a_writer,
    an_answer,
    an_exchange,
    read_until,
    until,
)

SPEED = """
import sys, time
from pathlib import Path
from tests.support.recording import a_sealer, a_writer, a_request, an_exchange, JSON
folder = Path(sys.argv[1])
writer = a_writer(folder / "rec", a_sealer(folder), segment=100_000)
count = 0
while True:
    body = b'{"password": "longsecret-%d", "text": "%s"}' % (count, b"x" * (count % 3000))
    count += writer.append(an_exchange(route=str(count), request=a_request("POST", b"/", JSON, body=body)))
    if writer.lag > 1_000_000:
        time.sleep(0.01)
"""


def test_kill_9_at_full_speed_loses_a_torn_line_at_most(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", SPEED, str(tmp_path)], cwd=Path(__file__).parents[2])
    sealer = a_sealer(tmp_path)
    with closing(Follower(tmp_path / "rec", sealer)) as follower:
        try:
            seen = read_until(follower, 3000, seconds=60)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        seen += follower.read(1_000_000, max_bytes=1 << 30)
        assert follower.torn <= 1
        assert follower.lost == 0
    assert [record.sequence for record in seen] == list(range(1, len(seen) + 1))
    assert [record.route for record in seen] == [str(number) for number in range(len(seen))]
    scanned = scan(tmp_path / "rec", sealer)
    assert list(scanned) == seen
    assert scanned.torn <= 1
    # The next process tidies up and goes on under a name of its own.
    writer = a_writer(tmp_path / "rec", sealer, writer="w2")
    writer.append(an_exchange())
    writer.close()
    assert len(list(scan(tmp_path / "rec"))) == len(seen) + 1
    assert not list((tmp_path / "rec").glob("*.jsonl"))


def test_no_written_byte_holds_a_planted_secret(tmp_path: Path) -> None:
    """One exchange for each place in which a secret may stand; then every byte of every file is looked at."""
    planted = [f"pLanted-{place}" for place in range(14)]
    a, b, c, d, e, f, g, h, i, j, k, m, n, o = (secret.encode() for secret in planted)
    multipart = (b"Content-Type", b"multipart/form-data; boundary=Bo")
    part = b'--Bo\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n--Bo--\r\n' % g
    page = b'<meta name="csrf-token" content="%s"><form><input type=password value="%s"></form>' % (h, i)
    exchanges = [
        an_exchange(
            request=a_request(
                "POST", b"/login?token=" + a, JSON, (b"Cookie", b"s=" + b), body=b'{"password":"%s"}' % c
            ),
            answer=an_answer(401, (b"Set-Cookie", b"t=%s; Path=/" % d), JSON, body=b'{"error": "%s and %s"}' % (b, c)),
        ),
        an_exchange(
            request=a_request("POST", b"/" + e, FORM, (b"Authorization", b"Bearer " + e), body=b"a=1&passwd=" + f),
            answer=an_answer(302, (b"Location", b"/x?secret=" + o), body=b"see " + f),
        ),
        an_exchange(request=a_request("POST", b"/", multipart, body=part), answer=an_answer(200, HTML, body=page)),
        an_exchange(request=a_request("GET", b"/", (b"X-CSRF-Token", j), (b"X-Mine", k))),
        an_exchange(request=a_request("POST", b"/", JSON, body=b'{"mine": "%s", "broken' % m)),
        an_exchange(request=a_request("POST", b"/", JSON, (b"Content-Encoding", b"br"), body=b"no brotli: " + n)),
    ]
    sealer = a_sealer(tmp_path, "header:X-Mine", "json:mine")
    writer = a_writer(tmp_path / "rec", sealer)
    for exchange in exchanges:
        assert writer.append(exchange)
    until(lambda: writer.written == len(exchanges))
    with closing(Follower(tmp_path / "rec", sealer)) as follower:
        read_until(follower, len(exchanges))
    assert not _planted_in(tmp_path / "rec", planted)
    writer.close()
    assert not _planted_in(tmp_path / "rec", planted)
    opened = [record for record in scan(tmp_path / "rec", sealer) if isinstance(record, Exchange)]
    assert [(one.request, one.answer) for one in opened] == [(one.request, one.answer) for one in exchanges]


def _planted_in(folder: Path, planted: list[str]) -> list[str]:
    found: list[str] = []
    for path in folder.iterdir():
        data = path.read_bytes()
        if path.suffix == ".zst":
            data += zstandard.ZstdDecompressor().decompressobj().decompress(data)
        found += [f"{secret} in {path.name}" for secret in planted if secret.encode() in data]
    return found
