"""What is mirrored and what is not, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.exchange import Body, Unanswered
from shadow.mirror.policy import skip_reason
from shadow.routes import Route
from shadow.words import MirrorMode
from tests.support.builders import a_request, an_answer, an_exchange

GET, POST = an_exchange(a_request("GET")), an_exchange(a_request("POST"))
ROUTE = Route("r", "/r")


def reason(exchange, *, mirror=MirrorMode.DEFAULT, two_worlds=True, sample=1.0):
    return skip_reason(exchange, replace(ROUTE, mirror=mirror), two_worlds=two_worlds, sample=sample)


def unanswered(exchange, *, sent: bool):
    return replace(exchange, answer=Unanswered("body", "cut off", sent))


@pytest.mark.parametrize(
    ("exchange", "options", "expected"),
    [
        (GET, {}, ""),
        (POST, {}, ""),
        (GET, {"mirror": MirrorMode.NEVER}, "never"),
        (GET, {"two_worlds": False}, ""),
        (POST, {"two_worlds": False}, "method"),
        (POST, {"two_worlds": False, "mirror": MirrorMode.ALWAYS}, ""),
        (unanswered(GET, sent=False), {}, "not-served"),
        (unanswered(POST, sent=False), {}, "not-served"),
        (unanswered(GET, sent=True), {}, "cut-off"),
        # The write may have landed in the live world, so it must land in the shadow world too.
        (unanswered(POST, sent=True), {}, ""),
        (GET, {"sample": 0.0}, "sampled"),
        (POST, {"sample": 0.0}, ""),
    ],
)
def test_each_exchange_is_mirrored_or_skipped_for_its_reason(exchange, options, expected):
    assert reason(exchange, **options) == expected


def test_a_body_that_was_not_kept_whole_cannot_be_mirrored():
    request = replace(a_request("POST"), body=Body(b"beg", 100, truncated=True))
    assert reason(an_exchange(request)) == "truncated"


def test_a_write_whose_client_left_amid_its_body_was_acted_on_by_nobody():
    request = replace(a_request("POST"), body=Body(b"beg", 3, truncated=True))
    assert reason(unanswered(an_exchange(request), sent=True)) == "cut-off"
    # An early answer: what the application did without the rest is not known.
    assert reason(an_exchange(request)) == "truncated"


def test_a_long_answer_is_no_reason():
    answer = replace(an_answer(), body=Body(b"beg", 100, truncated=True))
    assert reason(an_exchange(answer=answer)) == ""


def test_the_sample_is_a_share_and_the_same_at_every_try():
    exchanges = [an_exchange() for _ in range(2000)]
    drawn = [not reason(exchange, sample=0.25) for exchange in exchanges]
    assert 400 < sum(drawn) < 600
    assert drawn == [not reason(exchange, sample=0.25) for exchange in exchanges]
