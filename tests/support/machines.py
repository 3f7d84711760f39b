"""Several machines as network namespaces on one bridge: each has a proxy, a mirror and a recording of its own; the
store is a machine too. The applications and the clients are on the host.

Needs root and `ip` (Debian: iproute2). Whatever a test cuts is a link of its own namespaces.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import pytest

from demo.database import free_port
from shadow.errors import StoreError
from shadow.exchange import Exchange
from shadow.mirror.clones import MIRROR
from shadow.recording.reader import scan
from shadow.store import open_store
from shadow.store.base import Store
from tests.support.harness import Process

IP = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""
MACHINES = ("one", "two")
STORE = "store"
_HOST, _STORE_PORT = 1, 27017
_ROUTES = (("notes.create", "POST", "/notes", "notes"), ("notes.count", "GET", "/notes", "notes"))
_ROUTES_READ = (("notes.read", "GET", "/notes/{id}", "notes"), ("me", "GET", "/me", ""))


class Network:
    """A bridge of the host and the namespaces on it, gone when the context ends."""

    def __init__(self, names: tuple[str, ...]) -> None:
        if not IP:
            assert os.environ.get("CI") != "true", "ip is missing; on Debian and Ubuntu: apt-get install iproute2"
            pytest.skip("ip is missing; on Debian and Ubuntu: apt-get install iproute2")
        # Names of devices have 15 characters at the most; two test runs on one host must not meet.
        self._mark = f"{os.getpid() % 100_000:05}"
        self._bridge = f"sb{self._mark}"
        self._net = f"10.{64 + os.getpid() % 64}.{os.getpid() // 64 % 256}"
        self._numbers = {name: number for number, name in enumerate(names, 11)}

    def __enter__(self) -> Network:
        made = _ip("link", "add", self._bridge, "type", "bridge")
        if made.returncode:
            pytest.skip(f"no network namespaces here ({made.stderr.strip()})")
        try:
            self._must("addr", "add", f"{self._net}.{_HOST}/24", "dev", self._bridge)
            self._must("link", "set", self._bridge, "up")
            for name in self._numbers:
                self._add(name)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for name in self._numbers:
            _ip("netns", "del", self.inside(name))
        _ip("link", "del", self._bridge)

    @property
    def host(self) -> str:
        """The address of the host."""
        return f"{self._net}.{_HOST}"

    def address(self, name: str) -> str:
        """The address of a machine."""
        return f"{self._net}.{self._numbers[name]}"

    def inside(self, name: str) -> str:
        """The name of a machine's namespace."""
        return f"shadow-{self._mark}-{name}"

    def cut(self, name: str) -> None:
        """Pull the machine's cable: packets are lost, and nobody is told."""
        self._must("link", "set", self._link(name), "down")

    def mend(self, name: str) -> None:
        """Plug it in again."""
        self._must("link", "set", self._link(name), "up")

    def _link(self, name: str) -> str:
        return f"sv{self._mark}{self._numbers[name]}"

    def _add(self, name: str) -> None:
        space, link = self.inside(name), self._link(name)
        added = _ip("netns", "add", space)
        if added.returncode:
            pytest.skip(f"no network namespaces here ({added.stderr.strip()})")
        self._must("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        self._must("link", "set", link, "master", self._bridge, "up")
        self._must("-n", space, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._must("-n", space, "link", "set", device, "up")

    def _must(self, *arguments: str) -> None:
        done = _ip(*arguments)
        assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


class Machines:
    """Two machines with a proxy and a mirror each, one store, one pair of applications; `off` are wrong clocks."""

    def __init__(self, folder: Path, *, off: Mapping[str, float]) -> None:
        self.folder = folder
        self.network = Network((*MACHINES, STORE))
        self.proxies = {name: f"http://{self.network.address(name)}:8080" for name in MACHINES}
        self.apps = {side: f"http://{self.network.host}:{free_port()}" for side in ("primary", "candidate")}
        self.store_url = f"mongodb://{self.network.address(STORE)}:{_STORE_PORT}/shadow"
        self._off = off
        self.processes: dict[str, Process] = {}
        self._store: Store | None = None

    def __enter__(self) -> Machines:
        self.network.__enter__()
        try:
            self._start_store()
            for side, url in self.apps.items():
                self._start_app(side, url)
            self.until(self._store_answers, "the store answers")
            self.until(lambda: all(_status(f"{url}/facts") == 200 for url in self.apps.values()), "applications answer")
            for name in MACHINES:
                self._configure(name)
                self._start_part(name, "proxy")
            self.until(lambda: len(self.store.heartbeats()) == len(MACHINES), "both proxies are known to the store")
            for name in MACHINES:
                self._start_part(name, "mirror")
            self.until(lambda: len(self.store.notes(MIRROR)) == len(MACHINES), "both mirrors are known to the store")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes.values()):
            process.stop()
        if self._store is not None:
            self._store.close()
        self.network.__exit__(None, None, None)

    @property
    def store(self) -> Store:
        """The store, from the host."""
        assert self._store is not None
        return self._store

    def shadow(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the harness on a machine."""
        return subprocess.run(
            [*self._enter(name), sys.executable, *self._command(name, *arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def recorded(self) -> int:
        """How many exchanges the recordings of all machines hold."""
        found = (record for name in MACHINES for record in scan(self.folder / name / "recording"))
        return sum(isinstance(record, Exchange) for record in found)

    def facts(self, side: str) -> dict[str, Any]:
        """What an application knows of itself."""
        found: dict[str, Any] = httpx.get(f"{self.apps[side]}/facts", trust_env=False, timeout=10).json()
        return found

    def until(self, true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Wait for something to become true and give it back."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            logs = {name: process.output()[-1500:] for name, process in self.processes.items()}
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{logs}"
            time.sleep(0.02)
        return found

    def _enter(self, name: str) -> tuple[str, ...]:
        return (IP, "netns", "exec", self.network.inside(name))

    def _command(self, name: str, *arguments: str) -> tuple[str, ...]:
        off = str(self._off.get(name, 0.0))
        config = str(self.folder / name / "shadow.toml")
        return ("-m", "tests.support.off_clock", off, *arguments, "--config", config)

    def _start(self, name: str, *command: str, inside: str = "") -> None:
        process = Process(*command, log=self.folder / f"{name}.log", before=self._enter(inside) if inside else ())
        self.processes[name] = process
        process.start()

    def _start_store(self) -> None:
        # A script of Python's, as all that it runs.
        program = str(Path(sys.executable).parent / "secantusd-py")
        where = ("--host", self.network.address(STORE), "--port", str(_STORE_PORT))
        data = ("--storage-path", str(self.folder / "data"), "--standalone", "--log-level", "ERROR")
        self._start("database", program, *where, *data, inside=STORE)

    def _start_app(self, side: str, url: str) -> None:
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        port = url.rpartition(":")[2]
        owner = ("--owner",) if side == "primary" else ()
        where = ("--host", self.network.host, "--port", port, "--state", str(state))
        self._start(side, "-m", "tests.support.twin", *where, "--side", side, "--build", f"{side} 1", *owner)

    def _start_part(self, name: str, part: str) -> None:
        self._start(f"{part} {name}", *self._command(name, part), inside=name)

    def _configure(self, name: str) -> None:
        sections = [
            f'[listen]\nproxy = "{self.network.address(name)}:8080"',
            *(f'[{side}]\nlive = "{url}"' for side, url in self.apps.items()),
            # One key for all: sealed names and cookies are shared through the store.
            '[recording]\npath = "recording"\nkey = "../recording.key"',
            f'[store]\nurl = "{self.store_url}"',
            '[groups.notes]\nstate = "in-process"\nleave = "POST /leave"\nenter = "POST /enter"\ntimeout = "5 s"',
            *(
                f'[[routes]]\nname = "{route}"\nmethods = ["{method}"]\npath = "{path}"\ngroup = "{group}"'
                for route, method, path, group in (*_ROUTES, *_ROUTES_READ)
            ),
        ]
        (self.folder / name).mkdir()
        (self.folder / name / "shadow.toml").write_text("\n\n".join(sections))

    def _store_answers(self) -> bool:
        with contextlib.suppress(StoreError):
            self._store = open_store(self.store_url)
        return self._store is not None


def _status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False, timeout=5).status_code
    except httpx.HTTPError:
        return 0


def _ip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([IP, *arguments], capture_output=True, text=True, check=False)
