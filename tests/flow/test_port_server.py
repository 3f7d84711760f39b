"""The FastAPI port as a process: signals, roles, hooks, and many clients at once.

What it answers is held against the legacy application in tests/parity.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from new_server.app import THREADS
from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, SPRT_ARCH, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A labelled build that writes behind, so that a flush has something to write."""
    folder = tmp_path_factory.mktemp("app")
    with App("new_server", folder, seeded.url, seeded.name, FISHTEST_BUILD="port-7", FISHTEST_FLUSH="behind") as it:
        yield it


def connection_to(app: App) -> socket.socket:
    return socket.create_connection(("127.0.0.1", app.port), timeout=20)


def all_of(peer: socket.socket) -> bytes:
    return b"".join(iter(lambda: peer.recv(65536), b""))


@pytest.mark.parametrize("path", ["/login", "/tests", "/nope", "/static/css/site.css", "/"])
def test_head_announces_the_length_that_get_has(app: App, path: str) -> None:
    with app.client() as client:
        whole, head = client.get(path), client.head(path)
    assert head.content == b""
    assert head.status_code == whole.status_code
    assert head.headers["content-length"] == str(len(whole.content)) == whole.headers["content-length"]


@pytest.mark.parametrize(
    "target", ["/", "/tests", "/nope", "/static/css/site.css", "/tests?page=%ff", "/tests/view/%ff"]
)
def test_every_answer_names_the_build(app: App, target: str) -> None:
    with app.client() as client:
        assert client.get(target).headers["x-build"] == "port-7"


def test_a_crash_is_the_servers_text_and_ends_the_connection(app: App) -> None:
    """A worker waits and tries again when it reads this, and would give up on JSON (spec worker-api §8)."""
    with connection_to(app) as peer:
        peer.sendall(b"GET /tests?page=%ff HTTP/1.1\r\nHost: x\r\n\r\n")
        head, _, body = all_of(peer).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"\r\nconnection: close" in head.lower()
    assert b"set-cookie" not in head.lower()
    assert len(body) == 110
    with app.client() as client:
        assert client.get("/login").status_code == 200


def test_more_clients_than_threads_are_all_answered(app: App) -> None:
    def visit(_: int) -> int:
        with app.client() as client:
            return client.get("/tests").status_code

    with ThreadPoolExecutor(3 * THREADS) as visitors:
        assert set(visitors.map(visit, range(3 * THREADS))) == {200}


def test_slow_senders_keep_no_thread_busy(app: App) -> None:
    """Twice as many as there are threads have sent half a body; the next client is served at once."""
    half = b"POST /api/beat HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{"
    peers = [connection_to(app) for _ in range(2 * THREADS)]
    try:
        for peer in peers:
            peer.sendall(half)
        with app.client() as client:
            assert client.get("/login").status_code == 200
        for peer in peers:
            peer.sendall(b"         ")
            assert b"request is not json encoded" in all_of(peer)
    finally:
        for peer in peers:
            peer.close()


def test_a_handover_writes_everything_and_takes_it_up_again(app: App, seeded: Seeded) -> None:
    with Worker(app, FIXED_ARCH) as worker, app.client() as client:
        task = worker.take_task()
        left = client.post("/internal/flush")
        assert (left.status_code, left.headers["content-type"]) == (200, "application/json")
        assert list(left.json()) == ["ok", "role", "runs_flushed", "values_saved"]
        assert (left.json()["ok"], left.json()["role"]) == (True, "standby")
        assert left.json()["runs_flushed"] >= 1
        assert seeded.run("fixed")["tasks"][task["task_id"]]["active"]
        assert worker.ask("request_task").json()["task_waiting"] is False
        assert worker.ask("beat", **task).status_code == 500

        entered = client.post("/internal/reload").json()
        assert (entered["ok"], entered["role"], entered["active_tasks"]) == (True, "owner", 1)
        assert worker.ask("beat", **task).json()["task_alive"] is True


def test_a_task_goes_on_at_the_other_application(seeded: Seeded, tmp_path: Path) -> None:
    """The legacy application gives the task out and leaves, the port enters and takes the results."""
    owner = {"FISHTEST_FLUSH": "behind"}
    with (
        App("legacy_pyramid", tmp_path, seeded.url, seeded.name, **owner) as legacy,
        App("new_server", tmp_path, seeded.url, seeded.name, FISHTEST_ROLE="standby", **owner) as port,
        Worker(legacy, SPRT_ARCH, number=40) as before,
        Worker(port, SPRT_ARCH, number=40) as after,
    ):
        task = before.take_task()
        assert before.client.post("/internal/flush").json()["role"] == "standby"
        assert after.client.post("/internal/reload").json()["role"] == "owner"
        assert after.ask("beat", **task).json()["task_alive"] is True
        assert after.take_task()["run_id"] == task["run_id"]


def test_a_standby_reads_and_gives_nothing_out(seeded: Seeded, tmp_path: Path) -> None:
    with (
        App("new_server", tmp_path, seeded.url, seeded.name, FISHTEST_ROLE="standby") as standby,
        standby.client() as client,
        Worker(standby, FIXED_ARCH, number=8) as worker,
    ):
        assert client.get(f"/tests/view/{seeded.runs['fixed']}").status_code == 200
        assert client.get("/tests/view/zz").status_code == 404
        assert worker.ask("request_task").json()["task_waiting"] is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_everything_written(
    seeded: Seeded, tmp_path: Path, number: signal.Signals
) -> None:
    more = {"FISHTEST_FLUSH": "behind", "FISHTEST_PORT": "6543"}
    with App("new_server", tmp_path, seeded.url, seeded.name, **more) as app:
        with Worker(app, FIXED_ARCH, number=20 + number) as worker:
            task = worker.take_task()
        app.signal(number)
        assert app.wait() == 0
    assert seeded.run("fixed")["tasks"][task["task_id"]]["active"]
    events = [one["message"] for one in seeded.db["actions"].find({"action": "system_event"}).sort("_id", -1).limit(2)]
    assert events == ["stop fishtest@6543", "start fishtest@6543"]


def test_an_answer_that_has_begun_is_finished_before_the_end(seeded: Seeded, tmp_path: Path) -> None:
    """Eight visitors at once and a signal in between: whoever gets a byte gets the whole page."""
    with App("new_server", tmp_path, seeded.url, seeded.name) as app, ThreadPoolExecutor(8) as visitors:
        begun = threading.Barrier(9)
        visits = [visitors.submit(visit_until_the_end, app, begun) for _ in range(8)]
        begun.wait(30)
        app.signal(signal.SIGTERM)
        assert app.wait() == 0
        assert all(visit.result() >= 1 for visit in visits)


def visit_until_the_end(app: App, begun: threading.Barrier) -> int:
    """How many whole pages came before the server was gone."""
    pages = 0
    while True:
        try:
            with connection_to(app) as peer:
                peer.sendall(b"GET /tests HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = all_of(peer)
        except ConnectionError:
            return pages
        if not answer or answer.startswith(b"HTTP/1.1 503 "):
            return pages
        assert answer.rstrip().endswith(b"</html>")
        pages += 1
        if pages == 1:
            begun.wait(30)


def run_in_vain(port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "new_server", "--port", str(port)]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


def test_a_wrong_setting_is_one_clear_line() -> None:
    ended = run_in_vain(1, FISHTEST_ROLE="king")
    assert ended.returncode == 2
    assert ended.stderr == "FISHTEST_ROLE is 'king': it must be owner or standby\n"


def test_a_port_in_use_is_one_clear_line(app: App, seeded: Seeded) -> None:
    """And found out before the domain layer starts: that would write to the database."""
    before = list(seeded.db["actions"].find())
    ended = run_in_vain(app.port, FISHTEST_DB_URL=seeded.url, FISHTEST_DB=seeded.name, FISHTEST_PORT="6543")
    assert ended.returncode == 2
    place = f"127.0.0.1:{app.port}"
    assert ended.stderr == f"cannot listen on {place}: Address already in use; give a free port with --port\n"
    assert list(seeded.db["actions"].find()) == before


def test_all_stacks_can_be_asked_for(seeded: Seeded, tmp_path: Path) -> None:
    with App("new_server", tmp_path, seeded.url, seeded.name, FISHTEST_ROLE="standby") as app:
        app.signal(signal.SIGUSR1)
        with app.client() as client:
            assert client.get("/login").status_code == 200
        assert "most recent call first" in app.log_text()
