"""A corrupt or newer store: nothing starts on it and each part says what to do; the proxy serves from the primary."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shadow.config_file import load
from shadow.store import open_store
from tests.support.echo import Echo
from tests.support.harness import ROOT

KINDS = ("corrupt", "newer")


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, Echo]]:
    found = {name: Echo(name) for name in ("primary", "candidate")}
    yield found
    for one in found.values():
        one.close()


@pytest.fixture
def file(tmp_path: Path, upstreams: dict[str, Echo]) -> Path:
    """A configuration by which the candidate would serve, if only there was a store to say so."""
    sides = "".join(f'[{name}]\nlive = "http://127.0.0.1:{one.port}"\n' for name, one in upstreams.items())
    file = tmp_path / "shadow.toml"
    file.write_text(
        f'{sides}[store]\nurl = "sqlite:///shadow.db"\n'
        '[[routes]]\nname = "orders"\npath = "/orders"\nstage = "promoted"\n'
    )
    return file


def spoil(path: Path, kind: str) -> None:
    if kind == "corrupt":
        path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
        return
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.fixture(params=KINDS)
def broken(request: pytest.FixtureRequest, file: Path) -> Path:
    """A store that was good once; its path."""
    config = load(file, {})
    store = open_store(config.store.url)
    store.register(config.routes)
    store.close()
    spoil(file.parent / "shadow.db", request.param)
    return file.parent / "shadow.db"


@pytest.mark.parametrize("command", ["mirror", "console"])
def test_nothing_starts_on_it_and_each_part_says_what_to_do(file, broken, command):
    before = broken.read_bytes()
    words = [sys.executable, "-m", "shadow", *command.split(), "--config", str(file)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    line = done.stderr.strip().splitlines()[-1]
    assert str(broken) in line
    assert "Next: " in line
    assert "Traceback" not in done.stderr
    assert broken.read_bytes() == before


def test_the_proxy_serves_everything_from_the_primary_until_there_is_a_store(file, broken, tmp_path):
    """The part as `shadow serve` restarts it: on the socket that was bound before the store broke."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/orders"
        command = [sys.executable, "-m", "shadow", "proxy", "--fd", str(listening.fileno()), "--config", str(file)]
        log = tmp_path / "proxy.log"
        with log.open("wb") as output:
            proxy = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, pass_fds=(listening.fileno(),))
        try:
            for method in ("GET", "POST"):
                answer = httpx.request(method, url, trust_env=False, timeout=60)
                assert (answer.status_code, answer.headers["x-who"]) == (200, "primary")
            assert "switchboard.store_away" in log.read_text()
            assert "Next: " in log.read_text()
            for path in tmp_path.glob("shadow.db*"):
                path.rename(path.with_name(f"moved-{path.name}"))
            config = load(file, {})
            store = open_store(config.store.url)
            store.register(config.routes)
            store.close()
            deadline = time.monotonic() + 20
            while httpx.get(url, trust_env=False, timeout=20).headers["x-who"] != "candidate":
                assert time.monotonic() < deadline, log.read_text()
        finally:
            proxy.terminate()
            proxy.wait(30)
