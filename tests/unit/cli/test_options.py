"""Who gives a command, where the system knows and where it does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from shadow.cli.options import operator

LOGNAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")


def test_the_operator_has_the_name_that_the_system_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    assert operator() == "ann@cli"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become a user without a name")
def test_an_operator_without_a_name_is_a_number() -> None:
    code = "import os; from shadow.cli.options import operator; os.setuid(54321); print(operator())"
    plain = {name: value for name, value in os.environ.items() if name not in LOGNAMES}
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True)
    assert done.stdout == "uid:54321@cli\n"
