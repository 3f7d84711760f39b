"""The demo's processes start, are known to be ready, say why when they are not, and end when told."""

import os
import socket
from pathlib import Path

import pytest

from demo.healthy import healthy
from demo.processes import Application, Plan, StartError
from shadow.words import Side, World
from tests.support.demo import application, worlds

__all__ = ["worlds"]


def test_each_stack_starts_answers_and_stops_in_each_role(worlds: str, tmp_path: Path):
    for side, world in ((Side.PRIMARY, World.LIVE), (Side.CANDIDATE, World.SHADOW)):
        with application(worlds, tmp_path, side, world) as running:
            assert healthy(f"{running.plan.url}/tests")
            # Its own session: Ctrl-C in the terminal must not reach it before the demo stops it.
            assert os.getsid(running.pid) == running.pid
        assert not running.running
        assert not healthy(f"{running.plan.url}/tests")


def test_a_process_that_cannot_start_is_reported_with_its_log(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        plan = Plan(Side.CANDIDATE, World.LIVE, taken.getsockname()[1], "mongodb://127.0.0.1:1", "s", "b", tmp_path)
        with Application(plan, tmp_path) as running, pytest.raises(StartError, match="Address already in use"):
            running.wait_ready()


def test_stopping_what_never_ran_is_harmless(tmp_path: Path):
    assert Application(Plan(Side.PRIMARY, World.LIVE, 1, "", "s", "b", tmp_path), tmp_path).stop() is None
