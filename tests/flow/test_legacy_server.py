"""The legacy application as a process: its build label, the hooks of a handover, roles, start and shutdown."""

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

from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]


@pytest.fixture(scope="module")
def app(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A labelled build that writes behind, so that a flush has something to write."""
    folder = tmp_path_factory.mktemp("app")
    more = {"FISHTEST_BUILD": "legacy-7", "FISHTEST_FLUSH": "behind"}
    with App("legacy_pyramid", folder, seeded.url, seeded.name, **more) as running:
        yield running


# The label


@pytest.mark.parametrize(
    "target",
    ["/", "/tests", "/nope", "/static/css/site.css", "/tests?page=%ff", "/tests/view/%ff"],
)
def test_every_answer_names_the_build(app: App, target: str) -> None:
    with app.client() as client:
        assert client.get(target).headers["x-build"] == "legacy-7"
        assert client.post("/api/beat", content=b"").headers["x-build"] == "legacy-7"
        assert client.post("/login").headers["x-build"] == "legacy-7"


def test_a_request_that_waitress_refuses_names_the_build_too(app: App) -> None:
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n")
        answer = b"".join(iter(lambda: peer.recv(65536), b""))
    assert answer.partition(b"\r\n")[0].endswith(b" 400 Bad Request")
    assert b"\r\nX-Build: legacy-7\r\n" in answer


# The hooks


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
        assert client.post("/internal/flush").json()["runs_flushed"] == 0

        entered = client.post("/internal/reload").json()
        assert (entered["ok"], entered["role"], entered["active_tasks"]) == (True, "owner", 1)
        assert worker.ask("beat", **task).json()["task_alive"] is True


@pytest.mark.parametrize("path", ["/internal/flush", "/internal/reload"])
@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-By",
        "X-Forwarded-Server",
        "Forwarded",
    ],
)
def test_the_hooks_do_not_exist_behind_a_proxy(app: App, path: str, header: str) -> None:
    value = {"X-Forwarded-Proto": "http", "X-Forwarded-Port": "80", "Forwarded": "for=127.0.0.1"}.get(
        header, "127.0.0.1"
    )
    with app.client() as client:
        answer = client.post(path, headers={header: value})
        nowhere = client.post("/internal/nothing")
    assert answer.status_code == nowhere.status_code == 404
    assert answer.headers["content-type"] == nowhere.headers["content-type"] == "text/html; charset=UTF-8"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_the_hooks_are_posts(app: App, method: str) -> None:
    with app.client() as client:
        assert client.request(method, "/internal/flush").status_code == 404


def test_the_hooks_do_not_exist_for_another_machine(seeded: Seeded, tmp_path: Path) -> None:
    """Over an address of this machine that is not the loopback's, where there is one."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has the loopback address only")
    standby = {"host": address, "FISHTEST_ROLE": "standby"}
    with App("legacy_pyramid", tmp_path, seeded.url, seeded.name, **standby) as app, app.client() as client:
        assert client.post("/internal/flush").status_code == 404
        assert client.get("/login").status_code == 200


def own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing (RFC 5737: a documentation address)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


# Roles, start and end


def test_a_standby_reads_and_gives_nothing_out(seeded: Seeded, tmp_path: Path) -> None:
    with (
        App("legacy_pyramid", tmp_path, seeded.url, seeded.name, FISHTEST_ROLE="standby") as standby,
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
    """The last task was given out at once before the signal; the timer writes one run each second."""
    more = {"FISHTEST_FLUSH": "behind", "FISHTEST_PORT": "6543"}
    with App("legacy_pyramid", tmp_path, seeded.url, seeded.name, **more) as app:
        with Worker(app, FIXED_ARCH, number=20 + number) as worker:
            tasks = [worker.take_task() for _ in range(3)]
        app.signal(number)
        assert app.wait() == 0
    stored = seeded.run("fixed")["tasks"]
    assert [stored[task["task_id"]]["active"] for task in tasks] == [False, False, True]
    events = [one["message"] for one in seeded.db["actions"].find({"action": "system_event"}).sort("_id", -1).limit(2)]
    assert events == ["stop fishtest@6543", "start fishtest@6543"]


def test_an_answer_that_has_begun_is_finished_before_the_end(seeded: Seeded, tmp_path: Path) -> None:
    """Eight visitors at once and a signal in between: whoever gets a byte gets the whole page."""
    with App("legacy_pyramid", tmp_path, seeded.url, seeded.name) as app, ThreadPoolExecutor(8) as visitors:
        begun = threading.Barrier(9)
        visits = [visitors.submit(visit_until_the_end, app.port, begun) for _ in range(8)]
        begun.wait(30)
        app.signal(signal.SIGTERM)
        assert app.wait() == 0
        assert all(visit.result() >= 1 for visit in visits)


def visit_until_the_end(port: int, begun: threading.Barrier) -> int:
    """Ask for the list of tests again and again; how many whole pages came before the server was gone."""
    pages = 0
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
                peer.sendall(b"GET /tests HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: peer.recv(65536), b""))
        except ConnectionError:
            return pages
        if not answer:
            return pages
        head, _, body = answer.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}\r\n".encode() in head + b"\r\n"
        pages += 1
        if pages == 1:
            begun.wait(30)


def test_a_wrong_setting_is_one_clear_line() -> None:
    ended = run_in_vain(1, FISHTEST_ROLE="king")
    assert ended.returncode == 2
    assert ended.stderr == "FISHTEST_ROLE is 'king': it must be owner or standby\n"


def test_a_port_in_use_is_one_clear_line(app: App) -> None:
    ended = run_in_vain(app.port)
    assert ended.returncode == 2
    place = f"127.0.0.1:{app.port}"
    assert ended.stderr.endswith(f"cannot listen on {place}: Address already in use; give a free port with --port\n")
    assert "Traceback" not in ended.stderr


def run_in_vain(port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "legacy_pyramid", "--port", str(port)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def test_all_stacks_can_be_asked_for(seeded: Seeded, tmp_path: Path) -> None:
    with App("legacy_pyramid", tmp_path, seeded.url, seeded.name, FISHTEST_ROLE="standby") as app:
        app.signal(signal.SIGUSR1)
        with app.client() as client:
            assert client.get("/login").status_code == 200
    assert "Current thread" in app.log_text()
