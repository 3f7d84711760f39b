"""Promise 9: promotion and rollback under load fail no request and lose no update; all of it is in the ledger.

The tests of this file follow one another: the group goes forward, back, and forward again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.harness import Harness
from tests.support.people import client, load, sign_in, write_and_read

# So many pairs and a p95 can be told with the gate's confidence.
ENOUGH = 80


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("moves"), workers=2) as running:
        yield running


def ready(harness: Harness, name: str) -> None:
    """Everything is judged, and the gate says that every route of this unit is ready."""
    routes = harness.all_judged()["routes"]
    unready = {one["name"]: one["reasons"] for one in routes if name in (one["name"], one["group"]) and one["reasons"]}
    assert unready == {}


def under_load(harness: Harness, *command: str) -> list[str]:
    """Run a move while clients write and read notes; the notes made. No request may fail."""
    with load(harness.proxy, write_and_read) as during:
        harness.until(lambda: during.answered > 20, "load before the move")
        done = harness.shadow(*command)
        assert done.returncode == 0, done.stderr
        moved = during.answered
        harness.until(lambda: during.answered > moved + 40, "load after the move")
    assert during.troubles == []
    assert during.notes
    return during.notes


def served_by(harness: Harness, side: str, path: str = "/notes") -> bool:
    """True when the live process of this side answers this address now."""
    before = harness.facts(side, "live")["requests"]
    assert httpx.get(harness.proxy + path, trust_env=False, verify=False).status_code in (200, 401)
    return bool(harness.facts(side, "live")["requests"] == before + 1)


def test_a_member_alone_is_refused_and_a_misspelt_name_names_the_nearest(harness):
    alone = harness.shadow("promote", "notes.read")
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "moves with it. Next: name 'notes'" in alone.stderr
    misspelt = harness.shadow("promote", "nots")
    assert misspelt.returncode == 1
    assert "did you mean 'notes'?" in misspelt.stderr


def test_too_little_evidence_is_no_evidence_and_force_needs_a_reason(harness):
    early = harness.shadow("promote", "notes")
    assert early.returncode == 1
    assert "the gate says inconclusive" in early.stderr
    forced = harness.shadow("promote", "notes", "--force")
    assert forced.returncode == 1
    assert "needs a reason. Next: --force --reason WHY" in forced.stderr
    assert served_by(harness, "primary")


def test_a_group_with_state_is_promoted_under_load_and_loses_no_update(harness):
    with client(harness.proxy) as browser:
        ids = [browser.post("/notes", json={"text": "before"}).json()["id"] for _ in range(ENOUGH)]
        for note in ids:
            assert browser.get(f"/notes/{note}").status_code == 200
            assert browser.get("/notes").status_code == 200
    ready(harness, "notes")
    ids += under_load(harness, "promote", "notes", "--reason", "release 5")
    assert served_by(harness, "candidate")
    with client(harness.proxy) as browser:
        assert [note for note in ids if browser.get(f"/notes/{note}").status_code != 200] == []
        assert browser.get("/notes").json()["notes"] == len(ids)


def test_the_copies_go_the_other_way_now_and_both_worlds_agree(harness):
    report = harness.all_judged()
    assert report["findings"] == []
    assert report["tainted"] == ""
    notes = {one["name"]: one for one in report["routes"]}["notes.read"]
    assert (notes["stage"], notes["serving"]) == ("promoted", "candidate")
    facts = {key: harness.facts(*key) for key in harness.apps}
    assert facts["candidate", "live"]["notes"] == facts["primary", "shadow"]["notes"]
    owners = {key: (one["owner"], one["left"], one["entered"]) for key, one in facts.items()}
    assert owners == {
        ("primary", "live"): (False, 1, 0),
        ("candidate", "live"): (True, 0, 1),
        ("candidate", "shadow"): (False, 1, 0),
        ("primary", "shadow"): (True, 0, 1),
    }
    # Nobody ever touched a cache that it did not own, in the middle of the load either.
    assert [key for key, one in facts.items() if one["strayed"]] == []
    assert facts["candidate", "live"]["marked"] == facts["primary", "live"]["marked"] == 0


def test_a_rollback_under_load_fails_nothing_and_leaves_a_hold(harness):
    ids = under_load(harness, "rollback", "notes", "--reason", "just to see")
    assert served_by(harness, "primary")
    with client(harness.proxy) as browser:
        assert [note for note in ids if browser.get(f"/notes/{note}").status_code != 200] == []
    report = harness.all_judged()
    assert report["findings"] == []
    facts = {key: harness.facts(*key) for key in harness.apps}
    assert [key for key, one in facts.items() if one["strayed"]] == []
    assert {key for key, one in facts.items() if one["owner"]} == {("primary", "live"), ("candidate", "shadow")}
    assert facts["primary", "live"]["notes"] == facts["candidate", "shadow"]["notes"]


def test_a_hold_refuses_a_promotion_until_it_is_released(harness):
    for more in ((), ("--force", "--reason", "impatient")):
        refused = harness.shadow("promote", "notes", *more)
        assert refused.returncode == 1
        assert "hold" in refused.stderr
        assert "just to see" in refused.stderr
    assert harness.shadow("release", "notes", "--reason", "seen").returncode == 0
    assert harness.shadow("release", "notes").returncode == 1
    again = harness.shadow("promote", "notes", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["stage"] == "promoted"
    assert served_by(harness, "candidate")


def test_routes_without_state_move_by_themselves_and_sessions_live_on(harness):
    with client(harness.proxy) as browser:
        sign_in(browser, "ann")
        for _ in range(ENOUGH // 2):
            assert browser.get("/me").status_code == 200
            assert httpx.get(harness.proxy + "/me", trust_env=False, verify=False).status_code == 401
        ready(harness, "me")
        assert harness.shadow("promote", "me").returncode == 0
        harness.until(lambda: served_by(harness, "candidate", "/me"), "me is promoted")
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
        # Signed in by the primary, served by the candidate; the copies of both find the session of their world.
        sign_in(browser, "ann")
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
        harness.all_judged()
        assert harness.api("POST", "/api/rollback", json={"name": "me", "reason": "by console"}).status_code == 200
        harness.until(lambda: served_by(harness, "primary", "/me"), "me is rolled back", seconds=1.0)
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
    assert harness.all_judged()["findings"] == []


def test_every_move_is_in_the_ledger_with_who_why_and_the_evidence(harness):
    done = harness.shadow("ledger", "--json")
    assert done.returncode == 0, done.stderr
    entries = list(reversed(json.loads(done.stdout)))
    told = [(one["action"], one["name"], one["from"], one["to"], one["reason"]) for one in entries]
    assert told == [
        ("promote", "notes", "shadow", "promoted", "release 5"),
        ("rollback", "notes", "promoted", "shadow", "just to see"),
        ("release", "notes", "", "", "seen"),
        ("promote", "notes", "shadow", "promoted", ""),
        ("promote", "me", "shadow", "promoted", ""),
        ("rollback", "me", "promoted", "shadow", "by console"),
    ]
    assert entries[0]["evidence"]["verdict"] == "ready"
    assert entries[0]["evidence"]["routes"]["notes.read"]["clean"] >= ENOUGH
    assert not any(one["forced"] for one in entries)
    assert all(one["who"].endswith("@cli") or one["who"] == "console" for one in entries)
