"""Conformance: findings, samples, triage."""

from __future__ import annotations

import pytest

from shadow.errors import NotFound
from shadow.findings.cluster import MORE_PLACES
from shadow.findings.finding import Acceptance
from shadow.store import batch
from shadow.store.values import KnownAlias
from shadow.words import FindingStatus, Outcome
from tests.support.judgements import FIRST_BUILD, SECOND_BUILD, a_difference, a_judgement, a_mismatch, a_sample

SIGNED = Acceptance("ui", 5.0, "approved with the port")


def test_equal_differences_are_one_finding(store, record):
    record(a_mismatch(1), a_mismatch(2), a_mismatch(3, "json:$.other"))
    first, second = store.findings()
    assert (first.count, first.first_seen, first.last_seen) == (2, 1001.0, 1002.0)
    assert (second.count, second.place) == (1, "json:$.other")
    assert first.builds == ("c1",)


def test_findings_of_a_route_can_be_asked_for(store, record):
    record(a_mismatch(1), a_mismatch(2, route="orders.view"))
    assert [one.route for one in store.findings("orders.view")] == ["orders.view"]


def test_a_finding_is_found_by_the_beginning_of_its_id(store, record):
    record(a_mismatch(1))
    (finding,) = store.findings()
    assert store.finding(finding.id[:6]) == store.finding(finding.id) == finding


@pytest.mark.parametrize("name", ["", "no-such", "%"])
def test_an_unknown_finding_is_not_found(store, record, name):
    record(a_mismatch(1))
    with pytest.raises(NotFound, match="findings list"):
        store.finding(name)


def test_a_finding_keeps_five_samples_of_its_latest_build_the_newest_first(store, record):
    record(*(a_mismatch(n) for n in range(1, 9)))
    finding = store.findings()[0].id
    assert [one.exchange for one in store.samples(finding)] == ["X8", "X5", "X4", "X3", "X2"]
    record(a_mismatch(9, epoch=SECOND_BUILD))
    assert [one.exchange for one in store.samples(finding)] == ["X9"]


def test_of_five_samples_the_oldest_makes_room_for_the_last_of_each_batch(store, record):
    for first in (30, 20, 10, 40, 50):
        # Names are no order: the oldest is the one that was recorded first.
        record(a_mismatch(first, writer=f"w{first}"))
    finding = store.findings()[0].id
    record(*(a_mismatch(n) for n in range(1, 5)))
    assert [one.exchange for one in store.samples(finding)] == ["X4", "X50", "X40", "X10", "X20"]
    record(a_mismatch(5), a_mismatch(6, samples=(a_sample("X10", request={"target": "/"}),)))
    assert [one.exchange for one in store.samples(finding)] == ["X5", "X4", "X50", "X40", "X10"]
    record(a_mismatch(7), a_mismatch(8, samples=(a_sample("X9", request={}),)))
    assert [one.exchange for one in store.samples(finding)] == ["X7", "X5", "X4", "X50", "X40"]


def test_a_sample_comes_back_whole(store, record):
    sample = a_sample("X1", request={"target": "/ü?a=1", "headers": [["Host", "x"]]})
    record(a_mismatch(1, samples=(sample,)))
    assert store.samples(store.findings()[0].id) == [sample]


def test_an_empty_sample_takes_no_place(store, record):
    record(a_mismatch(1, samples=(a_sample("X1", request={}),)))
    assert store.samples(store.findings()[0].id) == []


def test_a_finding_is_fixed_once_a_newer_build_shows_it_no_more(store, record):
    record(a_mismatch(1))
    record(*(a_judgement(n, epoch=SECOND_BUILD) for n in range(2, 31)))
    assert store.findings()[0].status is FindingStatus.OPEN
    record(a_judgement(31, epoch=SECOND_BUILD))
    assert store.findings()[0].status is FindingStatus.FIXED


def test_exchanges_of_another_shape_fix_nothing(store, record):
    record(a_mismatch(1))
    record(*(a_judgement(n, epoch=SECOND_BUILD, shape="GET 4xx html") for n in range(2, 100)))
    assert store.findings()[0].status is FindingStatus.OPEN


def test_a_finding_without_an_answer_is_fixed_by_exchanges_that_begin_alike(store, record):
    """An unanswered copy has only the beginning of a shape."""
    record(a_mismatch(1, shape="GET 2xx"))
    record(*(a_judgement(n, epoch=SECOND_BUILD, shape="GET 2xx anonymous text/html page") for n in range(2, 40)))
    assert store.findings()[0].status is FindingStatus.FIXED


def test_findings_of_a_route_are_bounded_and_the_rest_share_one(store, record, monkeypatch):
    monkeypatch.setattr(batch, "ROOM", 3)
    record(*(a_mismatch(n, f"json:$.{word}") for n, word in enumerate(["a", "b", "c", "d", "e"], 1)))
    found = store.findings()
    assert [one.place for one in found] == ["json:$.a", "json:$.b", "json:$.c", MORE_PLACES]
    assert found[-1].count == 2
    assert found[-1].blocking


def test_the_same_build_fixes_nothing(store, record):
    record(a_mismatch(1), *(a_judgement(n) for n in range(2, 100)))
    assert store.findings()[0].status is FindingStatus.OPEN


def test_an_older_build_fixes_nothing(store, record):
    record(a_judgement(1), a_mismatch(2, epoch=SECOND_BUILD))
    record(*(a_judgement(n, epoch=FIRST_BUILD) for n in range(3, 100)))
    assert store.findings()[0].status is FindingStatus.OPEN


def test_a_fixed_finding_that_comes_back_is_reopened(store, record):
    record(a_mismatch(1), *(a_judgement(n, epoch=SECOND_BUILD) for n in range(2, 40)))
    record(a_mismatch(40, epoch=SECOND_BUILD))
    (finding,) = store.findings()
    assert finding.status is FindingStatus.REOPENED
    assert finding.builds == ("c1", "c2")


def test_a_signature_accepts_and_taking_it_back_opens_again(store, record):
    record(a_mismatch(1))
    finding = store.findings()[0].id
    assert store.accept(finding, SIGNED).status is FindingStatus.ACCEPTED
    assert store.finding(finding).accepted == SIGNED
    assert store.accept(finding, None).status is FindingStatus.OPEN


def test_an_accepted_finding_stays_accepted_and_ends_no_attempt(store, record):
    record(a_mismatch(1))
    store.accept(store.findings()[0].id, SIGNED)
    record(a_judgement(2), a_mismatch(3))
    assert store.findings()[0].status is FindingStatus.ACCEPTED
    (tally,) = store.tallies()
    assert (tally.attempt, tally.clean) == (2, 1)


def test_one_unaccepted_difference_beside_an_accepted_one_ends_the_attempt(store, record):
    record(a_mismatch(1))
    store.accept(store.findings()[0].id, SIGNED)
    record(a_judgement(2), a_mismatch(3, "json:$.name", "json:$.other"))
    assert store.tallies()[0].attempt == 3


def test_a_race_is_kept_and_blocks_nothing_until_it_repeats_by_itself(store, record):
    record(a_mismatch(1, outcome=Outcome.RACE), a_judgement(2))
    (finding,) = store.findings()
    assert finding.race_only
    assert not finding.blocking
    assert store.tallies()[0].attempt == 1
    record(a_mismatch(3))
    (finding,) = store.findings()
    assert not finding.race_only
    assert finding.blocking


def test_a_consequence_names_its_cause_and_blocks_nothing(store, record):
    record(a_mismatch(1, outcome=Outcome.CONSEQUENCE, reason="write X got no answer (timeout)"))
    (finding,) = store.findings()
    assert finding.cause == "write X got no answer (timeout)"
    assert not finding.blocking


def test_texts_that_no_encoding_can_hold_are_kept_with_a_question_mark(store, record):
    """Half a surrogate pair in a JSON string must not stop the mirror."""
    odd = "a\ud800b"
    difference = a_difference(f'json:$["{odd}"]', primary=odd, candidate="ü")
    sample = a_sample("X1", request={"target": "/"})
    judgement = a_mismatch(1, shape=odd, path=odd, route="*", differences=(difference,), samples=(sample,))
    assert record(judgement, aliases=[KnownAlias("", "rule", odd, "b"), KnownAlias("", "rule", "ü", "b")]) == 1
    (finding,) = store.findings()
    assert (finding.primary, finding.candidate) == ("a?b", "ü")
    assert list(store.paths()) == [("GET", "a?b")]
    assert [one.live for one in store.aliases()] == ["ü"]
