"""The token of the first start."""

from __future__ import annotations

import stat
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from shadow.console.token import token


@pytest.fixture
def eager_threads():
    """Threads take turns after each step, so that they meet in the midst of things."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_whoever_starts_at_the_same_moment_gets_the_same_whole_token(tmp_path):
    for number in range(20):
        file = tmp_path / str(number) / "var" / "console.token"
        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(token, [file] * 8))
        assert len(found) == 1
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [one.name for one in file.parent.iterdir()] == ["console.token"]
