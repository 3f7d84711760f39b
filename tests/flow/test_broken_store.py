"""A corrupt or newer store: nothing starts on it and each part says what to do; the proxy serves from the primary."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from demo.database import free_port
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
        f'[listen]\nproxy = "127.0.0.1:{free_port()}"\nconsole = "127.0.0.1:{free_port()}"\n{sides}'
        '[store]\nurl = "sqlite:///shadow.db"\n'
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


@pytest.mark.parametrize("broken", ["corrupt"], indirect=True)
def test_the_proxy_serves_everything_from_the_primary_until_there_is_a_store(file, broken, tmp_path):
    """A machine that starts again with a broken store must not leave its clients alone; mended, all parts come up."""
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "shadow", "serve", "--config", str(file)]
        serve = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    listen = load(file, {}).listen
    orders, console = f"http://{listen.proxy}/orders", f"http://{listen.console}/"
    try:
        until(lambda: asked(orders) is not None, log)
        for method in ("GET", "POST"):
            answer = asked(orders, method)
            assert (answer.status_code, answer.headers["x-who"]) == (200, "primary")
        until(lambda: "part=mirror code=2" in log.read_text() and "part=console code=2" in log.read_text(), log)
        assert "the proxy serves everything from the primary" in log.read_text()
        for path in tmp_path.glob("shadow.db*"):
            path.rename(path.with_name(f"moved-{path.name}"))
        until(lambda: asked(orders).headers["x-who"] == "candidate", log)
        # Nobody listens to the operator before: the console's socket is bound, so its clients wait in the queue.
        until(lambda: (answer := asked(console)) is not None and answer.status_code == 401, log)
    finally:
        serve.terminate()
        serve.wait(30)


def asked(url: str, method: str = "GET") -> httpx.Response | None:
    """The answer; None when there is none."""
    try:
        return httpx.request(method, url, trust_env=False, timeout=20)
    except httpx.TransportError:
        return None


def until(true: Callable[[], object], log: Path) -> None:
    """Wait for something to become true; fails with the log."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
