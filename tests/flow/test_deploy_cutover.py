"""The cutover of docs/operations.md, with its commands: both applications in both worlds behind the deployed nginx."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from tests.support.apps import App
from tests.support.fishtest import FIXED_ARCH, Seeded, Worker, seeded
from tests.support.harness import ROOT
from tests.support.mongo import mongo_client, mongo_url
from tests.support.nginx import Site, until_open

__all__ = ["mongo_client", "mongo_url", "seeded"]

INSTANCES = {"legacy-main": 6543, "legacy-shadow": 6547, "port-main": 8000, "port-shadow": 8004}
MODULES = {"legacy": "legacy_pyramid", "port": "new_server"}


@dataclass
class Cutover:
    """The running machine; its legacy and port instances other than main and shadow are main as well."""

    site: Site
    environment: dict[str, str]
    seeded: Seeded

    def shadowctl(self, *words: str, code: int = 0) -> str:
        """A command as an operator gives it; what it printed."""
        command = [str(ROOT / "deploy" / "shadowctl"), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def build(self, path: str = "/tests") -> str:
        """Which stack answers a client."""
        answer = self.site.visit(path)
        return answer.headers.get("x-build", f"status {answer.status_code}")

    def until_build(self, build: str, path: str = "/tests") -> None:
        deadline = time.monotonic() + 30
        while (seen := self.build(path)) != build:
            assert time.monotonic() < deadline, f"{path} comes from {seen}, not from {build}"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def cutover(
    seeded: Seeded, mongo_client: MongoClient[Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cutover]:
    folder = tmp_path_factory.mktemp("cutover")
    shadow_db = f"{seeded.name}s"
    clone = [sys.executable, "-m", "demo.clone", "--url", seeded.url, seeded.name, shadow_db]
    subprocess.run(clone, check=True, cwd=ROOT, capture_output=True)
    apps = [instance(name, folder, seeded, shadow_db) for name in INSTANCES]
    ports = {INSTANCES[name]: app.port for name, app in zip(INSTANCES, apps, strict=True)}
    secondaries = dict.fromkeys((6544, 6545, 6546), ports[6543]) | dict.fromkeys((8001, 8002, 8003), ports[8000])
    (folder / "nginx").mkdir()
    with apps[0], apps[1], apps[2], apps[3], Site(folder / "nginx", ports | secondaries) as site:
        yield Cutover(site, harness_environment(folder, site), seeded)
    mongo_client.drop_database(shadow_db)


def instance(name: str, folder: Path, seeded: Seeded, shadow_db: str) -> App:
    """A process with the settings of its environment file, but for port and database."""
    text = (ROOT / "deploy" / "systemd" / "env" / f"{name}.env").read_text()
    role = next(line.split("=")[1] for line in text.splitlines() if line.startswith("FISHTEST_ROLE="))
    stack, _, which = name.partition("-")
    database = shadow_db if which == "shadow" else seeded.name
    settings = {"FISHTEST_ROLE": role, "FISHTEST_BUILD": stack, "FISHTEST_OFFLINE": "1"}
    return App(MODULES[stack], folder, seeded.url, database, **settings)


def harness_environment(folder: Path, site: Site) -> dict[str, str]:
    """The deployed settings of the harness, moved to this site's ports and to a folder of its own."""
    text = site.moved((ROOT / "deploy" / "systemd" / "env" / "shadow.env").read_text())
    settings = folder / "shadow.env"
    settings.write_text(text.replace("/var/lib/shadow", str(folder / "state")))
    return {**os.environ, "SHADOW_ENV": str(settings), "SUDO_USER": "wanda"}


@pytest.fixture(scope="module")
def serving(cutover: Cutover) -> Iterator[Cutover]:
    """With the harness started and put in front."""
    log = cutover.site.folder / "serve.log"
    with log.open("wb") as output:
        command = [str(ROOT / "deploy" / "shadowctl"), "serve"]
        serve = subprocess.Popen(command, env=cutover.environment, stdout=output, stderr=output, start_new_session=True)
    try:
        until_open(cutover.site.url(8080))
        assert cutover.build() == "legacy"
        cutover.site.put_in_front("harness")
        yield cutover
    finally:
        serve.terminate()
        serve.wait(30)


def worker(cutover: Cutover, number: int) -> Worker:
    """A machine that comes through the public nginx."""
    app = App("new_server", cutover.site.folder, "", "")  # never started: only where and how to ask
    machine = Worker(app, FIXED_ARCH, number=number)
    machine.client = httpx.Client(
        base_url=f"https://127.0.0.1:{cutover.site.ports[443]}", verify=False, trust_env=False
    )
    return machine


@pytest.mark.timeout(240)  # six processes and as many commands, on machines that may be busy
def test_a_cutover_goes_forward_and_back_by_the_commands_of_the_guide(serving: Cutover) -> None:
    assert "fine  primary live" in serving.shadowctl("doctor", code=0)
    with worker(serving, 70) as machine:
        task = machine.take_task()
        stored = serving.seeded.run("fixed")["tasks"][task["task_id"]]
        assert stored["worker_info"]["remote_addr"] == "127.0.0.1"

        refused = serving.shadowctl("promote", "signup", code=1)
        assert "signup stays in shadow, the gate says inconclusive" in refused
        serving.shadowctl("promote", "signup", "--force", "--reason", "try the way")
        serving.until_build("port", "/signup")
        assert serving.build("/tests") == "legacy"
        serving.shadowctl("promote", "worker", "--force", "--reason", "try the handover")
        serving.until_build("port", "/tests")
        assert machine.ask("beat", **task).json()["task_alive"] is True
        serving.shadowctl("rollback", "worker", "--reason", "tried")
        serving.until_build("legacy", "/tests")
        assert machine.ask("beat", **task).json()["task_alive"] is True

        serving.shadowctl("release", "worker")
        serving.shadowctl("promote", "worker", "--force", "--reason", "for good")
        serving.site.put_in_front("port")
        serving.until_build("port", "/user/nobody")
        assert machine.ask("beat", **task).json()["task_alive"] is True
    told = serving.shadowctl("ledger")
    assert told.count("wanda@cli") == 5
