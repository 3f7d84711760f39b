"""Writes go alone and in order; reads between them together; no item is lost or started twice."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shadow import clock
from shadow.exchange import Exchange
from shadow.mirror.order import Merge, Order, Overlaps
from tests.support.builders import a_request, an_exchange

Item = tuple[bool, str]
items_ = st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=50)


def played(items: list[Item], order: Order[int], random: Random, check: Callable[[list[int]], None]) -> list[int]:
    """Run all items, ending a random one at a time; the order in which they started."""
    for number, (write, client) in enumerate(items):
        order.add(number, write=write, client=client)
    running: list[int] = []
    started: list[int] = []
    while len(order):
        fresh = order.ready()
        started += fresh
        running += fresh
        assert running, "nothing runs and something waits"
        check(running)
        order.done(running.pop(random.randrange(len(running))))
    assert sorted(started) == list(range(len(items)))
    return started


@given(items_, st.integers(1, 5), st.randoms(use_true_random=False))
def test_a_write_runs_alone_after_all_earlier_items(items: list[Item], parallel: int, random: Random) -> None:
    def check(running: list[int]) -> None:
        assert len(running) <= parallel
        assert len(running) == 1 or not any(items[item][0] for item in running)

    started = played(items, Order(parallel), random, check)
    for place, item in enumerate(started):
        if items[item][0]:
            assert set(started[:place]) == set(range(item))


@given(items_, st.booleans(), st.randoms(use_true_random=False))
def test_one_clients_items_never_overtake_one_another(items: list[Item], lanes: bool, random: Random) -> None:
    def check(running: list[int]) -> None:
        clients = [items[item][1] for item in running]
        assert len(clients) == len(set(clients))

    started = played(items, Order(3, lanes=lanes), random, check)
    for client in "abc":
        own = [item for item in started if items[item][1] == client]
        assert own == sorted(own)


def test_lanes_do_not_wait_for_the_writes_of_others() -> None:
    order: Order[int] = Order(3, lanes=True)
    order.add(0, write=True, client="a")
    order.add(1, write=True, client="b")
    assert order.ready() == [0, 1]


def test_reads_of_different_clients_run_together() -> None:
    order: Order[int] = Order(3)
    for number, client in enumerate("aab"):
        order.add(number, write=False, client=client)
    assert order.ready() == [0, 2]


def test_records_of_two_writers_are_merged_by_the_moment_they_ended() -> None:
    merge = Merge()
    late = an_exchange(writer="a", sequence=1, ended=10.0)
    early = an_exchange(writer="b", sequence=1, ended=9.0)
    merge.push(late)
    merge.push(early)
    assert merge.release(9.0, inf) == []
    assert merge.release(20.0, inf) == [early, late]


def test_one_writer_never_waits() -> None:
    merge = Merge()
    exchange = an_exchange(ended=10.0)
    merge.push(exchange)
    assert merge.release(10.0, inf) == [exchange]


def test_nothing_goes_on_before_what_ended_earlier_and_was_not_read_yet() -> None:
    merge = Merge()
    first, third = an_exchange(writer="a", sequence=1, ended=9.0), an_exchange(writer="b", sequence=1, ended=11.0)
    merge.push(first)
    merge.push(third)
    assert merge.release(20.0, 10.0) == [first]
    assert merge.settling == 1
    second = an_exchange(writer="a", sequence=2, ended=10.0)
    merge.push(second)
    assert merge.release(20.0, inf) == [second, third]


def test_what_was_recorded_before_the_machine_was_started_anew_waits_for_nobody() -> None:
    """The monotonic clock begins again then."""
    merge = Merge()
    old = an_exchange(writer="a", sequence=1, ended=clock.monotonic() + 1e6)
    new = an_exchange(writer="b", sequence=1, ended=10.0)
    merge.push(new)
    merge.push(old)
    assert merge.release(20.0, inf) == [old, new]


def saw(*exchanges: Exchange) -> Overlaps:
    overlaps = Overlaps()
    for exchange in exchanges:
        overlaps.saw(exchange)
    return overlaps


def test_an_exchange_beside_a_write_of_another_process_is_marked() -> None:
    overlaps = saw(an_exchange(a_request("POST"), writer="a", began=1.0, ended=3.0))
    assert overlaps.noted(an_exchange(writer="b", began=2.0, ended=4.0)).overlaps
    assert overlaps.noted(an_exchange(writer="b", began=0.5, ended=1.5)).overlaps
    assert not overlaps.noted(an_exchange(writer="b", began=3.5, ended=4.0)).overlaps
    assert not overlaps.noted(an_exchange(writer="b", began=0.5, ended=0.9)).overlaps


def test_of_two_writes_in_two_processes_both_are_marked_whichever_ended_first() -> None:
    first = an_exchange(a_request("POST"), writer="a", began=1.0, ended=2.0)
    second = an_exchange(a_request("POST"), writer="b", began=1.5, ended=3.0)
    overlaps = saw(first, second)
    assert overlaps.noted(first).overlaps
    assert overlaps.noted(second).overlaps


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.001, 5)), max_size=20), st.floats(0, 50), st.floats(0.001, 5))
def test_exactly_what_ran_at_one_time_overlaps(writes: list[tuple[float, float]], began: float, took: float) -> None:
    in_order = sorted(((start, start + length) for start, length in writes), key=lambda one: one[1])
    overlaps = saw(*(an_exchange(a_request("POST"), writer="a", began=b, ended=e) for b, e in in_order))
    exchange = an_exchange(writer="b", began=began, ended=began + took)
    expected = any(start < began + took and began < end for start, end in in_order)
    assert overlaps.noted(exchange).overlaps is expected


def test_reads_and_a_processes_own_writes_mark_nothing() -> None:
    overlaps = saw(an_exchange(writer="a"), an_exchange(a_request("POST"), writer="b"))
    assert not overlaps.noted(an_exchange(writer="b")).overlaps
