"""The site under cutover: a database in two worlds, both stacks in both, and the harness in front of them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import tomlkit
from pymongo import MongoClient

from demo.clone import clone
from demo.database import EmbeddedDatabase, free_port
from demo.processes import DATABASES, Application, Plan, StartError
from demo.seed import seed
from shadow.words import Side, World

CONFIGURATION = Path(__file__).with_name("shadow.toml")
PRIMARY_BUILD, FAULTY_BUILD, REPAIRED_BUILD = "pyramid-1", "port-1", "port-2"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 30.0


class Site:
    """Everything that runs; `folder` holds its files. A context manager: leaving it ends what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "shadow.toml"
        self.database = EmbeddedDatabase()
        self.applications: dict[tuple[Side, World], Application] = {}
        self.harness: subprocess.Popen[bytes] | None = None
        self.proxy = ""
        self.console = ""
        # Requests that the site itself sent through the proxy.
        self.probes = 0
        self._secret = secrets.token_hex(16)
        # Plain HTTP on loopback: no certificates to load.
        self._http = httpx.Client(timeout=30.0, trust_env=False, verify=False)
        self._ports: dict[tuple[Side, World], int] = {}

    def start_database(self) -> dict[str, int]:
        """Start the database, seed the live world and clone it; documents by collection."""
        url = self.database.start(self.folder / "database")
        with MongoClient[dict[str, Any]](url) as client:
            seed(client, DATABASES[World.LIVE])
            return clone(client, DATABASES[World.LIVE], DATABASES[World.SHADOW])

    def start_applications(self, faults: tuple[str, ...]) -> None:
        """Start both stacks in both worlds, the candidate as the faulty build."""
        for side in Side:
            for world in World:
                self._ports[side, world] = free_port()
                self.applications[side, world] = self._application(side, world, faults)
        for application in self.applications.values():
            application.start()
        for application in self.applications.values():
            application.wait_ready()

    def deploy_repaired(self) -> None:
        """Replace the faulty candidate by the repaired build, one world after the other."""
        for world in World:
            self.applications[Side.CANDIDATE, world].stop()
            application = self._application(Side.CANDIDATE, world, ())
            self.applications[Side.CANDIDATE, world] = application
            application.start()
            application.wait_ready()

    def start_harness(self, listen: Mapping[str, str]) -> None:
        """Write the configuration and start `shadow serve`; `listen` may name addresses for proxy and console."""
        document = self._configuration()
        for name in ("proxy", "console"):
            document["listen"][name] = listen.get(name) or f"127.0.0.1:{free_port()}"
        for (side, world), port in self._ports.items():
            document[str(side)][str(world)] = f"http://127.0.0.1:{port}"
        self.config.write_text(tomlkit.dumps(document), "utf-8")
        self.proxy = f"http://{document['listen']['proxy']}"
        with (self.folder / "harness.log").open("ab") as log:
            self.harness = subprocess.Popen(
                [sys.executable, "-m", "shadow", "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_harness(f"http://{document['listen']['console']}")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `shadow` command as an operator would."""
        command = [sys.executable, "-m", "shadow", *arguments, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def report(self) -> dict[str, Any]:
        """The console's report of this moment."""
        answer = self._http.get(f"{self.console}/api/report", headers=self._bearer())
        answer.raise_for_status()
        found: dict[str, Any] = json.loads(answer.text)
        return found

    @property
    def console_login(self) -> str:
        """The address that signs a person in to the console."""
        return f"{self.console}/login?token={self._token()}"

    def stop_harness(self) -> int | None:
        """End the harness as Ctrl-C would; its exit code."""
        process, self.harness = self.harness, None
        if process is None:
            return None
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.close()
        self.stop_harness()
        for application in self.applications.values():
            application.stop()
        self.database.stop()

    def _configuration(self) -> dict[str, Any]:
        return tomlkit.parse(CONFIGURATION.read_text("utf-8")).unwrap()

    def _application(self, side: Side, world: World, faults: tuple[str, ...]) -> Application:
        candidate = side is Side.CANDIDATE
        build = PRIMARY_BUILD if not candidate else FAULTY_BUILD if faults else REPAIRED_BUILD
        plan = Plan(
            side=side,
            world=world,
            port=self._ports[side, world],
            database_url=self.database.url,
            secret=self._secret,
            build=build,
            nets=self.folder / "nets",
            faults=faults if candidate else (),
        )
        return Application(plan, self.folder / "logs")

    def _await_harness(self, console: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.harness is None or self.harness.poll() is not None:
                break
            try:
                self.console = console
                self.report()
                self._http.get(self.proxy)
                self.probes += 1
                return
            except (httpx.TransportError, OSError):
                time.sleep(0.1)
        log = (self.folder / "harness.log").read_text(errors="replace")
        raise StartError(f"shadow serve did not answer; its log ends with:\n{log[-3000:]}")

    def _token(self) -> str:
        return (self.folder / "console.token").read_text("ascii").strip()

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}


def fresh_folder(base: Path) -> Path:
    """A new folder below `base`, private to this user."""
    folder = base / time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    folder.mkdir(parents=True)
    os.chmod(folder, 0o700)
    return folder
