"""Two proxy processes, one client that comes through both: its copies keep their order, however far the mirror lags."""

from __future__ import annotations

from dataclasses import replace

from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config, mirrored, outcomes, record
from tests.support.upstreams import OK, Upstream, answering

# More than the mirror holds in memory at once.
COUNT = 400
SECONDS = 0.01


def test_a_mirror_that_lags_sends_the_copies_of_two_writers_in_the_order_of_their_answers(tmp_path):
    """A client's second request went through another process than its first; its copy must not come first."""
    asked = [
        replace(
            an_exchange(a_request("GET", f"/page?{number}"), an_answer(200, b"ok", Content_Length="2"), route="page"),
            began=number * SECONDS,
            ended=(number + 0.9) * SECONDS,
            started_at=1000.0 + number * SECONDS,
        )
        for number in range(COUNT)
    ]
    with Upstream(answering(OK)) as upstream:
        config = a_config(tmp_path, candidate=upstream.url)
        # The busier process has written three of four.
        record(config, *(one for number, one in enumerate(asked) if number % 4), writer="busy")
        record(config, *asked[::4], writer="idle")
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == COUNT)
        assert outcomes(store) == {("match", ""): COUNT}
        store.close()
        seen = [upstream.request().target for _ in range(upstream.seen.qsize())]
    assert seen == [one.request.target for one in asked]
