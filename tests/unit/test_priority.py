"""The mirror takes the processor only where the proxy leaves it."""

import subprocess
import sys
from pathlib import Path

import pytest

PRINT = """
import os, pathlib
from shadow.app import yield_to_clients
yield_to_clients()
group = pathlib.Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "-")
"""


def told(*, own_session: bool) -> list[str]:
    command = [sys.executable, "-c", PRINT]
    return subprocess.check_output(command, text=True, start_new_session=own_session).split()


def test_the_mirror_gives_way_to_the_proxy() -> None:
    assert told(own_session=True)[0] == "10"


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="a kernel without autogroups")
def test_a_mirror_in_a_session_of_its_own_lowers_the_session_too() -> None:
    """Niceness counts within a session only, and `serve` gives each part its own."""
    assert told(own_session=True)[1] == "10"


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="a kernel without autogroups")
def test_a_mirror_in_a_shell_leaves_the_other_programs_there_alone() -> None:
    before = Path("/proc/self/autogroup").read_text().split()[-1]
    assert told(own_session=False)[1] == before
