"""A token of one's own, from the command that gives it to the ledger that names its owner, over real sockets."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.database import free_port
from tests.support.harness import ROOT

SETTINGS = """
[listen]
console = "127.0.0.1:{port}"
[primary]
live = "http://127.0.0.1:9"
[candidate]
live = "http://127.0.0.1:9"
[store]
url = "sqlite:///shadow.db"
[console]
token_file = "console.token"
[[routes]]
name = "orders.list"
path = "/orders"
"""


class Console:
    """`shadow console` alone, which needs neither proxy nor applications."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "shadow.toml"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.file.write_text(SETTINGS.format(port=port))
        with (folder / "console.log").open("wb") as log:
            self.process = subprocess.Popen(self._command("console"), cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < deadline, (folder / "console.log").read_text()
            time.sleep(0.05)

    def shadow(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._command(*words), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def freeze(self, token: str) -> int:
        with httpx.Client(trust_env=False, timeout=20, headers={"Authorization": f"Bearer {token}"}) as client:
            return client.post(f"{self.url}/api/freeze", json={"reason": "the sale"}).status_code

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "shadow", *words, "--config", str(self.file)]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/", trust_env=False, timeout=5).status_code == 401
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    found = Console(tmp_path_factory.mktemp("operators"))
    yield found
    found.close()


def test_a_token_of_ones_own_is_in_force_at_once_and_so_is_its_removal(console):
    added = console.shadow("operators", "add", "ann")
    assert added.returncode == 0, added.stderr
    token = added.stdout.strip()
    assert f"ann signs in at {console.url}/login?token=TOKEN" in added.stderr
    assert token not in added.stderr
    unnamed = (console.file.parent / "console.token").read_text().strip()
    assert [console.freeze(one) for one in (token, unnamed, "guessed")] == [200, 200, 401]

    listed = json.loads(console.shadow("operators", "list", "--json").stdout)
    assert [one["name"] for one in listed] == ["ann"]
    assert console.shadow("operators", "remove", "ann").returncode == 0
    assert console.freeze(token) == 401


def test_the_ledger_names_the_owner_of_the_token_and_the_user_of_the_terminal(console):
    assert console.shadow("unfreeze").returncode == 0
    entries = json.loads(console.shadow("ledger", "--json").stdout)
    terminal, unnamed, ann = (entry["who"] for entry in entries)
    assert (ann, unnamed) == ("ann@console", "console")
    assert terminal.endswith("@cli")
