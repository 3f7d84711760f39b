"""Issue 5, bad input: each wrong move is refused with the reason and the next step, exit code 1, nothing changed.

A real store, and hooks of small real applications. Commands run in this process, as `shadow` would run them, but for
the one of another terminal.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from shadow.cli.main import main
from shadow.config_file import load
from shadow.store import open_store
from tests.support.harness import ROOT
from tests.support.hook_server import HookServer, hook_servers
from tests.support.judgements import a_mismatch

FORCE = ("--force", "--reason", "at once")
SETTINGS = """
[primary]
live = "{primary}"
[candidate]
live = "{candidate}"
[store]
url = "sqlite:///shadow.db"
[groups.worker]
state = "in-process"
leave = "POST /leave"
enter = "POST /enter"
timeout = "{timeout}"
[[routes]]
name = "api.beat"
path = "/api/beat"
group = "worker"
[[routes]]
name = "api.update"
path = "/api/update"
group = "worker"
[[routes]]
name = "orders.list"
path = "/orders"
"""


class Desk:
    """A folder with a configuration and a store, and the command line on it."""

    def __init__(self, folder: Path, log: list[str], primary: HookServer, candidate: HookServer) -> None:
        self.file = folder / "shadow.toml"
        self.log, self.primary, self.candidate = log, primary, candidate
        self.settle("5 s")
        config = load(self.file, {})
        self.store = open_store(config.store.url)
        self.store.register(config.routes)

    def settle(self, timeout: str) -> None:
        urls = {"primary": self.primary.url, "candidate": self.candidate.url}
        self.file.write_text(SETTINGS.format(**urls, timeout=timeout))

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "shadow", *words, "--config", str(self.file)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        out, told = io.StringIO(), io.StringIO()
        arguments = ["shadow", *words, "--config", str(self.file)]
        with (
            mock.patch.object(sys, "argv", arguments),
            # It binds the loggers of this process to the standard error of this moment.
            mock.patch("shadow.logs.configure"),
            redirect_stdout(out),
            redirect_stderr(told),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        code = ended.value.code
        return code if isinstance(code, int) else 0, out.getvalue(), told.getvalue()

    def refused(self, *words: str) -> str:
        """What the refusal says; stages, holds and ledger are as before."""
        before = self.store.stages(), self.store.ledger()
        code, out, told = self.run(*words)
        assert (code, out) == (1, ""), told
        assert "Next: " in told
        assert "Traceback" not in told
        stages = self.store.stages()
        assert (stages.units, stages.routes, stages.holds, stages.handovers, self.store.ledger()) == (
            before[0].units,
            before[0].routes,
            before[0].holds,
            {},
            before[1],
        )
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with hook_servers() as (log, primary, candidate):
        desk = Desk(tmp_path, log, primary, candidate)
        yield desk
        desk.store.close()


def test_an_unknown_route_the_rest_and_a_member_alone_are_refused(desk):
    told = "there is no route or group 'orders.lst'; did you mean 'orders.list'? Next: shadow routes list"
    assert told in desk.refused("promote", "orders.lst")
    assert "always served by the primary" in desk.refused("promote", "*")
    assert "moves with it. Next: name 'worker'" in desk.refused("promote", "api.beat", *FORCE)


def test_a_move_against_the_gate_a_hold_or_a_freeze_is_refused(desk):
    desk.store.record([a_mismatch(1)], checkpoint={"w1": 1})
    assert "the gate says blocked: " in desk.refused("promote", "orders.list")
    for reason in ((), ("--reason", " ")):
        assert "needs a reason" in desk.refused("promote", "orders.list", "--force", *reason)
    assert "needs a reason" in desk.refused("freeze", "--reason", " ")
    assert desk.run("hold", "orders.list", "--reason", "wait for ann")[0] == 0
    assert "wait for ann. Next: shadow release orders.list" in desk.refused("promote", "orders.list", *FORCE)
    assert desk.run("freeze", "--reason", "the week of the sale")[0] == 0
    assert "the week of the sale. Next: shadow unfreeze" in desk.refused("promote", "worker", *FORCE)


def test_a_move_that_leads_nowhere_is_refused(desk):
    assert "there is no rollback from there" in desk.refused("rollback", "orders.list")
    assert desk.run("promote", "orders.list", *FORCE)[0] == 0
    assert "there is no promote from there" in desk.refused("promote", "orders.list", *FORCE)


def test_a_hook_that_hangs_ends_the_move_in_time(desk):
    desk.settle("1 s")
    desk.primary.hang = "/leave"
    began = time.monotonic()
    assert "leave" in desk.refused("promote", "worker", *FORCE)
    assert time.monotonic() - began < 20
    assert desk.log.count("candidate /enter") == 0


def test_a_side_that_takes_nothing_back_is_shown_by_status_and_the_next_move_waits_for_it(desk):
    desk.candidate.answers["/enter"] = desk.primary.answers["/enter"] = (500, {})
    for _ in range(2):
        code, _, told = desk.run("promote", "worker", *FORCE)
        assert (code, "did not take its state back" in told) == (1, True)
        assert "worker: the side that serves it has not taken its state back" in desk.run("status")[2]
    assert desk.log == ["primary /leave", "candidate /enter", "candidate /leave", "primary /enter", "primary /enter"]
    desk.primary.answers, desk.candidate.answers = {}, {}
    assert desk.run("promote", "worker", *FORCE)[0] == 0
    assert desk.log[-3:] == ["primary /enter", "primary /leave", "candidate /enter"]
    assert "taken its state back" not in desk.run("status")[2]


def test_of_two_terminals_at_once_the_second_is_refused_and_the_first_moves(desk):
    """The first stands in the leave hook when the second comes."""
    desk.settle("30 s")
    desk.primary.hang = "/leave"
    first = desk.start("promote", "worker", *FORCE)
    deadline = time.monotonic() + 30
    while "primary /leave" not in desk.log:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    code, out, told = desk.run("promote", "worker", *FORCE)
    assert (code, out) == (1, "")
    assert "worker is being moved to promoted by " in told
    assert "@cli; nothing has changed. Next: shadow status worker" in told
    desk.primary.let_go.set()
    _, told = first.communicate(timeout=60)
    assert first.returncode == 0, told
    assert [entry.move.name for entry in desk.store.ledger()] == ["worker"]
    assert desk.store.stages().handovers == {}


def test_the_ledger_is_printed_checked_and_exported_in_one_form(desk):
    assert desk.run("promote", "orders.list", *FORCE)[0] == 0
    assert desk.run("rollback", "orders.list", "--reason", "just to see")[0] == 0
    code, out, told = desk.run("ledger", "--json")
    entries = json.loads(out)
    assert code == 0
    assert [list(entry) for entry in entries] == 2 * [
        ["number", "at", "who", "action", "name", "from", "to", "reason", "forced", "evidence", "previous", "digest"]
    ]
    assert [entry["number"] for entry in entries] == [2, 1]
    assert entries[0]["previous"] == entries[1]["digest"]
    assert all(entry["who"].endswith("@cli") for entry in entries)
    assert len(entries[1]["evidence"]["digest"]) == 64
    assert told.endswith(f"2 entries, as they were written; the last digest is {entries[0]['digest']}\n")
    for entry in entries:
        assert desk.run("ledger", "--json", "--verify", entry["digest"])[:2] == (0, out)
    code, out, told = desk.run("ledger", "--verify", "0" * 64)
    assert (code, out) == (2, "")
    assert "none of 2 entries has the digest" in told
