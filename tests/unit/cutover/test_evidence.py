"""Evidence from tallies, counts and findings: methods told apart, losses named, latency paired."""

from __future__ import annotations

import random

import pytest

from shadow.cutover.evidence import collect, evidence_of
from shadow.cutover.gate import judge
from shadow.judgement import Epoch
from shadow.routes import Route
from shadow.store.tally import Tally
from shadow.words import Outcome, Verdict
from tests.support.evidence import GATE, an_evidence
from tests.support.judgements import FIRST_BUILD, SECOND_BUILD, a_judgement, a_mismatch

ROUTE = "orders.list"


def found_in(store, *methods, **more):
    return collect(store, [Route(ROUTE, "/orders", frozenset(methods))], confidence=0.95, **more)[ROUTE]


def written(store, *judgements, methods=()):
    store.record(judgements, checkpoint={"w1": len(judgements)})
    return found_in(store, *methods)


def test_a_route_counts_all_its_methods_and_each_by_itself(store):
    found = written(
        store,
        a_judgement(1),
        a_judgement(2, method="HEAD", shape="HEAD 2xx"),
        a_judgement(3, method="POST", shape="2xx json"),
    )
    assert (found.clean, found.judged, found.span) == (3, 3, 2.0)
    assert found.methods == {"GET": 1, "POST": 1}
    assert [shape.name for shape in found.shapes] == ["GET 2xx json object", "HEAD 2xx", "POST 2xx json"]


@pytest.mark.parametrize(
    ("declared", "asked", "needed"),
    [
        ((), (), {"GET"}),
        ((), ("POST",), {"POST"}),
        (("GET", "POST"), (), {"GET", "POST"}),
        (("GET", "HEAD", "OPTIONS"), ("HEAD",), {"GET"}),
        (("OPTIONS",), ("OPTIONS",), {"OPTIONS"}),
        ((), ("HEAD", "OPTIONS"), {"GET"}),
        ((), ("GET", "PROPFIND"), {"GET"}),
    ],
)
def test_what_is_declared_and_what_clients_ask_for_needs_pairs_of_its_own(store, declared, asked, needed):
    """HEAD and OPTIONS come with what a route was written for, and scanners ask for anything."""
    pairs = [a_judgement(n, method=method, shape=f"{method} 2xx") for n, method in enumerate(asked, 1)]
    assert set(written(store, *pairs, methods=declared).methods) == needed


def test_a_mismatch_of_one_method_ends_the_attempt_of_all(store):
    found = written(store, a_judgement(1), a_mismatch(2, method="POST"), a_judgement(3, method="POST"))
    assert (found.attempt, found.clean, found.methods) == (2, 1, {"GET": 0, "POST": 1})


def test_a_method_that_is_served_and_never_judged_has_no_clean_pair(store):
    """With one world no write is mirrored."""
    found = written(store, a_judgement(1), a_judgement(2, Outcome.SKIPPED, method="POST", reason="method"))
    assert found.methods == {"GET": 1, "POST": 0}


def test_a_new_build_does_not_make_forget_which_methods_clients_use(store):
    found = written(store, a_judgement(1, method="POST"), a_judgement(2, epoch=SECOND_BUILD))
    assert (found.judged, found.methods) == (1, {"GET": 1, "POST": 0})


def test_every_loss_is_named_and_what_was_not_wanted_is_none(store):
    found = written(
        store,
        a_judgement(1),
        a_judgement(2, Outcome.SKIPPED, reason="sampled"),
        a_judgement(3, Outcome.SKIPPED, reason="never"),
        a_judgement(4, Outcome.SKIPPED, reason="method"),
        a_judgement(5, Outcome.SKIPPED, reason="truncated"),
        a_judgement(6, Outcome.SHED, reason="queue", count=3),
        a_judgement(7, Outcome.RACE),
        a_judgement(8, Outcome.CONSEQUENCE, reason="write X got no answer"),
        a_judgement(9, Outcome.FAILED, reason="KeyError"),
        a_mismatch(10),
    )
    assert found.losses == {
        "skipped: truncated": 1,
        "shed: queue": 3,
        "consequence: write X got no answer": 1,
        "failed: KeyError": 1,
    }
    # The race was compared and proves nothing: neither judged nor lost.
    assert (found.judged, found.eligible) == (2, 8)
    assert found.coverage == pytest.approx(2 / 8)


def test_evidence_is_of_the_present_epoch_only_but_findings_outlive_it(store):
    found = written(store, a_judgement(1), a_mismatch(2), a_judgement(3, epoch=SECOND_BUILD))
    assert (found.epoch, found.clean, found.judged, found.attempt) == (SECOND_BUILD, 1, 1, 1)
    assert len(found.blocking) == 1


def test_nothing_seen_is_no_evidence(store):
    found = found_in(store)
    assert (found.clean, found.coverage, found.span, found.latency) == (0, 0.0, 0.0, None)


def test_pending_exchanges_are_a_loss_until_they_are_judged(store):
    written(store, a_judgement(1))
    found = found_in(store, pending={ROUTE: 3})
    assert found.losses == {"pending": 3}
    assert found.coverage == 0.25


def test_latency_compares_the_tails_over_the_same_pairs(store):
    pairs = [a_judgement(n, primary_seconds=0.01 + n / 1e5, candidate_seconds=0.02 + n / 5e4) for n in range(1, 301)]
    latency = written(store, *pairs).latency
    assert latency.pairs == 300
    assert latency.ratio_p95 == pytest.approx(2.0, rel=0.03)
    assert latency.typical == pytest.approx(2.0, rel=0.03)
    assert latency.ratio_p95 <= latency.bound < 2.2
    assert latency.primary.p50 == pytest.approx(0.0115, rel=0.02)


def test_a_pair_without_both_answers_has_no_latency(store):
    assert written(store, a_judgement(1, candidate_seconds=None)).latency is None


def test_the_masked_share_is_of_all_places(store):
    assert written(store, a_judgement(1, places=6, noise=1, accepted=1)).masked_share == 0.25


def test_the_bound_of_equal_sides_holds_one():
    """Both sides draw from the same distribution; the bound must not fall below the true ratio, 1."""
    draw = random.Random(7)
    for _ in range(50):
        tally = Tally(ROUTE, Epoch())
        for n in range(1, 201):
            seconds = {"primary_seconds": draw.expovariate(100), "candidate_seconds": draw.expovariate(100)}
            tally.add(a_judgement(n, epoch=FIRST_BUILD, **seconds), explained=False)
        assert evidence_of(tally, [], [], confidence=0.95).latency.bound > 1.0


def timed(slower, pairs, draw):
    """What the gate says of a candidate that takes so many times as long, after so many pairs, all clean."""
    tally = Tally(ROUTE, Epoch())
    for _ in range(pairs):
        tally.primary.add(draw.lognormvariate(-4, 0.5))
        tally.candidate.add(draw.lognormvariate(-4, 0.5) * slower)
        tally.ratio.add(slower)
    latency = evidence_of(tally, [], [], confidence=0.95).latency
    return judge(an_evidence(latency=latency), GATE)


def test_a_candidate_that_is_a_fifth_slower_is_blocked():
    for seed in range(5):
        ruling = timed(1.2, 4000, random.Random(seed))
        assert ruling.verdict is Verdict.BLOCKED
        assert "the candidate is slower: p95 is 1." in ruling.reasons[0]


def test_a_candidate_that_is_hardly_slower_passes_once_there_are_enough_pairs():
    """2 % against a limit of 10 %: a few hundred pairs cannot tell, tens of thousands can."""
    assert [timed(1.02, 400, random.Random(seed)).verdict for seed in range(5)].count(Verdict.READY) == 0
    assert timed(1.02, 40_000, random.Random(1)).verdict is Verdict.READY


def test_a_candidate_that_is_slower_than_allowed_is_rarely_let_through_however_often_one_looks():
    """Asked after every fiftieth of 2,000 pairs: what the two limits and the buckets leave of chance is used up."""
    draw, passed = random.Random(11), 0
    for _ in range(60):
        tally = Tally(ROUTE, Epoch())
        for n in range(1, 2001):
            tally.primary.add(draw.lognormvariate(-4, 0.3))
            tally.candidate.add(draw.lognormvariate(-4, 0.3) * 1.10)
            tally.ratio.add(1.10)
            bound = evidence_of(tally, [], [], confidence=0.95).latency.bound if n % 50 == 0 else None
            if bound is not None and bound <= 1.10:
                passed += 1
                break
    assert passed <= 3


def test_a_candidate_that_is_slower_than_allowed_is_rarely_let_through():
    """A true ratio of 1.15 against a limit of 1.10: the bound, which must be below it, errs in 5 % of 100 at most."""
    draw, passed = random.Random(11), 0
    for _ in range(100):
        tally = Tally(ROUTE, Epoch())
        for _ in range(400):
            tally.primary.add(draw.expovariate(100))
            tally.candidate.add(draw.expovariate(100) * 1.15)
            tally.ratio.add(1.15)
        bound = evidence_of(tally, [], [], confidence=0.95).latency.bound
        passed += bound is not None and bound <= 1.10
    # Three standard deviations of 5 among 100 are 6.5.
    assert passed <= 11
