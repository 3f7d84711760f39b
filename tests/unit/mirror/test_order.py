"""Writes go alone and in order; reads between them together; no item is lost or started twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.order import Lanes, Merge, Order, Overlaps
from tests.support.builders import a_request, an_exchange


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5), st.randoms(use_true_random=False))
def test_a_write_runs_alone_and_after_all_earlier_items(writes: list[bool], parallel: int, random) -> None:
    order: Order[int] = Order(parallel)
    for number, write in enumerate(writes):
        order.add(number, write=write)
    running: list[int] = []
    started: list[int] = []
    while len(order):
        for item in order.ready():
            started.append(item)
            running.append(item)
        assert len(running) <= parallel
        for item in running:
            if writes[item]:
                assert running == [item]
                assert set(started[:-1]) == set(range(item))
        done = running.pop(random.randrange(len(running)))
        order.done(done)
    assert started == list(range(len(writes)))


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=60), st.randoms(use_true_random=False))
def test_lanes_keep_the_order_of_each_client(items: list[tuple[bool, str]], random) -> None:
    lanes: Lanes[int] = Lanes(2)
    for number, (write, client) in enumerate(items):
        lanes.add(number, write=write, client=client)
    running: list[int] = []
    started: dict[str, list[int]] = {}
    while len(lanes):
        for item in lanes.ready():
            running.append(item)
            started.setdefault(items[item][1], []).append(item)
        assert len(running) <= 2
        lanes.done(running.pop(random.randrange(len(running))))
    for client, order in started.items():
        assert order == [number for number, (_, owner) in enumerate(items) if owner == client]


def test_records_of_two_writers_are_merged_by_the_moment_they_ended() -> None:
    merge = Merge()
    late = an_exchange(writer="a", sequence=1, ended=10.0)
    early = an_exchange(writer="b", sequence=1, ended=9.0)
    merge.push(late)
    merge.push(early)
    assert merge.release(9.0) == []
    assert merge.release(20.0) == [early, late]


def test_one_writer_never_waits() -> None:
    merge = Merge()
    exchange = an_exchange(ended=10.0)
    merge.push(exchange)
    assert merge.release(10.0) == [exchange]


def test_an_exchange_beside_a_write_of_another_process_is_marked() -> None:
    overlaps = Overlaps()
    write = an_exchange(a_request("POST"), writer="a", began=1.0, ended=3.0)
    assert not overlaps.noted(write).overlaps
    assert overlaps.noted(an_exchange(writer="b", began=2.0, ended=4.0)).overlaps
    assert not overlaps.noted(an_exchange(writer="b", began=3.5, ended=4.0)).overlaps
