"""Large uploads to either application: constant memory, and nobody waits for a slow sender."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from new_server.app import THREADS
from tests.support.apps import App
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

MEGABYTE = 1 << 20
LARGE = 150 * MEGABYTE
MORE_THAN_A_LITTLE = 32 * MEGABYTE


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(
    request: pytest.FixtureRequest, seeded: Seeded, nets: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """Both keep what they get in a folder of their own, and start with the same database."""
    seeded.db["nns"].delete_many({})
    folder = tmp_path_factory.mktemp(request.param)
    with App(request.param, folder, seeded.url, seeded.name, FISHTEST_NETS=str(nets)) as running:
        yield running


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nets")


@pytest.fixture(scope="module")
def user(app: App) -> Iterator[Browser]:
    with Browser(app) as one:
        one.log_in("carol")
        yield one


def peak_memory(app: App) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{app.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def send(user: Browser, file: Path) -> int:
    with file.open("rb") as content:
        digest = sha256()
        while block := content.read(MEGABYTE):
            digest.update(block)
        content.seek(0)
        name = f"nn-{digest.hexdigest()[:12]}.nnue"
        headers = {"X-CSRF-Token": user.token()}
        answer = user.client.post("/upload", headers=headers, files={"network": (name, content)}, timeout=90)
    return answer.status_code


def test_a_large_upload_does_not_swell_the_server(app: App, user: Browser, nets: Path, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(app.url.encode() * 1000)
    with large.open("wb") as file:
        file.write(app.url.encode())
        file.truncate(LARGE)
    assert send(user, small) == 302
    before = peak_memory(app)
    assert send(user, large) == 302
    assert peak_memory(app) - before < MORE_THAN_A_LITTLE
    assert len(list(nets.glob("nn-*.nnue.gz"))) >= 2


def half_an_upload(app: App, user: Browser) -> socket.socket:
    """A connection on which two of ten megabytes have come: more than either application keeps in memory."""
    peer = socket.create_connection(("127.0.0.1", app.port), timeout=20)
    cookies = "; ".join(f"{name}={value}" for name, value in user.client.cookies.items())
    head = (
        f"POST /upload HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\nX-CSRF-Token: {user.token()}\r\n"
        f"Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: {10 * MEGABYTE}\r\n\r\n"
        '--XX\r\nContent-Disposition: form-data; name="network"; filename="nn-000000000000.nnue"\r\n\r\n'
    )
    peer.sendall(head.encode() + bytes(2 * MEGABYTE))
    return peer


def test_slow_uploads_keep_no_thread_busy(app: App, user: Browser) -> None:
    peers = [half_an_upload(app, user) for _ in range(2 * THREADS)]
    try:
        with app.client() as client:
            assert client.get("/login").status_code == 200
    finally:
        for peer in peers:
            peer.close()


def test_an_upload_that_breaks_off_leaves_nothing(app: App, user: Browser, nets: Path, seeded: Seeded) -> None:
    files, records = sorted(nets.iterdir()), seeded.db["nns"].count_documents({})
    half_an_upload(app, user).close()
    with app.client() as client:
        assert client.get("/login").status_code == 200
    assert (sorted(nets.iterdir()), seeded.db["nns"].count_documents({})) == (files, records)
