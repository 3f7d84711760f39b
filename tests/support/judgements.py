"""Builders of judgements and what they hold; every argument has a plain default."""

from __future__ import annotations

from typing import Any

from shadow.judgement import Difference, Epoch, Judgement, Sample
from shadow.words import Outcome, Severity

FIRST_BUILD = Epoch("p1", "c1", "r1", 1)
SECOND_BUILD = Epoch("p1", "c2", "r1", 1)
OTHER_RULES = Epoch("p1", "c1", "r2", 1)
SHAPE = "GET 2xx json object"


def a_difference(place: str = "json:$.name", **changes: Any) -> Difference:
    values: dict[str, Any] = {"layer": "json", "kind": "value", "primary": "a", "candidate": "b"}
    return Difference(place=place, **{**values, "severity": Severity.VISIBLE, **changes})


def a_sample(exchange: str = "X1", **changes: Any) -> Sample:
    answer = {"status": 200}
    values: dict[str, Any] = {"request": {"target": "/a"}, "primary_answer": answer, "candidate_answer": answer}
    return Sample(exchange=exchange, primary="a", candidate="b", **{**values, **changes})


def a_judgement(sequence: int = 1, outcome: Outcome = Outcome.MATCH, **changes: Any) -> Judgement:
    values: dict[str, Any] = {
        "writer": "w1",
        "exchange": f"X{sequence}",
        "route": "orders.list",
        "method": "GET",
        "at": 1000.0 + sequence,
        "epoch": FIRST_BUILD,
        "shape": SHAPE,
        "primary_seconds": 0.010,
        "candidate_seconds": 0.010,
        "places": 10,
    }
    return Judgement(sequence=sequence, outcome=outcome, **{**values, **changes})


def a_mismatch(sequence: int = 1, *places: str, outcome: Outcome = Outcome.MISMATCH, **changes: Any) -> Judgement:
    differences = tuple(a_difference(place) for place in places or ("json:$.name",))
    samples = tuple(a_sample(f"X{sequence}") for _ in differences)
    return a_judgement(sequence, outcome, **{"differences": differences, "samples": samples, **changes})
