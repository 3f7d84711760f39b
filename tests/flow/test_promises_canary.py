"""A canary on real processes: clients, not requests, are shared out, and a share that grows sends nobody back.

The tests of this file follow one another: one route goes from its first share to promoted, and back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle

import httpx
import pytest

from shadow.exchange import Exchange
from shadow.recording.reader import scan
from shadow.recording.seal import Sealer
from shadow.standing import bucket
from shadow.words import Side, Stage
from tests.support.harness import Harness
from tests.support.people import Load, client, load, sign_in

PEOPLE = 30
CONFIGURED = """
[canary]
min_pairs = 25
min_span = "0 s"
steps = [30, 60]

[auto]
window = "00:00-24:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
cooldown = "0 s"

# Too few sign in for its gate before the last test.
[groups.login]
auto = true
"""


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("canary"), workers=2, extra=CONFIGURED) as running:
        yield running


@pytest.fixture(scope="module")
def people(harness) -> Iterator[list[httpx.Client]]:
    """Signed in once, by the primary; every later answer shows that they still are."""
    browsers = [client(harness.proxy) for _ in range(PEOPLE)]
    for number, browser in enumerate(browsers):
        sign_in(browser, f"person {number}")
        for _ in range(3):
            assert browser.get("/me").status_code == 200
    yield browsers
    for browser in browsers:
        browser.close()


def move(harness: Harness, verb: str, **told: object) -> httpx.Response:
    """Ask the console's API for a move, which is what the command line does, without starting a process."""
    return harness.api("POST", f"/api/{verb}", json=told)


def under_load(harness: Harness, people: list[httpx.Client], verb: str = "", **told: object) -> None:
    """Let all the people ask, and make a move meanwhile; no request may fail, and everyone stays signed in."""
    turns = cycle(people)

    def turn(_own: httpx.Client, during: Load) -> None:
        during.did(next(turns).get("/me"), 200)

    with load(harness.proxy, turn) as during:
        harness.until(lambda: during.answered > PEOPLE, "load before the move")
        if verb:
            done = move(harness, verb, **told)
            assert done.status_code == 200, done.text
        moved = during.answered
        # More than twice round: once every proxy knows, everybody has asked again.
        harness.until(lambda: during.answered > moved + 3 * PEOPLE, "load after the move")
    assert during.troubles == []


def served(harness: Harness) -> dict[str, list[tuple[Stage, Side]]]:
    """Client key to the stage and serving side of its requests for `me`, in the order of their answers."""
    harness.all_judged()
    sealer = Sealer.load(harness.folder / "recording.key", (), create=False)
    records = [one for one in scan(harness.folder / "recording", sealer) if isinstance(one, Exchange)]
    found = defaultdict(list)
    for one in sorted(records, key=lambda one: one.ended):
        if one.route == "me":
            found[one.client_key].append((one.stage, one.serving))
    return found


def until_enough(harness: Harness, people: list[httpx.Client]) -> None:
    """Let everybody ask until the present share has shown what the next step needs."""

    def asked() -> bool:
        assert {browser.get("/me").status_code for browser in people} == {200}
        return not me(harness)["lacking"]

    harness.until(asked, "enough pairs at this share")


def me(harness: Harness) -> dict[str, object]:
    [found] = [one for one in harness.report()["routes"] if one["name"] == "me"]
    return found


def test_a_group_with_state_has_no_canary(harness):
    refused = harness.shadow("promote", "notes", "--to", "canary:5", "--force", "--reason", "x")
    assert refused.returncode == 1
    assert "keeps state in process memory" in refused.stderr


def test_a_dry_run_refuses_or_tells_as_the_move_would_and_changes_nothing(harness, people):
    early = harness.shadow("promote", "slow", "--to", "canary", "--dry-run")
    assert early.returncode == 1
    assert "the gate says inconclusive" in early.stderr
    harness.all_judged()
    told = move(harness, "promote", name="me", to="canary", dry_run=True).json()
    assert (told["from"], told["stage"], told["dry_run"]) == ("shadow", "canary:30", True)
    assert told["routes"]["me"]["verdict"] == "ready"
    handover = harness.shadow("promote", "notes", "--force", "--reason", "x", "--dry-run")
    assert handover.returncode == 0, handover.stderr
    assert f"POST /leave at {harness.url('primary', 'live')}" in handover.stdout
    assert harness.facts("primary", "live")["left"] == 0
    assert move(harness, "rollback", name="me", dry_run=True).status_code == 409
    assert harness.api("GET", "/api/ledger").json() == []
    assert me(harness)["stage"] == "shadow"


def test_while_all_is_frozen_nothing_moves_forward(harness):
    assert harness.shadow("freeze", "--reason", "holidays").returncode == 0
    refused = move(harness, "promote", name="me", to="canary:30")
    assert refused.status_code == 409
    assert "frozen by" in refused.text
    assert harness.report()["frozen"] == "holidays"
    assert harness.shadow("unfreeze").returncode == 0


def test_a_share_of_the_clients_is_served_by_the_candidate(harness, people):
    done = harness.shadow("promote", "me", "--to", "canary:30")
    assert done.returncode == 0, done.stderr
    early = move(harness, "promote", name="me", to="canary:60")
    assert early.status_code == 409
    assert "0 of 25 clean pairs served by the candidate at 30 %" in early.text
    under_load(harness, people)
    sides = {key: {side for stage, side in found if stage is Stage.CANARY} for key, found in served(harness).items()}
    sides = {key: found for key, found in sides.items() if found}
    assert len(sides) == PEOPLE
    assert sides == {key: {Side.CANDIDATE if bucket(key) < 30 else Side.PRIMARY} for key in sides}
    # The chance that 30 clients at 30 % fall outside of this is one in three thousand.
    assert 2 <= sum(found == {Side.CANDIDATE} for found in sides.values()) <= 19


def test_who_served_is_who_is_recorded_and_the_copies_went_to_the_other_side(harness):
    report = harness.all_judged()
    assert report["findings"] == []
    route = me(harness)
    assert (route["stage"], route["share"], route["verdict"]) == ("canary", 30, "ready")
    by_candidate = sum(side is Side.CANDIDATE for found in served(harness).values() for _, side in found)
    assert harness.facts("candidate", "live")["requests"] == by_candidate > 0
    assert harness.facts("primary", "shadow")["requests"] == by_candidate
    assert route["counts"]["match"] == route["counts"]["captured"]


def test_a_share_that_grows_adds_clients_and_sends_nobody_back(harness, people):
    until_enough(harness, people)
    under_load(harness, people, "promote", name="me", to="canary:60")
    until_enough(harness, people)
    under_load(harness, people, "promote", name="me")
    for key, found in served(harness).items():
        sides = [side for _, side in found]
        assert sides == sorted(sides, reverse=True), key  # primary first, then candidate to the end
        assert sides[-1] is Side.CANDIDATE
    assert me(harness)["stage"] == "promoted"
    assert me(harness)["share"] is None


def test_the_way_back_is_open_and_every_step_is_in_the_ledger(harness, people):
    under_load(harness, people, "rollback", name="me", reason="just to see")
    assert all(found[-1] == (Stage.SHADOW, Side.PRIMARY) for found in served(harness).values())
    assert harness.all_judged()["findings"] == []
    entries = list(reversed(harness.api("GET", "/api/ledger").json()))
    assert [(one["action"], one["from"], one["to"]) for one in entries] == [
        ("freeze", "", ""),
        ("unfreeze", "", ""),
        ("promote", "shadow", "canary:30"),
        ("promote", "canary:30", "canary:60"),
        ("promote", "canary:60", "promoted"),
        ("rollback", "promoted", "shadow"),
    ]
    assert not any(one["forced"] for one in entries)


def test_what_has_auto_goes_up_its_ramp_by_itself_once_it_is_ready(harness):
    for number in range(10):
        with client(harness.proxy) as browser:
            sign_in(browser, f"late {number}")

    def moved() -> list[dict[str, object]]:
        return [one for one in harness.api("GET", "/api/ledger").json() if one["who"] == "auto"]

    [entry] = harness.until(moved, "the hour of login has come")
    assert (entry["name"], entry["from"], entry["to"], entry["forced"]) == ("login", "shadow", "canary:30", False)
