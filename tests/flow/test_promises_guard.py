"""The guard takes a promotion back by itself: a candidate that dies, hangs or differs serves nobody for long.

The tests of this file follow one another on one harness.
"""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from shadow.exchange import Exchange
from shadow.recording.reader import scan
from shadow.words import Side
from tests.support.harness import Harness
from tests.support.people import Load, load

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


def by_process(harness: Harness, side: Side, since: float) -> dict[str, float]:
    """Each proxy process for which this side served `me` since then, and when (unix s) it last began to."""
    found: dict[str, float] = {}
    for one in scan(harness.folder / "recording"):
        if isinstance(one, Exchange) and (one.route, one.serving) == ("me", side) and one.started_at > since:
            found[one.writer] = max(found.get(one.writer, 0.0), one.started_at)
    return found


def at_of(log: str, event: str) -> float:
    """When (unix s) the last event of this name was logged."""
    (*_, line) = (one for one in log.splitlines() if f"event={event} " in one)
    return datetime.fromisoformat(re.search(r"timestamp=(\S+)", line)[1]).timestamp()


def test_a_route_without_state_goes_back_after_three_failures_that_no_client_saw(harness):
    promoted(harness, "me")
    harness.apps["candidate", "live"].kill()
    assert [ask(harness, "GET", "/me") for _ in range(3)] == [401, 401, 401]
    assert "the candidate failed 3 times within 60 s" in taken_back(harness, "me")
    harness.apps["candidate", "live"].start()
    harness.await_app("candidate", "live")


def test_every_proxy_process_follows_within_a_second_of_the_guards_decision(harness):
    """Each of the two is asked all the time, over new connections, and records what it takes for the serving side."""
    assert harness.shadow("release", "me", "--reason", "again").returncode == 0

    def ask_anew(browser: httpx.Client, load: Load) -> None:
        load.did(browser.get("/me", headers={"connection": "close"}), 401)

    promoted(harness, "me")
    since = time.time()
    with load(harness.proxy, ask_anew) as during:
        harness.until(lambda: len(by_process(harness, Side.CANDIDATE, since)) == 2, "both serve from the candidate")
        harness.apps["candidate", "live"].kill()
        taken_back(harness, "me")
        decided = at_of(harness.serve.output(), "guard.breach")
        harness.until(lambda: len(by_process(harness, Side.PRIMARY, decided)) == 2, "both serve from the primary")
    harness.apps["candidate", "live"].start()
    harness.await_app("candidate", "live")
    # An answer of which the killed application had sent a part is cut off, never ended as if it were whole.
    assert [one for one in during.troubles if "RemoteProtocolError" not in one] == []
    latest = by_process(harness, Side.CANDIDATE, since)
    assert {process: at - decided for process, at in latest.items() if at - decided >= 1.0} == {}


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
    assert moves == [("me", False), ("me", False), ("notes", True), ("me", False), ("me", False)]
    assert all("the candidate failed" in one["reason"] for one in entries if one["who"] == "guard")
