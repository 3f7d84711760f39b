"""What the demo takes for a good run, and each way in which a run can be bad."""

from typing import Any

import pytest

from demo.faults import FAULTS
from demo.verdict import FINDABLE, complaints, settled

OUTCOMES = ("match", "noise", "accepted", "mismatch", "race", "consequence", "shed", "failed", "pending")


def counts(**given: int) -> dict[str, Any]:
    numbers = {**dict.fromkeys(OUTCOMES, 0), **given}
    return {"captured": sum(numbers.values()), "skipped": {}, **numbers}


def finding(name: str, **more: Any) -> dict[str, Any]:
    """A finding that shows the fault of this name."""
    fault = FAULTS[name]
    shown = {"route": fault.route, "layer": fault.layer, "kind": fault.kind, "place": fault.place}
    return {"id": f"f-{name}", "race_only": False, "status": "fixed", **shown, **more}


def report(**more: Any) -> dict[str, Any]:
    route = {"name": "home", "stage": "promoted", "reasons": [], "counts": counts(match=90, mismatch=10)}
    findings = [finding(name) for name in sorted(FINDABLE)]
    return {"findings": findings, "routes": [route], "totals": route["counts"], "tainted": "", **more}


def test_a_good_run_has_no_complaint():
    assert complaints(report(), 100, []) == []


def test_a_run_of_which_not_every_request_was_counted_is_judged_by_the_rest():
    assert complaints(report(), None, []) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"findings": []}, "was not found"),
        ({"tainted": "a write was lost"}, "tainted: a write was lost"),
        ({"totals": counts(match=100, shed=1)}, "1 exchanges shed"),
        ({"totals": counts(match=99)}, "100 requests were sent and 99 captured"),
        ({"totals": {**counts(match=99), "captured": 100}}, "the counts of all routes do not balance"),
    ],
)
def test_what_is_missing_is_said(more: dict[str, Any], said: str):
    assert any(said in text for text in complaints(report(**more), 100, []))


def test_a_route_that_is_left_behind_is_said_with_its_reasons():
    route = {"name": "home", "stage": "shadow", "reasons": ["too few pairs"], "counts": counts()}
    assert complaints(report(routes=[route]), 100, []) == ["home is in shadow: too few pairs"]


def test_a_failed_request_is_said_in_the_clients_words():
    assert complaints(report(), 100, ["home: status 500"]) == ["a client request failed: home: status 500"]


def test_a_finding_that_no_fault_explains_or_that_stays_open_is_said():
    name = min(FINDABLE)
    strange = {**finding(name), "route": "nowhere"}
    still_open = finding(name, status="open")
    told = complaints(report(findings=[*report()["findings"], strange, still_open]), 100, [])
    assert [text.split(":")[0] for text in told] == ["reported without a fault", "not fixed"]


def test_what_only_a_race_showed_is_no_complaint():
    strange = {**finding(min(FINDABLE)), "route": "nowhere", "race_only": True}
    assert complaints(report(findings=[*report()["findings"], strange]), 100, []) == []


@pytest.mark.parametrize(
    ("totals", "done"),
    [
        (counts(match=100), True),
        (counts(match=101), True),
        (counts(match=99), False),
        (counts(match=99, pending=1), False),
    ],
)
def test_a_run_is_settled_when_every_request_is_recorded_and_judged(totals: dict[str, Any], done: bool):
    assert settled(report(totals=totals), 100) is done
