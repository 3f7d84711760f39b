"""The loop on a real recording and a real store: order, interruption, fallback, an orderly end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.exchange import Body, Unanswered
from shadow.mirror import copying
from shadow.mirror.clones import SINCE
from shadow.store import open_store
from shadow.words import Side, Stage
from tests.support.builders import a_request, an_answer, an_exchange
from tests.support.mirrors import a_config, killed, mirrored, one_world, outcomes, record
from tests.support.upstreams import OK, Upstream, Wire, answering

HELLO = an_answer(200, b"ok", Content_Length="2")


def a_read(number: int = 1, **fields):
    return replace(an_exchange(a_request("GET", f"/page?{number}"), HELLO, route="page"), **fields)


def a_write(number: int = 1, **fields):
    return replace(an_exchange(a_request("POST", f"/notes?{number}", b"x"), HELLO, route="notes"), **fields)


def judged(count: int):
    return lambda store: sum(one.count for one in store.counts()) == count


@pytest.fixture
def upstream():
    with Upstream(answering(OK)) as found:
        yield found


def targets(upstream) -> list[bytes]:
    return [upstream.request().target for _ in range(upstream.seen.qsize())]


def test_every_exchange_is_sent_and_judged_writes_in_their_order(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    record(config, *(a_write(number) if number % 3 else a_read(number) for number in range(1, 10)))
    store = mirrored(config, judged(9))
    assert outcomes(store) == {("match", ""): 9}
    seen = targets(upstream)
    assert len(seen) == len(set(seen)) == 9
    assert [target for target in seen if target.startswith(b"/notes")] == [b"/notes?%d" % n for n in (1, 2, 4, 5, 7, 8)]
    store.close()


def test_a_copy_is_sent_once_however_often_the_mirror_is_started(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    record(config, a_write(1), a_read(2))
    for _ in range(3):
        mirrored(config, judged(2)).close()
    assert len(targets(upstream)) == 2


def test_a_write_under_way_at_a_kill_is_skipped_as_interrupted_and_taints_the_world(tmp_path):
    def hang_once(upstream: Upstream, wire: Wire) -> None:
        while True:
            seen = wire.message()
            upstream.seen.put(seen)
            if seen.target == b"/notes?2" and not upstream.go.is_set():
                upstream.go.wait(20)
                return
            wire.send(OK)

    with Upstream(hang_once) as upstream:
        config = a_config(tmp_path, candidate=upstream.url)
        record(config, a_write(1), a_write(2), a_write(3))
        killed(config, lambda: upstream.seen.qsize() == 2)
        upstream.go.set()
        store = mirrored(config, judged(3))
        assert outcomes(store) == {("match", ""): 2, ("skipped", "interrupted"): 1}
        assert "was under way when the mirror was killed" in store.world().tainted
        assert targets(upstream) == [b"/notes?1", b"/notes?2", b"/notes?3"]
        store.close()


def test_an_orderly_end_leaves_what_waits_in_the_recording_and_harms_nothing(tmp_path):
    """With the candidate down a write waits; ending the mirror then must neither lose nor interrupt it."""
    config = a_config(tmp_path)
    record(config, a_write(1), a_read(2))
    store = mirrored(config, lambda store: store.intents())
    assert store.counts() == []
    assert store.intents() == set()
    store.close()
    with Upstream(answering(OK)) as upstream:
        store = mirrored(replace(config, candidate=replace(config.candidate, shadow=upstream.url)), judged(2))
        assert outcomes(store) == {("match", ""): 2}
        assert store.world().tainted == ""
        store.close()


def test_a_fallback_counts_against_the_candidate_and_is_not_sent_to_it_again(tmp_path, upstream):
    config = a_config(tmp_path, primary=upstream.url)
    fallen = a_read(serving=Side.CANDIDATE, stage=Stage.PROMOTED, fallback="connect: refused")
    record(config, fallen, a_read(2, serving=Side.CANDIDATE, stage=Stage.PROMOTED))
    store = mirrored(config, judged(2))
    assert outcomes(store) == {("match", ""): 1, ("mismatch", ""): 1}
    (tally,) = store.tallies()
    assert tally.candidate_failures == 1
    (finding,) = store.findings()
    assert (finding.kind, finding.blocking) == ("unanswered", True)
    assert targets(upstream) == [b"/page?2"]
    store.close()


def test_when_neither_side_answered_nothing_is_proved(tmp_path):
    config = a_config(tmp_path)
    record(config, a_read(serving=Side.CANDIDATE, fallback="connect: refused", answer=Unanswered("connect", "", False)))
    store = mirrored(config, judged(1))
    assert outcomes(store) == {("skipped", "not-served"): 1}
    store.close()


def test_a_write_that_was_too_large_to_keep_taints_the_world(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    request = replace(a_request("POST", "/notes"), body=Body(b"beginning", 1 << 30, truncated=True))
    record(config, a_write(request=request))
    store = mirrored(config, judged(1))
    assert outcomes(store) == {("skipped", "truncated"): 1}
    assert "too large" in store.world().tainted
    store.close()


def test_an_unanswered_write_is_still_sent_since_it_may_have_landed(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    record(config, a_write(answer=Unanswered("timeout", "")))
    store = mirrored(config, judged(1))
    assert outcomes(store) == {("skipped", "cut-off"): 1}
    assert targets(upstream) == [b"/notes?1"]
    assert store.world().tainted == ""
    store.close()


def test_a_copy_that_dies_on_the_way_taints_the_world_and_is_a_finding(tmp_path):
    def reset(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        wire.reset()

    with Upstream(reset) as upstream:
        config = a_config(tmp_path, candidate=upstream.url)
        record(config, a_write(1))
        store = mirrored(config, judged(1))
        assert "got no answer" in store.world().tainted
        assert outcomes(store) == {("consequence", store.world().tainted): 1}
        assert upstream.seen.qsize() == 1
        store.close()


def test_with_one_world_writes_are_not_mirrored_and_late_reads_prove_nothing(tmp_path, upstream):
    config = one_world(a_config(tmp_path, candidate=upstream.url))
    record(config, a_write(1), a_read(2))
    store = mirrored(config, judged(2))
    assert outcomes(store) == {("skipped", "method"): 1, ("match", ""): 1}
    store.close()
    record(config, a_read(3, ended=0.0), writer="w2")
    store = mirrored(replace(config, mirror=replace(config.mirror, max_lag=0.001)), judged(3))
    assert outcomes(store)["skipped", "late"] == 1
    store.close()


def test_the_records_of_two_writers_are_sent_in_the_order_in_which_they_were_served(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    record(config, a_write(1, ended=1.0), a_write(4, ended=4.0), writer="a")
    record(config, a_write(2, ended=2.0), a_write(3, ended=3.0), writer="b")
    store = mirrored(config, judged(4))
    assert targets(upstream) == [b"/notes?%d" % number for number in (1, 2, 3, 4)]
    store.close()


def test_a_crash_in_judging_costs_one_exchange(tmp_path, upstream, monkeypatch):
    """The harness's own fault is an outcome of its own; the exchange behind it is judged as ever."""

    def broken(request, cookies, lookup):
        if request.target == b"/page?1":
            raise ZeroDivisionError
        return request

    monkeypatch.setattr(copying, "translate", broken)
    config = a_config(tmp_path, candidate=upstream.url)
    record(config, a_read(1), a_read(2))
    store = mirrored(config, judged(2))
    assert outcomes(store) == {("failed", "ZeroDivisionError"): 1, ("match", ""): 1}
    store.close()


class Moving:
    """Both sides of one world: a counter that the first reading of each page finds in motion."""

    def __init__(self, *, broken: bool = False) -> None:
        self.asked: list[bytes] = []
        self.broken = broken

    def __call__(self, upstream: Upstream, wire: Wire) -> None:
        while True:
            seen = wire.message()
            self.asked.append(seen.target)
            body = b"%d" % (len(self.asked) if self.broken else min(self.asked.count(seen.target), 2))
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def reread(tmp_path, script: Moving, *exchanges, **settings):
    """Judge these in one world; what both sides answer comes from one script."""
    with Upstream(script) as upstream:
        config = one_world(a_config(tmp_path, candidate=upstream.url, primary=upstream.url))
        config = replace(config, mirror=replace(config.mirror, **settings))
        record(config, *exchanges)
        store = mirrored(config, judged(len(exchanges)))
    found = outcomes(store)
    store.close()
    return found


def test_with_one_world_a_difference_is_read_again_on_both_sides_before_it_counts(tmp_path):
    script = Moving()
    assert reread(tmp_path, script, a_read(1)) == {("match", ""): 1}
    assert script.asked == [b"/page?1"] * 3


def test_what_differs_in_both_readings_is_a_mismatch(tmp_path):
    assert reread(tmp_path, Moving(broken=True), a_read(1)) == {("mismatch", ""): 1}


def test_pairs_beyond_the_rate_are_skipped_and_without_a_rate_the_first_reading_counts(tmp_path):
    pages = [a_read(number) for number in range(6)]
    assert reread(tmp_path, Moving(), *pages, reread=0.001) == {("match", ""): 1, ("skipped", "reread"): 5}
    other = tmp_path / "other"
    other.mkdir()
    script = Moving()
    assert reread(other, script, *pages, reread=0.0) == {("mismatch", ""): 6}
    assert len(script.asked) == 6


def test_a_side_that_does_not_answer_the_second_reading_proves_nothing(tmp_path):
    def once(upstream: Upstream, wire: Wire) -> None:
        wire.message()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")

    with Upstream(once) as upstream:
        config = one_world(a_config(tmp_path, candidate=upstream.url))
        record(config, a_read(1))
        store = mirrored(config, judged(1))
    assert outcomes(store) == {("skipped", "late"): 1}
    store.close()


def test_what_was_served_before_the_present_clone_is_skipped(tmp_path, upstream):
    config = a_config(tmp_path, candidate=upstream.url)
    old, new = a_write(1), a_write(2, started_at=a_write().started_at + 60)
    record(config, old, new)
    store = open_store(config.store.url)
    store.new_world()
    store.note(SINCE, repr(old.started_at + 30))
    store.close()
    store = mirrored(config, judged(2))
    assert outcomes(store) == {("skipped", "resync"): 1, ("match", ""): 1}
    assert targets(upstream) == [b"/notes?2"]
    store.close()
