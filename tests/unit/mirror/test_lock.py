"""Two mirrors never work on one recording, and a killed one stands in nobody's way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shadow.errors import StartError
from shadow.mirror.lock import alone

HOLDER = """
import sys, threading
from pathlib import Path
from shadow.mirror.lock import alone

with alone(Path(sys.argv[1])):
    print("locked", flush=True)
    threading.Event().wait()
"""


def test_a_second_mirror_is_refused_with_the_pid_of_the_first_until_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == b"locked\n"
            with pytest.raises(StartError, match=rf"another mirror .* \(pid {holder.pid}\)\. Next: stop it"):
                alone(tmp_path).__enter__()
        finally:
            holder.kill()
    with alone(tmp_path):
        pass


def test_the_recording_is_free_again_after_an_orderly_end(tmp_path: Path) -> None:
    for _ in range(2):
        with alone(tmp_path):
            pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be written"), alone(tmp_path / "missing"):
        pass
