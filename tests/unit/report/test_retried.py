"""What is told of a retry besides the differences."""

from __future__ import annotations

from typing import Any

from shadow.report.retried import notes


def a_retry(primary: str, candidate: str = "200 OK\n\n{}") -> dict[str, Any]:
    return {"text": {"request": "GET /me", "primary": primary, "candidate": candidate}}


def a_finding_of(*primary: str) -> dict[str, Any]:
    texts = [{"request": "GET /me" if one else "", "primary": one, "candidate": ""} for one in primary]
    return {"samples": [{"text": text} for text in texts]}


def test_both_statuses_are_told() -> None:
    told = notes(a_retry("200 OK\n\n{}", "204 \n\n"), a_finding_of("201 Created\n\n"))
    assert told == ["the primary answers 200 now, the candidate 204"]


def test_a_primary_that_answers_in_another_class_is_told() -> None:
    """A client that has signed out since must not be taken for a fault of the port."""
    _, told = notes(a_retry("302 Found\nLocation: /login\n\n"), a_finding_of("", "200 OK\n\n{}", "302 Found"))
    assert told.startswith("the primary answers 302 now, 200 in the sample: the client may be signed out, or the thing")


def test_a_side_without_an_answer_is_told() -> None:
    first, second = notes(a_retry("200 OK", "no answer: timeout "), a_finding_of("no answer: body 3 bytes"))
    assert first == "the primary answers 200 now, the candidate nothing"
    assert "200 now, nothing in the sample" in second
