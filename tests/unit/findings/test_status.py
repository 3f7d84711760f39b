"""When a finding is fixed, over any sequence of builds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.findings.cluster import seen_again, sightings
from shadow.findings.finding import Acceptance, Finding
from shadow.findings.status import ENOUGH, settled, signed
from shadow.words import FindingStatus, Severity
from tests.support.judgements import a_mismatch

BUILDS = ["b1", "b2", "b3"]
FINDING = Finding(
    "f1", "orders.list", "json", "value", "json:$.a", "1", "2", Severity.VISIBLE, 1.0, 2.0, count=1, builds=("b1",)
)


def after(finding, build, compared, builds=BUILDS):
    return settled(finding, build, builds, lambda _: compared).status


def test_enough_exchanges_of_a_newer_build_without_it_fix_it():
    assert after(FINDING, "b2", ENOUGH) is FindingStatus.FIXED
    assert after(replace(FINDING, status=FindingStatus.REOPENED), "b3", ENOUGH) is FindingStatus.FIXED


@pytest.mark.parametrize(
    ("finding", "build", "compared"),
    [
        (FINDING, "b2", ENOUGH - 1),
        (FINDING, "b1", 10 * ENOUGH),
        (FINDING, "", 10 * ENOUGH),
        (FINDING, "never seen", 10 * ENOUGH),
        (replace(FINDING, builds=("b1", "b3")), "b2", 10 * ENOUGH),
    ],
)
def test_otherwise_it_stays_open(finding, build, compared):
    assert after(finding, build, compared) is FindingStatus.OPEN


def test_an_accepted_finding_is_left_to_whoever_signed_it():
    accepted = signed(FINDING, Acceptance("ui", 1.0, "approved"))
    assert after(accepted, "b2", 10 * ENOUGH) is FindingStatus.ACCEPTED


def test_a_fixed_finding_blocks_nothing_and_blocks_again_when_it_comes_back():
    fixed = settled(FINDING, "b2", BUILDS, lambda _: ENOUGH)
    assert not fixed.blocking
    (sighting,) = sightings(a_mismatch(1))
    assert seen_again(fixed, sighting).status is FindingStatus.REOPENED
    assert seen_again(fixed, sighting).blocking
