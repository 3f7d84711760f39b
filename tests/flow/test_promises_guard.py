"""The guard takes a promotion back by itself: a candidate that dies, hangs or differs serves nobody for long.

The tests of this file follow one another on one harness.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.support.harness import Harness

FORCED = ("--force", "--reason", "to see the guard at work")


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("guard"), workers=2) as running:
        yield running


def promoted(harness: Harness, name: str) -> None:
    done = harness.shadow("promote", name, *FORCED)
    assert done.returncode == 0, done.stderr


def taken_back(harness: Harness, name: str) -> str:
    """Wait until the guard has rolled the unit back; its reason."""

    def hold() -> str:
        routes = [one for one in harness.report()["routes"] if name in (one["name"], one["group"])]
        return str(routes[0]["hold"]) if {one["stage"] for one in routes} == {"shadow"} else ""

    return str(harness.until(hold, f"{name} is taken back", seconds=10.0))


def ask(harness: Harness, method: str, path: str, **options: object) -> int:
    return httpx.request(method, harness.proxy + path, trust_env=False, verify=False, timeout=30, **options).status_code


def test_a_route_without_state_goes_back_after_three_failures_that_no_client_saw(harness):
    promoted(harness, "me")
    harness.apps["candidate", "live"].kill()
    assert [ask(harness, "GET", "/me") for _ in range(3)] == [401, 401, 401]
    assert "the candidate failed 3 times within 60 s" in taken_back(harness, "me")
    harness.apps["candidate", "live"].start()
    harness.await_app("candidate", "live")


def test_a_group_whose_owner_died_goes_back_by_force(harness):
    promoted(harness, "notes")
    assert ask(harness, "POST", "/notes", json={"text": "a"}) == 201
    harness.apps["candidate", "live"].kill()
    assert [ask(harness, "POST", "/notes", json={"text": "b"}) for _ in range(3)] == [502, 502, 502]
    assert "the candidate failed" in taken_back(harness, "notes")
    harness.until(lambda: ask(harness, "POST", "/notes", json={"text": "c"}) == 201, "the primary serves again", 2.0)
    harness.apps["candidate", "live"].start()
    harness.await_app("candidate", "live")


def test_the_guard_sees_failures_while_the_mirrored_side_hangs(harness):
    """Nothing is judged then, so only the recording can tell."""
    assert harness.shadow("release", "me", "--reason", "again").returncode == 0
    promoted(harness, "me")
    harness.apps["primary", "shadow"].kill(signal.SIGSTOP)
    try:
        harness.apps["candidate", "live"].kill()
        assert [ask(harness, "GET", "/me") for _ in range(3)] == [401, 401, 401]
        assert "the candidate failed" in taken_back(harness, "me")
    finally:
        harness.apps["primary", "shadow"].kill(signal.SIGCONT)


def test_a_share_of_the_clients_goes_back_as_well(harness):
    """The candidate is still dead; safe requests go past it, and the guard counts them all the same."""
    assert harness.shadow("release", "me", "--reason", "again").returncode == 0
    done = harness.shadow("promote", "me", "--to", "canary:50", *FORCED)
    assert done.returncode == 0, done.stderr
    strangers = [{"cookie": f"session={number}"} for number in range(40)]
    assert {ask(harness, "GET", "/me", headers=headers) for headers in strangers} == {401}
    assert "the candidate failed" in taken_back(harness, "me")


def test_the_ledger_names_the_guard_and_its_reason(harness):
    entries = json.loads(harness.shadow("ledger", "--json").stdout)
    moves = [(one["name"], one["forced"]) for one in entries if one["who"] == "guard"]
    assert moves == [("me", False), ("me", False), ("notes", True), ("me", False)]
    assert all("the candidate failed" in one["reason"] for one in entries if one["who"] == "guard")
