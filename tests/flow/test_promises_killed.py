"""Promise 3: `kill -9` of any process while requests flow; every captured exchange still has exactly one outcome.

The tests of this file follow one another on one harness: two proxy processes, a mirror, a console.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shadow.exchange import Exchange
from shadow.recording.reader import scan
from shadow.store import open_store
from shadow.store.values import Phase
from tests.support.harness import ROOT, Harness, parts
from tests.support.people import a_note, client, load, write_and_read

# What a client may meet whose request was in flight in a killed proxy, or whose idle connection died with it.
CUT_OFF = {"RemoteProtocolError", "ReadError", "WriteError"}


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("killed"), workers=2, handover="1 s") as running:
        yield running


def back(harness: Harness, part: str, killed: list[int], count: int) -> None:
    """Wait until the supervisor has brought the part back, as other processes."""
    harness.until(lambda: len(set(harness.pids(part)) - set(killed)) == count, f"{part} is back")


def balanced(harness: Harness) -> dict[str, object]:
    """The report once everything that is in the recording is judged: each exchange once."""
    report = harness.until(lambda: quiet(harness), "everything is judged")
    for route in report["routes"]:
        assert route["counts"]["captured"] == sum(parts(route["counts"])), route["name"]
    assert report["totals"]["failed"] == 0
    records = list(scan(harness.folder / "recording"))
    ids = [record.id for record in records if isinstance(record, Exchange)]
    assert len(ids) == len(set(ids))
    assert report["totals"]["captured"] == len(ids) + report["totals"]["shed"]
    return dict(report)


def quiet(harness: Harness) -> dict[str, object] | None:
    """The report when nothing is pending and nothing more is coming."""
    first, second = harness.report(), harness.report()
    still = first["totals"] == second["totals"] and first["totals"]["pending"] == 0
    return second if still else None


def test_a_killed_console_costs_no_client_anything(harness):
    with load(harness.proxy, write_and_read) as during:
        harness.until(lambda: during.answered > 20, "load before the kill")
        back(harness, "console", harness.kill_part("console"), 1)
        at = during.answered
        harness.until(lambda: during.answered > at + 20, "load after the kill")
    assert during.troubles == []
    harness.until(lambda: answers(harness.console), "the console answers again")
    report = harness.all_judged()
    assert report["findings"] == []


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, verify=False).status_code == 401
    except httpx.HTTPError:
        return False


def test_a_killed_mirror_costs_no_client_anything_and_every_exchange_is_judged_once(harness):
    """Killed twice amid the load; a write that was being sent is skipped, and only that taints the world."""
    with load(harness.proxy, write_and_read) as during:
        for _ in range(2):
            at = during.answered
            harness.until(lambda at=at: during.answered > at + 20, "load before the kill")
            back(harness, "mirror", harness.kill_part("mirror"), 1)
    assert during.troubles == []
    report = harness.all_judged()
    balanced(harness)
    facts = {key: harness.facts(*key) for key in harness.apps}
    interrupted = report["totals"]["skipped"].get("interrupted", 0)
    assert bool(report["tainted"]) is bool(interrupted)
    # Each write landed once; one that was interrupted may have landed or not, nobody knows.
    live, shadow = facts["primary", "live"]["notes"], facts["candidate", "shadow"]["notes"]
    assert live - interrupted <= shadow <= live
    assert (facts["candidate", "live"]["requests"], facts["primary", "shadow"]["requests"]) == (0, 0)


def test_a_write_under_way_at_the_kill_is_interrupted_and_taints_the_world(harness):
    """The shadow world is stopped with a write on its way to it, so that the kill surely meets one."""
    before = harness.all_judged()["totals"]["skipped"].get("interrupted", 0)
    shadow = harness.apps["candidate", "shadow"]
    seen = harness.facts("candidate", "shadow")["requests"]
    shadow.kill(signal.SIGSTOP)
    with client(harness.proxy) as browser:
        assert browser.post("/notes", json={"text": "under way"}).status_code == 201
    store = harness.folder / "store" / "shadow.db"
    harness.until(lambda: intent(store), "the write is announced")
    back(harness, "mirror", harness.kill_part("mirror"), 1)
    shadow.kill(signal.SIGCONT)
    report = harness.all_judged()
    assert report["totals"]["skipped"]["interrupted"] == before + 1
    assert "was under way when the mirror was killed" in report["tainted"]
    assert harness.facts("candidate", "shadow")["requests"] <= seen + 1
    balanced(harness)


def intent(store: Path) -> bool:
    """True while a write copy is announced that has no outcome."""
    opened = open_store(f"sqlite:///{store}")
    try:
        return bool(opened.intents())
    finally:
        opened.close()


def test_after_a_lost_write_what_differs_is_a_consequence(harness):
    with client(harness.proxy) as browser:
        assert browser.get("/notes").status_code == 200
        a_note(browser, "later")
    report = harness.all_judged()
    assert report["totals"]["mismatch"] == 0
    assert not any(finding["blocking"] for finding in report["findings"])


def test_killed_proxies_cost_only_what_was_in_flight_in_them(harness):
    """One proxy of two is killed, then both: new connections wait in the queue of the socket."""
    with load(harness.proxy, write_and_read) as during:
        for victims in (1, 2):
            at = during.answered
            harness.until(lambda at=at: during.answered > at + 20, "load before the kill")
            killed = harness.pids("proxy")[:victims]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            back(harness, "proxy", killed, 2)
            harness.until(lambda: len(alive(harness)) == 2, "no handover waits for the dead")
            at = during.answered
            harness.until(lambda at=at: during.answered > at + 20, "load after the kill")
    # Each client has one connection; it can have died with each kill once.
    assert set(during.troubles) <= CUT_OFF
    assert len(during.troubles) <= 2 * 3
    balanced(harness)


def test_a_handover_whose_command_was_killed_is_cleared_by_itself(harness):
    """Killed while the entering side hangs: held requests go on, and the leaving side gets its state back."""
    entering = harness.apps["candidate", "live"]
    with load(harness.proxy, write_and_read) as during:
        entering.kill(signal.SIGSTOP)
        command = (sys.executable, "-m", "shadow", "promote", "notes", "--force", "--reason", "x")
        mover = subprocess.Popen([*command, "--config", str(harness.config)], cwd=ROOT, stderr=subprocess.DEVNULL)
        harness.until(lambda: phase(harness) is Phase.ENTERING, "the entering side is asked")
        mover.kill()
        mover.wait()
        entering.kill(signal.SIGCONT)
        harness.until(lambda: phase(harness) is None, "the handover is cleared")
        at = during.answered
        harness.until(lambda: during.answered > at + 20, "held requests go on")
    assert during.troubles == []
    facts = {key: harness.facts(*key) for key in harness.apps}
    assert {key for key, one in facts.items() if one["owner"]} == {("primary", "live"), ("candidate", "shadow")}
    with client(harness.proxy) as browser:
        assert [note for note in during.notes if browser.get(f"/notes/{note}").status_code != 200] == []
    assert harness.api("GET", "/api/ledger").json() == []


def alive(harness: Harness) -> list[str]:
    """The proxies that a handover waits for; who died without a good-bye is in the store for a day."""
    opened = open_store(f"sqlite:///{harness.folder}/store/shadow.db")
    try:
        return [beat.proxy for beat in opened.heartbeats()]
    finally:
        opened.close()


def phase(harness: Harness) -> Phase | None:
    """How far the handover of the group has come."""
    opened = open_store(f"sqlite:///{harness.folder}/store/shadow.db")
    try:
        found = opened.stages().handovers.get("notes")
        return None if found is None else found.phase
    finally:
        opened.close()


def test_shadow_serve_ends_in_order_and_nothing_is_left_running(harness):
    with client(harness.proxy) as browser:
        a_note(browser, "the last one")
    assert harness.serve.stop() == 0
    assert [part for part in ("proxy", "mirror", "console") if harness.pids(part)] == []
    report = harness.report()
    assert report["totals"]["captured"] == sum(parts(report["totals"]))
