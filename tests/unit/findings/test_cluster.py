"""From judgements to findings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.findings.cluster import seen_again, shape_of, sightings
from shadow.findings.finding import Finding
from shadow.words import FindingStatus, Outcome, Severity
from tests.support.judgements import SECOND_BUILD, a_difference, a_judgement, a_mismatch


def merged(*judgements) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for judgement in judgements:
        for sighting in sightings(judgement):
            found[sighting.finding] = seen_again(found.get(sighting.finding), sighting)
    return found


def test_places_that_differ_only_by_position_are_one_finding_seen_once_in_an_exchange():
    found = merged(a_mismatch(1, "json:$.runs[0].name", "json:$.runs[1].name"))
    (finding,) = found.values()
    assert finding.count == 1
    assert finding.place == "json:$.runs[*].name"


def test_routes_layers_kinds_and_places_tell_findings_apart():
    found = merged(
        a_mismatch(1),
        a_mismatch(2, route="orders.view"),
        a_mismatch(3, "json:$.other"),
        a_mismatch(4, differences=(a_difference(kind="missing"),), samples=()),
        a_mismatch(5, differences=(a_difference("header:x-a", layer="header"),), samples=()),
    )
    assert len(found) == 5


def test_a_clean_pair_shows_nothing():
    assert merged(a_judgement(1)) == {}


def test_the_worst_severity_stays():
    mild = a_difference(severity=Severity.COSMETIC)
    bad = a_difference(severity=Severity.BREAKING)
    found = merged(*(a_mismatch(n, differences=(one,), samples=()) for n, one in enumerate((mild, bad, mild), 1)))
    assert [one.severity for one in found.values()] == [Severity.BREAKING]


def test_builds_are_listed_once_in_the_order_of_their_first_sighting():
    (finding,) = merged(a_mismatch(1), a_mismatch(2, epoch=SECOND_BUILD), a_mismatch(3)).values()
    assert finding.builds == ("c1", "c2")


def test_a_finding_stays_small_whatever_traffic_does():
    (finding,) = merged(*(a_mismatch(n, shape=f"GET 2xx {n}") for n in range(500))).values()
    assert len(finding.shapes) == 50
    assert finding.count == 500


def test_a_shape_has_its_method_in_front_once():
    assert shape_of(a_judgement(method="POST", shape="2xx json")) == "POST 2xx json"
    assert shape_of(a_judgement(method="POST", shape="POST 2xx json")) == "POST 2xx json"
    assert shape_of(a_judgement(method="POST", shape="")) == "POST"


OUTCOMES = st.lists(st.sampled_from([Outcome.MISMATCH, Outcome.RACE, Outcome.CONSEQUENCE]), min_size=1, max_size=30)


@given(OUTCOMES)
def test_a_finding_blocks_exactly_when_it_was_once_seen_by_itself(outcomes):
    (finding,) = merged(*(a_mismatch(n, outcome=one) for n, one in enumerate(outcomes))).values()
    assert finding.blocking == (Outcome.MISMATCH in outcomes)
    assert finding.race_only == (set(outcomes) == {Outcome.RACE})
    assert finding.count == len(outcomes)


@given(OUTCOMES, st.randoms())
def test_the_order_of_the_sightings_changes_no_number(outcomes, random):
    judgements = [a_mismatch(n, outcome=one) for n, one in enumerate(outcomes)]
    shuffled = [*judgements]
    random.shuffle(shuffled)
    (one,), (other,) = merged(*judgements).values(), merged(*shuffled).values()
    assert (one.count, one.races, one.consequences) == (other.count, other.races, other.consequences)
    assert (one.first_seen, one.last_seen, one.status) == (other.first_seen, other.last_seen, FindingStatus.OPEN)
