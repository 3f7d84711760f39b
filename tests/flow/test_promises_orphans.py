"""`kill -9` of `shadow serve` leaves nothing behind that stands in the next start's way; one mirror only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.harness import Harness
from tests.support.people import a_note, client

PARTS = ("proxy", "mirror", "console")


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("orphans")) as running:
        yield running


def test_a_second_mirror_is_refused_while_the_first_one_works(harness):
    (pid,) = harness.pids("mirror")
    second = harness.shadow("mirror")
    assert second.returncode == 2
    assert f"another mirror works on this recording (pid {pid}). Next: stop it" in second.stderr


def test_the_parts_of_a_killed_serve_end_and_the_next_one_starts(harness):
    with client(harness.proxy) as browser:
        a_note(browser, "before")
    harness.serve.kill()
    harness.until(lambda: not any(harness.pids(part) for part in PARTS), "the parts are gone", 10)
    harness.begin()
    with client(harness.proxy) as browser:
        a_note(browser, "after")
    assert harness.all_judged()["totals"]["failed"] == 0
    assert harness.serve.stop() == 0
