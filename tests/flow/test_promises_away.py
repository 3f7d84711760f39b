"""Promises 2 and 10: whatever is hung, dead or gone beside the serving side, clients do not notice it.

The tests of this file follow one another on one harness; each leaves it as it was, but for what it says.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from statistics import median

import httpx
import pytest

from tests.support.harness import Harness
from tests.support.people import a_note, client, sign_in

SHADOW = ("candidate", "shadow")
# What happens to a promotion whose candidate dies is another file's subject (test_promises_guard.py).
UNGUARDED = "[guard]\nenabled = false"


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("away"), extra=UNGUARDED) as running:
        yield running


def typical(browser: httpx.Client, times: int = 40) -> float:
    """The median of so many requests' durations, in seconds; each must be answered."""
    found = []
    for _ in range(times):
        began = time.monotonic()
        assert browser.get("/slow").text == "done"
        found.append(time.monotonic() - began)
    return median(found)


def logged(harness: Harness, event: str) -> int:
    return harness.serve.output().count(f"event={event}")


def pending(harness: Harness) -> int:
    return int(harness.report()["totals"]["pending"])


def stage_of(harness: Harness, name: str) -> str:
    return str(next(one for one in harness.report()["routes"] if one["name"] == name)["stage"])


def test_a_hung_mirrored_side_delays_no_client_and_costs_no_evidence(harness):
    with client(harness.proxy) as browser:
        usual = typical(browser)
        a_note(browser, "before")
        harness.all_judged()
        harness.apps[SHADOW].kill(signal.SIGSTOP)
        hung = typical(browser)
        harness.until(lambda: logged(harness, "mirror.paused"), "the mirror pauses")
        for number in range(5):
            a_note(browser, f"while it hangs {number}")
        assert typical(browser) < 3 * usual + 0.02
        assert hung < 3 * usual + 0.02
        harness.until(lambda: pending(harness) > 80, "the recording waits")
        harness.apps[SHADOW].kill(signal.SIGCONT)
    report = harness.all_judged()
    assert logged(harness, "mirror.resumed") == 1
    assert report["findings"] == []
    assert report["tainted"] == ""
    assert report["totals"]["match"] + report["totals"]["noise"] == report["totals"]["captured"]
    assert harness.facts(*SHADOW)["notes"] == harness.facts("primary", "live")["notes"] == 6


def test_a_dead_mirrored_side_is_waited_for(harness):
    """Killed and started again: what was served meanwhile is judged when it is back."""
    harness.all_judged()
    before = logged(harness, "mirror.paused")
    harness.apps[SHADOW].kill()
    with client(harness.proxy) as browser:
        sign_in(browser, "ann")
        assert typical(browser) < 1.0
        harness.until(lambda: logged(harness, "mirror.paused") > before, "the mirror pauses")
        sign_in(browser, "ann")
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
    harness.until(lambda: pending(harness) >= 45, "the recording waits")
    harness.apps[SHADOW].start()
    harness.await_app(*SHADOW)
    report = harness.all_judged()
    assert report["findings"] == []
    assert report["tainted"] == ""


def test_a_request_that_hangs_at_the_candidate_alone_stops_nobody(harness):
    """Two seconds and it counts as unanswered; what comes behind it is mirrored all the same."""
    with client(harness.proxy) as browser:
        assert browser.get("/slow?candidate=30").text == "done"
        sign_in(browser, "bob")
    report = harness.all_judged()
    (finding,) = report["findings"]
    assert (finding["route"], finding["kind"], finding["count"]) == ("slow", "unanswered", 1)
    assert harness.shadow("findings", "accept", finding["id"], "--reason", "meant to hang").returncode == 0


def test_a_dead_candidate_on_a_promoted_route_is_answered_for_by_the_primary(harness):
    """Reads only; each one counts as the candidate's failure."""
    with client(harness.proxy) as browser:
        sign_in(browser, "carla")
        assert harness.shadow("promote", "me", "--force", "--reason", "to see it fail").returncode == 0
        asked = harness.facts("candidate", "live")["requests"]
        harness.until(
            lambda: browser.get("/me").status_code == 200 and harness.facts("candidate", "live")["requests"] > asked,
            "me is served by the candidate",
        )
        harness.all_judged()
        harness.apps["candidate", "live"].kill()
        for _ in range(5):
            assert browser.get("/me").text == "<h1>Hello carla</h1>"

    def fallen() -> list[dict[str, object]]:
        return [one for one in harness.report()["findings"] if one["route"] == "me"]

    harness.until(lambda: sum(one["count"] for one in fallen()) == 5, "five failures are told")
    (finding,) = fallen()
    assert (finding["kind"], finding["severity"], finding["blocking"]) == ("unanswered", "breaking", True)
    assert finding["samples"][0]["candidate"].startswith("no answer")
    reasons = next(one for one in harness.report()["routes"] if one["name"] == "me")["reasons"]
    assert any("5" in reason and "candidate" in reason for reason in reasons), reasons


def test_the_proxy_serves_on_with_store_mirror_console_and_candidate_all_gone(harness):
    """The candidate is dead from the test before; the store's folder becomes a file, so nothing can open it."""
    harness.apps[SHADOW].kill()
    folder = harness.folder / "store"
    folder.rename(harness.folder / "store-away")
    folder.write_text("not a folder")
    (proxy,) = harness.pids("proxy")
    harness.kill_part("mirror")
    harness.kill_part("console")
    with client(harness.proxy) as browser:
        # The last stage map is still in force: `me` is promoted, so the candidate is asked first.
        sign_in(browser, "dora")
        assert browser.get("/me").text == "<h1>Hello dora</h1>"
        assert typical(browser) < 1.0
    harness.until(lambda: logged(harness, "serve.died") >= 3, "mirror and console cannot come back")
    assert harness.pids("proxy") == [proxy]


def test_a_proxy_that_starts_without_any_store_serves_everything_from_the_primary(harness):
    harness.kill_part("proxy")
    with client(harness.proxy) as browser:
        sign_in(browser, "emma")
        assert browser.get("/me").text == "<h1>Hello emma</h1>"
        assert browser.get("/notes").status_code == 200
    assert harness.serve.popen is not None
    assert harness.serve.popen.poll() is None


def test_when_all_is_back_everything_is_judged(harness):
    (harness.folder / "store").unlink()
    (harness.folder / "store-away").rename(harness.folder / "store")
    for key in (SHADOW, ("candidate", "live")):
        harness.apps[key].start()
        harness.await_app(*key)
    report = harness.until(lambda: judged(harness), "everything is judged")
    assert report["totals"]["failed"] == 0
    assert report["tainted"] == ""
    assert stage_of(harness, "me") == "promoted"
    # The signed-in sessions of the time without a store exist in the shadow world as well.
    sessions = [path.read_text() for path in (harness.folder / "state-shadow").glob("session-*")]
    assert {name for name in ("dora", "emma") for text in sessions if f'"{name}"' in text} == {"dora", "emma"}


def judged(harness: Harness) -> dict[str, object] | None:
    """The report when the mirror is back and has nothing left to do."""
    report = harness.report()
    return report if len(harness.pids("mirror")) == 1 and report["totals"]["pending"] == 0 else None


def test_upstreams_that_are_not_there_are_a_warning_and_no_refusal(tmp_path):
    harness = Harness(tmp_path)
    try:
        harness.begin()
        assert httpx.get(harness.proxy + "/me", trust_env=False, verify=False).status_code == 502
        doctor = harness.shadow("doctor")
        assert doctor.returncode == 1
        for side in ("primary live", "primary shadow", "candidate live", "candidate shadow"):
            assert f"look  {side}: " in doctor.stdout
        assert "does not answer (ConnectError). Next: start it, or mend [primary]" in doctor.stdout
        status = harness.shadow("status")
        assert status.returncode == 1
        assert "primary live: " in status.stderr
        assert "does not answer" in status.stderr
        assert "notes.read" in status.stdout
    finally:
        assert harness.serve.stop() == 0
