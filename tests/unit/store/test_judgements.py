"""Conformance: what the mirror writes down, counted once."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow import clock
from shadow.routes import UNMATCHED
from shadow.store.values import Intent
from shadow.words import Outcome, Side
from tests.support.judgements import FIRST_BUILD, OTHER_RULES, SECOND_BUILD, SHAPE, a_judgement, a_mismatch


def counted(store):
    total = Counter()
    for one in store.counts():
        total[one.outcome] += one.count
    return total


def test_every_outcome_is_counted_by_route_method_epoch_and_reason(store, record):
    record(
        a_judgement(1),
        a_judgement(2),
        a_judgement(3, method="POST"),
        a_judgement(4, Outcome.SKIPPED, reason="late"),
        a_judgement(5, epoch=SECOND_BUILD),
    )
    found = {(one.method, one.epoch, one.outcome, one.reason): one.count for one in store.counts()}
    assert found == {
        ("GET", FIRST_BUILD, Outcome.MATCH, ""): 2,
        ("POST", FIRST_BUILD, Outcome.MATCH, ""): 1,
        ("GET", FIRST_BUILD, Outcome.SKIPPED, "late"): 1,
        ("GET", SECOND_BUILD, Outcome.MATCH, ""): 1,
    }
    assert len(store.counts(SECOND_BUILD)) == 1


def test_exchanges_shed_together_count_as_many(store, record):
    assert record(a_judgement(1, Outcome.SHED, reason="queue", count=256)) == 256
    assert counted(store) == {Outcome.SHED: 256}


def test_one_line_may_shed_exchanges_of_several_routes(store, record):
    record(a_judgement(1, Outcome.SHED, route="a", count=2), a_judgement(1, Outcome.SHED, route="b", count=3))
    assert counted(store) == {Outcome.SHED: 5}


def test_an_exchange_is_never_counted_twice(store, record):
    assert record(a_judgement(1), a_mismatch(2)) == 2
    assert record(a_judgement(1), a_mismatch(2), a_judgement(3)) == 1
    assert counted(store) == {Outcome.MATCH: 2, Outcome.MISMATCH: 1}
    assert store.findings()[0].count == 1


def test_writers_have_checkpoints_of_their_own(store, record):
    record(a_judgement(7), a_judgement(2, writer="w2"))
    assert store.checkpoint() == {"w1": 7, "w2": 2}
    assert store.checkpoint("another") == {}


def test_a_checkpoint_never_goes_back(store):
    store.record([], checkpoint={"w1": 9})
    store.record([], checkpoint={"w1": 4})
    assert store.checkpoint() == {"w1": 9}


def test_a_judgement_beyond_the_checkpoint_is_refused_whole(store):
    with pytest.raises(ValueError, match="w1 5"):
        store.record([a_judgement(1), a_judgement(5)], checkpoint={"w1": 4})
    assert store.counts() == []


def test_recordings_count_apart(store, record):
    assert record(a_judgement(1), recording="one") == 1
    assert record(a_judgement(1), recording="two") == 1


def test_a_write_about_to_be_sent_is_known_until_it_has_its_outcome(store, record):
    store.record([], checkpoint={}, intent=Intent("w1", 3))
    store.record([], checkpoint={}, intent=Intent("w1", 4))
    store.record([], checkpoint={}, intent=Intent("w2", 1))
    assert store.intents() == {Intent("w1", 4), Intent("w2", 1)}
    record(a_judgement(4))
    assert store.intents() == {Intent("w2", 1)}
    assert store.intents("another") == set()


def test_the_present_epoch_is_that_of_the_latest_judgement(store, record):
    assert store.epoch() is None
    record(a_judgement(1))
    record(a_judgement(2, epoch=SECOND_BUILD))
    assert store.epoch() == SECOND_BUILD
    record(a_judgement(3))
    assert store.epoch() == FIRST_BUILD


def test_builds_are_known_in_the_order_in_which_they_came(store, record):
    record(a_judgement(1), a_judgement(2, epoch=SECOND_BUILD))
    assert [(one.side, one.name) for one in store.builds()] == [
        (Side.PRIMARY, "p1"),
        (Side.CANDIDATE, "c1"),
        (Side.CANDIDATE, "c2"),
    ]


def test_uses_of_a_rule_are_counted_per_digest_of_the_rules(store, record):
    record(a_judgement(1, rules=frozenset({0, 2})), a_judgement(2, rules=frozenset({2})))
    assert store.rule_uses("r1") == {0: 1, 2: 2}
    assert store.rule_uses("r2") == {}


def test_only_the_hundred_most_frequent_unmatched_paths_are_kept(store, record):
    many = [a_judgement(n, route=UNMATCHED, path=f"/x{n}") for n in range(1, 151)]
    often = [a_judgement(n, route=UNMATCHED, path="/favicon.ico") for n in range(151, 161)]
    record(*many, *often)
    paths = store.paths()
    assert len(paths) == 100
    assert next(iter(paths.items())) == (("GET", "/favicon.ico"), 10)


def test_a_tally_adds_up_what_was_compared(store, record):
    record(*(a_judgement(n, noise=1, accepted=2) for n in range(1, 4)))
    record(a_judgement(4, Outcome.RACE), a_judgement(5, Outcome.SKIPPED, reason="late"))
    (tally,) = store.tallies()
    assert (tally.clean, tally.compared, tally.attempt) == (3, 4, 1)
    assert (tally.places, tally.masked) == (40, 9)
    assert (tally.since, tally.first, tally.last) == (1001.0, 1001.0, 1004.0)
    assert (tally.shapes[SHAPE].compared, tally.shapes[SHAPE].clean) == (4, 3)
    assert len(tally.primary) == len(tally.ratio) == 4


def test_an_unexplained_mismatch_ends_the_attempt_of_the_whole_route(store, record):
    record(*(a_judgement(n) for n in range(1, 6)), a_mismatch(6, method="HEAD"), a_judgement(7))
    (tally,) = store.tallies()
    assert (tally.attempt, tally.clean, tally.since) == (2, 1, 1007.0)


def test_another_epoch_of_the_same_build_goes_on_with_its_attempts(store, record):
    """Editing a rule must not wash off the attempts that a build has used up."""
    record(a_mismatch(1), a_mismatch(2))
    record(a_judgement(3, epoch=OTHER_RULES))
    (tally,) = store.tallies(OTHER_RULES)
    assert (tally.attempt, tally.clean) == (3, 1)


def test_a_new_candidate_build_starts_over(store, record):
    record(a_mismatch(1), a_judgement(2, epoch=SECOND_BUILD))
    (tally,) = store.tallies(SECOND_BUILD)
    assert (tally.attempt, tally.clean) == (1, 1)


@pytest.mark.parametrize(
    ("judgement", "failures"),
    [
        (a_judgement(1, candidate_seconds=None), 1),
        (a_judgement(1, primary_seconds=None, candidate_seconds=None), 0),
        (a_judgement(1), 0),
    ],
)
def test_a_missing_answer_counts_against_the_candidate_alone(store, record, judgement, failures):
    record(judgement)
    assert store.tallies()[0].candidate_failures == failures


def test_a_batch_and_its_checkpoint_are_seen_together_by_other_threads(store):
    """Ten threads record one range of sequences in batches; each sequence is counted once, whoever comes first."""

    def work():
        for start in range(1, 100, 10):
            batch = [a_judgement(n) for n in range(start, start + 10)]
            store.record(batch, checkpoint={"w1": start + 9})

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(store) == {Outcome.MATCH: 100}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    outcomes=st.lists(st.sampled_from(Outcome), min_size=30, max_size=30),
)
def test_captured_equals_the_sum_of_outcomes_however_the_batches_overlap(store, cuts, outcomes):
    name, before = clock.new_id(), counted(store).total()
    for cut in [*cuts, 30]:
        batch = [a_judgement(n, outcomes[n - 1]) for n in range(1, cut + 1)]
        store.record(batch, checkpoint={"w1": cut}, recording=name)
    assert counted(store).total() - before == 30
