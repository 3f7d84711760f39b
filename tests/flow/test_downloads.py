"""Games and networks to take home from either application: headers, streams in constant memory, slow readers."""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from new_server.app import THREADS
from tests.support.apps import App
from tests.support.fishtest import Seeded, refused, seeded
from tests.support.mongo import mongo_client, mongo_url
from tests.support.relic import NET, RELIC, packed_games, seed_relic

__all__ = ["mongo_client", "mongo_url", "seeded"]

MEGABYTE = 1 << 20
TASKS, SIZE = 60, MEGABYTE
LARGE_RUN = "00000000000000000000000b"
READERS = {"legacy_pyramid": THREADS - 1, "new_server": 2 * THREADS}
MORE_THAN_A_LITTLE = 32 * MEGABYTE


@pytest.fixture(scope="module")
def games(seeded: Seeded) -> str:
    """60 MB of games in the database; their digest."""
    seed_relic(seeded.db)
    digest = sha256()
    for task_id in range(TASKS):
        packed = os.urandom(SIZE)
        digest.update(packed)
        seeded.db["pgns"].insert_one({"run_id": f"{LARGE_RUN}-{task_id}", "pgn_zip": packed, "size": SIZE})
    return digest.hexdigest()


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(
    request: pytest.FixtureRequest, seeded: Seeded, games: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    folder = tmp_path_factory.mktemp(request.param)
    base = {"FISHTEST_NN_URL": "https://nets.example/"}
    with App(request.param, folder, seeded.url, seeded.name, **base) as running:
        yield running


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[httpx.Client]:
    with app.client() as one:
        yield one


def own_headers(answer: httpx.Response) -> dict[str, str]:
    """What is not of the connection or of the server program."""
    return {name: value for name, value in answer.headers.items() if name not in ("server", "date", "via")}


@pytest.mark.parametrize("suffix", ["", ".pgn", ".pgn.gz", ".any.thing"])
def test_games_of_a_task_say_that_they_are_compressed(client: httpx.Client, suffix: str) -> None:
    answer = client.get(f"/api/pgn/{RELIC}-10{suffix}", headers={"Range": "bytes=0-3"})
    assert answer.status_code == 200
    assert answer.text == "ten\n"
    assert own_headers(answer) == {
        "content-type": "application/gzip",
        "content-encoding": "gzip",
        "content-disposition": f'attachment; filename="{RELIC}-10{suffix}"',
        "content-length": str(len(packed_games("ten\n"))),
    }


def test_games_of_a_run_are_one_file(client: httpx.Client) -> None:
    """Its members stand in the order of the tasks, and of one task in the order of uploading."""
    answer = client.get(f"/api/run_pgns/{RELIC}.pgn.gz")
    assert answer.content == b"".join(map(packed_games, ("none\n", "two\n", "two again\n", "ten\n")))
    assert gzip.decompress(answer.content) == b"none\ntwo\ntwo again\nten\n"
    assert own_headers(answer) == {
        "content-type": "application/gzip",
        "content-disposition": f'attachment; filename="{RELIC}.pgn.gz"',
        "content-length": str(len(answer.content)),
    }
    head = client.head(f"/api/run_pgns/{RELIC}.pgn.gz")
    assert (own_headers(head), head.content) == (own_headers(answer), b"")


@pytest.mark.parametrize("name", [f"{RELIC}-1.pgn", RELIC, ".pgn"])
def test_a_task_without_games(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/api/pgn/{name}")
    assert (answer.status_code, answer.json()["error"]) == (404, f"/api/pgn/{name}: No data found for {name}")


def test_a_run_without_games(client: httpx.Client, seeded: Seeded) -> None:
    name = f"{seeded.runs['pending']}.pgn.gz"
    answer = client.get(f"/api/run_pgns/{name}")
    assert (answer.status_code, answer.json()["error"]) == (404, f"/api/run_pgns/{name}: No data found for {name}")


@pytest.mark.parametrize("name", [RELIC, f"{RELIC}.pgn", f"{RELIC}-0.pgn.gz", f"{RELIC}.pgn.gz.gz", "a_b.pgn.gz"])
def test_games_of_a_run_have_one_form_of_name(client: httpx.Client, name: str) -> None:
    error = refused(client.get(f"/api/run_pgns/{name}"), 400)
    assert error == f"/api/run_pgns/{name}: Invalid filename format for {name}"


def test_a_name_cannot_add_a_header(client: httpx.Client) -> None:
    answer = client.get(f"/api/pgn/{RELIC}-0.pgn%0D%0AX-Evil:%201")
    assert answer.status_code == 500
    assert "x-evil" not in answer.headers


def test_a_network_is_elsewhere_and_counted_here(client: httpx.Client, seeded: Seeded) -> None:
    def downloads() -> int:
        net = seeded.db["nns"].find_one({"name": NET})
        assert net is not None
        return int(net["downloads"])

    before = downloads()
    answer = client.get(f"/api/nn/{NET}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://nets.example/nn/{NET}")
    assert client.post(f"/api/nn/{NET}").status_code == 302
    assert downloads() == before + 2
    missing = client.get("/api/nn/nn-ffffffffffff.nnue")
    text = "/api/nn/nn-ffffffffffff.nnue: The network nn-ffffffffffff.nnue does not exist"
    assert (missing.status_code, missing.json()["error"]) == (404, text)
    assert downloads() == before + 2


def memory(app: App, kind: str) -> int:
    """Resident bytes of the process: VmRSS, as of now, or VmHWM, the most ever."""
    return figure(app, "status", kind) * 1024


def figure(app: App, file: str, name: str) -> int:
    text = Path(f"/proc/{app.pid}/{file}").read_text()
    [line] = [line for line in text.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])


def read_in_the_end(app: App) -> int:
    """How many bytes the server has read (nearly all of them from its database) once it reads no more."""
    deadline = time.monotonic() + 20
    last, now = -MEGABYTE, figure(app, "io", "rchar")
    while now - last > SIZE // 10:
        assert time.monotonic() < deadline, "the server reads on and on"
        time.sleep(0.3)
        last, now = now, figure(app, "io", "rchar")
    return now


def test_a_large_run_does_not_swell_the_server(app: App, client: httpx.Client, games: str) -> None:
    client.get(f"/api/run_pgns/{RELIC}.pgn.gz")
    before = memory(app, "VmRSS")
    received = 0
    digest = sha256()
    with client.stream("GET", f"/api/run_pgns/{LARGE_RUN}.pgn.gz") as answer:
        assert answer.headers["content-length"] == str(TASKS * SIZE)
        for block in answer.iter_raw():
            received += len(block)
            digest.update(block)
    assert (received, digest.hexdigest()) == (TASKS * SIZE, games)
    assert memory(app, "VmHWM") - before < MORE_THAN_A_LITTLE


def slow_reader(app: App) -> socket.socket:
    """Somebody who has asked for 60 MB, has seen that they come, and does not read on."""
    peer = socket.socket()
    # A small window, or the kernel would take megabytes for the reader.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    peer.settimeout(20)
    peer.connect(("127.0.0.1", app.port))
    peer.sendall(f"GET /api/run_pgns/{LARGE_RUN}.pgn.gz HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert peer.recv(100).startswith(b"HTTP/1.1 200 ")
    return peer


def test_a_slow_reader_slows_the_server_down(app: App, client: httpx.Client) -> None:
    """All slow readers together cost less than what one of them has asked for; nor do they when they leave."""
    memory_before, read_before = memory(app, "VmRSS"), read_in_the_end(app)
    peers = [slow_reader(app) for _ in range(4)]
    try:
        assert read_in_the_end(app) - read_before < TASKS * SIZE
        assert memory(app, "VmHWM") - memory_before < TASKS * SIZE
    finally:
        for peer in peers:
            peer.close()
    assert read_in_the_end(app) - read_before < TASKS * SIZE
    assert client.get(f"/api/pgn/{RELIC}-0.pgn").text == "none\n"


def test_slow_readers_leave_room_for_others(app: App, client: httpx.Client) -> None:
    """On the port a thread reads a block and goes on to others; on the legacy server each reader has its own."""
    module = app.log.name.partition("-")[0]
    peers = [slow_reader(app) for _ in range(READERS[module])]
    try:
        assert client.get("/login").status_code == 200
    finally:
        for peer in peers:
            peer.close()
