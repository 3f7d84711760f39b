"""The gate: every rule by itself, then what must hold for any evidence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config import Gate
from shadow.cutover.evidence import Shape
from shadow.cutover.gate import judge, judge_unit, needed, upper_bound
from shadow.words import Verdict
from tests.support.evidence import GATE, a_latency, an_evidence


def test_enough_clean_evidence_is_ready_without_a_reason():
    ruling = judge(an_evidence(), GATE)
    assert (ruling.verdict, ruling.reasons, ruling.eta) == (Verdict.READY, (), 0.0)
    assert ruling.upper_bound <= GATE.limit


def test_the_default_gate_asks_for_3689_pairs_at_first():
    assert [needed(Gate(), attempt) for attempt in (1, 2, 3)] == [3689, 4788, 5481]


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"blocking": ("f1",)}, Verdict.BLOCKED, "1 finding open: f1"),
        ({"blocking": ("f1", "f2", "f3", "f4")}, Verdict.BLOCKED, "4 findings open: f1, f2, f3, ..."),
        ({"candidate_failures": 2}, Verdict.BLOCKED, "failed 2 times"),
        ({"latency": a_latency(1.2, 1.3)}, Verdict.BLOCKED, "slower: p95 is 1.20 times"),
        ({"latency": a_latency(1.08, 1.15)}, Verdict.INCONCLUSIVE, "may be slower"),
        ({"latency": a_latency(1.0, None)}, Verdict.INCONCLUSIVE, "too few timed pairs"),
        ({"latency": None}, Verdict.INCONCLUSIVE, "too few timed pairs"),
        ({"clean": 368}, Verdict.INCONCLUSIVE, "368 of 369 clean pairs"),
        ({"clean": 400, "attempt": 2}, Verdict.INCONCLUSIVE, r"400 of 479 clean pairs \(attempt 2\)"),
        ({"clean": 0}, Verdict.INCONCLUSIVE, "0 of 369"),
        ({"shapes": (Shape("GET 5xx text", 9, 9),)}, Verdict.INCONCLUSIVE, "9 of 10 clean pairs of the shape 'GET 5xx"),
        ({"last": 59.0}, Verdict.INCONCLUSIVE, "seen over 59 s of 60 s"),
        (
            {"losses": {"late": 40, "shed: queue": 60}},
            Verdict.INCONCLUSIVE,
            "90.9% of 1100.*lost: shed: queue 60, late 40",
        ),
        ({"tainted": "write 01X got no answer"}, Verdict.INCONCLUSIVE, "no faithful clone any more: write 01X"),
        ({"masked_share": 0.6}, Verdict.INCONCLUSIVE, "60.0% of the places are masked"),
    ],
)
def test_one_lack_is_one_reason(changes, verdict, reason):
    ruling = judge(an_evidence(**changes), GATE)
    assert ruling.verdict is verdict
    assert len(ruling.reasons) == 1
    assert re.search(reason, ruling.reasons[0])


RARE = {"shapes": (Shape("GET 2xx json", 900, 900), Shape("GET 5xx text", 9, 9))}


@pytest.mark.parametrize(
    ("waived", "verdict"),
    [
        ("orders.list: GET 5xx text", Verdict.READY),
        ("orders.list: GET 5xx", Verdict.INCONCLUSIVE),
        ("orders.view: GET 5xx text", Verdict.INCONCLUSIVE),
    ],
)
def test_a_rare_shape_is_waived_by_name_and_the_ruling_says_so(waived, verdict):
    ruling = judge(an_evidence(**RARE), replace(GATE, waive=(waived,)))
    assert ruling.verdict is verdict
    told = "9 of 10 clean pairs of the shape 'GET 5xx text'"
    assert (ruling.reasons, ruling.waived) == (
        ((), (f"{told}, waived",)) if verdict is Verdict.READY else ((told,), ())
    )


READ_AND_WRITTEN = {"clean": 700, "methods": {"GET": 690, "POST": 10}}


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ("10 of 369 clean pairs of POST",)),
        ({"methods": {"GET": 700, "POST": 0}}, ("0 of 369 clean pairs of POST",)),
        ({"clean": 200, "methods": {"GET": 190, "POST": 10}}, ("190 of 369", "10 of 369")),
        # What is missing are HEAD requests, which need no number.
        ({"methods": {"GET": 300}}, ("300 of 369 clean pairs of GET",)),
        ({"clean": 300, "methods": {"GET": 300}}, ("300 of 369 clean pairs",)),
    ],
)
def test_a_method_is_not_ready_by_the_evidence_of_another(changes, reasons):
    """A route that is read a thousand times and written to ten times has not shown that it can be written to."""
    ruling = judge(an_evidence(**{**READ_AND_WRITTEN, **changes}), GATE)
    assert ruling.verdict is Verdict.INCONCLUSIVE
    assert len(ruling.reasons) == len(reasons)
    assert all(told.startswith(reason) for told, reason in zip(ruling.reasons, reasons, strict=True))


def test_a_method_that_nobody_uses_is_waived_by_name_and_the_ruling_says_so():
    ruling = judge(an_evidence(**READ_AND_WRITTEN), replace(GATE, waive=("orders.list: POST",)))
    assert (ruling.verdict, ruling.waived) == (Verdict.READY, ("10 of 369 clean pairs of POST, waived",))


def test_a_waiver_does_not_excuse_the_only_method_of_a_route():
    evidence = an_evidence(clean=12, methods={"GET": 12})
    ruling = judge(evidence, replace(GATE, waive=("orders.list: GET",)))
    assert (ruling.verdict, ruling.reasons, ruling.waived) == (Verdict.INCONCLUSIVE, ("12 of 369 clean pairs",), ())


def test_waivers_of_all_methods_do_not_excuse_the_route():
    gate = replace(GATE, waive=("orders.list: GET", "orders.list: POST"))
    ruling = judge(an_evidence(clean=300, methods={"GET": 290, "POST": 10}), gate)
    assert (ruling.verdict, ruling.reasons) == (Verdict.INCONCLUSIVE, ("300 of 369 clean pairs",))
    assert len(ruling.waived) == 2


def test_a_waiver_of_what_was_seen_often_enough_says_nothing():
    assert judge(an_evidence(), replace(GATE, waive=("orders.list: GET 2xx json object",))).waived == ()


def test_a_waiver_excuses_no_finding():
    gate = replace(GATE, waive=("orders.list: GET 5xx text",))
    assert judge(an_evidence(**RARE, blocking=("f1",)), gate).verdict is Verdict.BLOCKED


@pytest.mark.parametrize("gate", [replace(GATE, limit=0.0), replace(GATE, confidence=1.0)])
def test_a_gate_that_asks_for_certainty_is_never_passed(gate):
    ruling = judge(an_evidence(clean=10**9, judged=10**9), gate)
    assert ruling.verdict is not Verdict.READY
    assert ruling.needed is None


def test_the_time_to_readiness_is_told_at_the_present_rate():
    ruling = judge(an_evidence(clean=300, judged=300, last=100.0), GATE)
    assert ruling.eta == pytest.approx(69 / 3)


def test_no_time_is_told_when_waiting_does_not_help():
    assert judge(an_evidence(clean=300, blocking=("f1",)), GATE).eta is None


def test_a_unit_is_as_good_as_its_worst_route():
    good, few = an_evidence(), an_evidence(route="b", clean=3)
    bad = an_evidence(route="c", blocking=("f",))
    assert judge_unit([good], GATE)[0] is Verdict.READY
    assert judge_unit([good, few], GATE)[0] is Verdict.INCONCLUSIVE
    verdict, rulings = judge_unit([good, few, bad], GATE)
    assert verdict is Verdict.BLOCKED
    assert list(rulings) == ["orders.list", "b", "c"]


def test_a_unit_without_routes_is_never_ready():
    assert judge_unit([], GATE)[0] is Verdict.INCONCLUSIVE


SHAPES = st.lists(
    st.builds(
        lambda name, clean, more: Shape(name, clean + more, clean),
        st.text(max_size=5),
        st.integers(0, 40),
        st.integers(0, 5),
    ),
    max_size=4,
).map(tuple)
EVIDENCE = st.builds(
    an_evidence,
    attempt=st.integers(1, 50),
    clean=st.integers(0, 2000),
    methods=st.dictionaries(st.sampled_from(["GET", "POST", "PUT"]), st.integers(0, 2000)),
    judged=st.integers(0, 3000),
    since=st.none() | st.floats(0, 1000),
    last=st.none() | st.floats(0, 2000),
    losses=st.dictionaries(st.sampled_from(["late", "pending", "shed"]), st.integers(1, 500)),
    shapes=SHAPES,
    blocking=st.lists(st.text("ab", min_size=1), max_size=2).map(tuple),
    candidate_failures=st.integers(0, 1),
    masked_share=st.floats(0, 1),
    latency=st.none() | st.builds(a_latency, st.floats(0.5, 1.5), st.none() | st.floats(1.5, 2)) | st.just(a_latency()),
)


@given(EVIDENCE)
def test_ready_means_that_every_rule_is_met(evidence):
    """Promise 8, for any evidence."""
    ruling = judge(evidence, GATE)
    assert (ruling.verdict is Verdict.READY) == (not ruling.reasons)
    if ruling.verdict is Verdict.READY:
        assert not evidence.blocking
        assert not evidence.candidate_failures
        assert evidence.clean >= needed(GATE, evidence.attempt)
        assert all(clean >= needed(GATE, evidence.attempt) for clean in evidence.methods.values())
        assert ruling.upper_bound <= GATE.limit
        assert all(shape.clean >= GATE.min_per_shape for shape in evidence.shapes)
        assert evidence.coverage >= GATE.coverage
        assert evidence.span >= GATE.min_span
        assert evidence.masked_share <= GATE.masked
        assert evidence.latency.bound <= GATE.latency_ratio


@given(EVIDENCE, st.text("ab", min_size=1))
def test_an_open_finding_blocks_whatever_else_is_known(evidence, finding):
    assert judge(replace(evidence, blocking=(finding,)), GATE).verdict is Verdict.BLOCKED


@given(EVIDENCE, st.integers(0, 368))
def test_too_few_pairs_are_never_ready(evidence, clean):
    assert judge(replace(evidence, clean=clean), GATE).verdict is not Verdict.READY


@given(EVIDENCE, st.integers(0, 9))
def test_too_few_pairs_of_one_shape_are_never_ready(evidence, clean):
    shapes = (*evidence.shapes, Shape("rare", 100, clean))
    assert judge(replace(evidence, shapes=shapes), GATE).verdict is not Verdict.READY


@given(EVIDENCE, st.integers(1, 5000))
def test_more_clean_pairs_never_make_a_verdict_worse(evidence, more):
    order = [Verdict.BLOCKED, Verdict.INCONCLUSIVE, Verdict.READY]
    better = replace(evidence, clean=evidence.clean + more, judged=evidence.judged + more)
    before, after = judge(evidence, GATE), judge(better, GATE)
    assert order.index(after.verdict) >= order.index(before.verdict)
    assert after.upper_bound <= before.upper_bound


@given(EVIDENCE)
def test_another_attempt_never_needs_fewer_pairs(evidence):
    assert needed(GATE, evidence.attempt + 1) > needed(GATE, evidence.attempt)


@given(st.integers(1, 10**6), st.floats(0.001, 0.5))
def test_the_bound_is_exact_for_pairs_without_a_mismatch(clean, alpha):
    """Clopper-Pearson: with that share, so many clean pairs in a row have probability alpha."""
    assert (1 - upper_bound(clean, alpha)) ** clean == pytest.approx(alpha, rel=1e-6)
