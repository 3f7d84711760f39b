"""A new clone while clients work: nobody sees an error, nothing is lost, and the mirror begins anew."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.support.harness import Harness, parts
from tests.support.people import a_note, client, sign_in

CLONE = '[world]\nclone = "rm -rf state-shadow && cp -r state-live state-shadow && test -n \\"$SHADOW_CLONE_LIVE\\""\n'


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    extra = CLONE + 'live = "db://live"\nshadow = "db://shadow"\nhold = "20 s"'
    with Harness(tmp_path_factory.mktemp("resync"), extra=extra) as running:
        yield running


def test_a_world_that_has_gone_its_own_way_is_made_a_clone_again_while_clients_write(harness):
    with client(harness.proxy) as browser:
        sign_in(browser, "ann")
        a_note(browser, "before")
        harness.all_judged()
        # Past the harness: the shadow world knows nothing of it, and the next look at the number of notes differs.
        httpx.post(harness.url("primary", "live") + "/notes", json={"text": "past"}, trust_env=False).raise_for_status()
        assert browser.get("/notes").status_code == 200
        harness.until(
            lambda: [one for one in harness.report()["findings"] if one["route"] == "notes.count"], "a finding"
        )

        stop, written = threading.Event(), []

        def write() -> None:
            with client(harness.proxy) as other:
                while not stop.is_set():
                    written.append(a_note(other, f"meanwhile {len(written)}"))

        writer = threading.Thread(target=write)
        writer.start()
        harness.until(lambda: len(written) > 5, "a client writes")
        done = harness.shadow("resync", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["world"] == 2
        after = len(written)
        harness.until(lambda: len(written) > after + 5, "it writes on")
        stop.set()
        writer.join(20)
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
        assert browser.get("/notes").status_code == 200
    report = harness.settled(len(written) + 4)
    assert (
        harness.facts("candidate", "shadow")["notes"] == harness.facts("primary", "live")["notes"] == len(written) + 2
    )
    assert (report["epoch"]["world"], report["tainted"]) == (2, "")
    assert {one["count"] for one in report["findings"]} == {1}
    assert report["totals"]["failed"] == report["totals"]["mismatch"] - 1 == 0
    assert [harness.facts(side, "live")["strayed"] for side in ("primary", "candidate")] == [0, 0]
    assert harness.facts("candidate", "shadow")["owner"] is True


def test_the_aliases_of_the_new_world_can_be_looked_at(harness):
    before = harness.report()["totals"]
    with client(harness.proxy) as browser:
        note = a_note(browser, "named")
    harness.settled(before["captured"] + 1)
    shown = json.loads(harness.shadow("aliases", note, "--json").stdout)
    assert [(one["kind"], one["scope"], one["live"], one["route"]) for one in shown] == [
        ("objectid", "world", note, "notes.create")
    ]
    told = harness.shadow("aliases", shown[0]["shadow"])
    assert told.returncode == 0
    assert f"learned on route notes.create, in exchange {shown[0]['first']}" in told.stdout
    assert harness.shadow("aliases", "nobody").returncode == 1


def test_a_clone_that_fails_leaves_the_live_world_as_it_was_and_a_tainted_shadow(harness):
    text = harness.config.read_text()
    harness.config.write_text(text.replace("rm -rf state-shadow && cp", "exit 3; cp"))
    try:
        done = harness.shadow("resync", "--yes")
    finally:
        harness.config.write_text(text)
    assert done.returncode == 2
    assert "the clone command ended with exit code 3; the shadow world is tainted. Next: shadow resync" in done.stderr
    assert harness.report()["tainted"] == "a clone was begun and not finished"
    with client(harness.proxy) as browser:
        a_note(browser, "after")
    assert harness.shadow("resync", "--yes").returncode == 0
    harness.until(lambda: harness.report()["tainted"] == "", "a clone again")


@pytest.mark.soak
def test_a_resync_killed_amid_its_clone_holds_nobody_for_good_and_leaves_a_tainted_world(harness):
    """The clone command kills who has started it; the holds end by their deadline, and no mismatch counts."""
    text, before = harness.config.read_text(), harness.report()["totals"]
    harness.config.write_text(text.replace("rm -rf", "kill -9 $PPID; rm -rf").replace('hold = "20 s"', 'hold = "1 s"'))
    try:
        assert harness.shadow("resync", "--yes").returncode == -signal.SIGKILL
    finally:
        harness.config.write_text(text)
    with client(harness.proxy) as browser:
        a_note(browser, "held")
        httpx.post(harness.url("primary", "live") + "/notes", json={"text": "past"}, trust_env=False).raise_for_status()
        assert browser.get("/notes").status_code == 200
    report = harness.settled(before["captured"] + 2)
    assert report["tainted"] == "a clone was begun and not finished"
    assert (report["totals"]["mismatch"] - before["mismatch"], report["totals"]["consequence"]) == (0, 1)
    assert harness.facts("primary", "live")["owner"] is True


def test_a_mirror_killed_while_a_clone_is_made_begins_with_the_new_world(harness):
    """It finds the pause when it comes back, and what was served before is part of the clone."""
    text, before = harness.config.read_text(), harness.report()["totals"]
    harness.config.write_text(text.replace("rm -rf", "kill -9 $(cat mirror.pid); rm -rf"))
    (harness.folder / "mirror.pid").write_text(str(harness.pids("mirror")[0]))
    try:
        done = harness.shadow("resync", "--yes", "--json")
    finally:
        harness.config.write_text(text)
    assert done.returncode == 0, done.stderr
    with client(harness.proxy) as browser:
        a_note(browser, "after")
        assert browser.get("/notes").status_code == 200
    report = harness.settled(before["captured"] + 2)
    assert (report["tainted"], report["epoch"]["world"]) == ("", json.loads(done.stdout)["world"])
    assert (report["totals"]["mismatch"] - before["mismatch"], report["totals"]["failed"]) == (0, 0)
    assert report["totals"]["captured"] == sum(parts(report["totals"]))
