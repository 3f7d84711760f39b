"""Handover of a group with in-process state: real hooks on real servers, a real store, real switchboards."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from shadow import clock
from shadow.config import Group
from shadow.cutover import handover as module
from shadow.cutover.handover import Parties, disown, hand_over, recover
from shadow.cutover.switchboard import Switchboard
from shadow.errors import PromotionRefused, StoreError
from shadow.store import open_store
from shadow.store.trail import broken_at
from shadow.store.values import Handover, Heartbeat, Hold, Move, Phase
from shadow.words import Side, Stage
from tests.support.hook_server import hook_servers

LEAVE, ENTER = "/internal/flush", "/internal/reload"
ENTRY = Move("promote", "worker", "ann", "shadow", "promoted")


@pytest.fixture
def servers():
    with hook_servers() as (log, primary, candidate):
        yield log, primary, candidate


def parties(primary, candidate, timeout=5.0):
    group = Group("worker", "in-process", f"POST {LEAVE}", f"POST {ENTER}", timeout)
    return Parties(group, primary.url, candidate.url)


async def promote(store, who, **more):
    return await hand_over(store, who, origin=Stage.SHADOW, to=Stage.PROMOTED, entry=ENTRY, **more)


def untouched(store):
    found = store.stages()
    return found.units["worker"] is Stage.SHADOW and not found.handovers and not store.ledger() and not found.holds


@asynccontextmanager
async def proxies(url, routes, count=2):
    boards = [Switchboard(lambda: open_store(url), routes, proxy=f"p{number}") for number in range(count)]
    await asyncio.gather(*(board.start() for board in boards))
    try:
        yield boards
    finally:
        await asyncio.gather(*(board.close() for board in boards))


async def until(condition, within=5.0):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, "it never came"
        await asyncio.sleep(0.005)


def test_the_leaving_side_flushes_before_the_entering_side_reloads_and_then_the_stage_flips(store, servers):
    log, primary, candidate = servers
    assert asyncio.run(promote(store, parties(primary, candidate))) == ""
    assert log == [f"primary {LEAVE}", f"candidate {ENTER}"]
    found = store.stages()
    assert (found.units["worker"], found.handovers) == (Stage.PROMOTED, {})
    assert [one.move for one in store.ledger()] == [ENTRY]
    assert broken_at(store.ledger()) is None


def test_no_hook_is_called_while_a_request_is_in_flight_in_any_proxy(store, url, routes, servers):
    log, primary, candidate = servers
    route = routes.get("api.update")

    async def run():
        async with proxies(url, routes) as (one, two):
            two.enter("worker")
            move = asyncio.create_task(promote(store, parties(primary, candidate)))
            await until(lambda: one.direction(route).held and two.direction(route).held)
            held = asyncio.create_task(one.released(route))
            await until(lambda: any(beat.drained for beat in store.heartbeats()))
            assert log == []
            two.leave("worker")
            await move
            assert (await held).serving is Side.CANDIDATE
            await until(lambda: two.direction(route).serving is Side.CANDIDATE)

    asyncio.run(run())
    assert log == [f"primary {LEAVE}", f"candidate {ENTER}"]


def test_a_request_that_never_ends_leaves_everything_as_it_was(store, url, routes, servers):
    log, primary, candidate = servers
    route = routes.get("api.beat")

    async def run():
        async with proxies(url, routes) as (one, _):
            one.enter("worker")
            held = asyncio.create_task(wait_held(one, route))
            with pytest.raises(
                PromotionRefused, match=r"drain failed: requests are still in flight in p0\. Nothing has changed"
            ):
                await promote(store, parties(primary, candidate, timeout=0.8))
            assert (await held).serving is Side.PRIMARY

    asyncio.run(run())
    assert log == []
    assert untouched(store)


async def wait_held(board, route):
    await until(lambda: board.direction(route).held)
    return await board.released(route)


@pytest.mark.parametrize(
    ("side", "path", "answer", "calls"),
    [
        (0, LEAVE, (500, {"ok": True}), [f"primary {LEAVE}", f"primary {ENTER}"]),
        (0, LEAVE, (200, {"ok": False}), [f"primary {LEAVE}", f"primary {ENTER}"]),
        (0, LEAVE, (200, "fine"), [f"primary {LEAVE}", f"primary {ENTER}"]),
        (
            1,
            ENTER,
            (503, {"ok": True}),
            [f"primary {LEAVE}", f"candidate {ENTER}", f"candidate {LEAVE}", f"primary {ENTER}"],
        ),
    ],
)
def test_a_hook_that_fails_is_taken_back_and_nothing_has_changed(store, servers, side, path, answer, calls):
    log, *sides = servers
    sides[side].answers[path] = answer
    with pytest.raises(
        PromotionRefused, match=rf"worker stays in shadow: .* hook 'POST {path}' failed.*Nothing has changed"
    ):
        asyncio.run(promote(store, parties(*sides)))
    assert log == calls
    assert untouched(store)


def test_a_hook_that_hangs_is_given_up_within_the_bound(store, servers):
    log, primary, candidate = servers
    candidate.hang = ENTER
    began = time.monotonic()
    with pytest.raises(PromotionRefused, match="gave no answer within"):
        asyncio.run(promote(store, parties(primary, candidate, timeout=0.5)))
    assert time.monotonic() - began < 0.5 + module.UNDO + module.MARGIN
    assert log[-1] == f"primary {ENTER}"
    assert untouched(store)


def test_a_side_that_is_not_there_leaves_everything_as_it_was(store, servers):
    _, primary, candidate = servers
    candidate.close()
    with pytest.raises(PromotionRefused, match="enter hook"):
        asyncio.run(promote(store, parties(primary, candidate)))
    assert untouched(store)


def test_a_state_that_cannot_be_given_back_is_offered_again_while_the_requests_are_held(store, servers):
    """Whatever a standby is sent its next `enter` drops, so nothing is let go and nobody moves the group before."""
    log, primary, candidate = servers
    who = parties(primary, candidate)
    candidate.answers[ENTER] = primary.answers[ENTER] = (500, {})
    with pytest.raises(PromotionRefused, match=f"did not take its state back.*Next: POST {ENTER} there by hand"):
        asyncio.run(promote(store, who))
    assert store.stages().handovers["worker"].phase is Phase.RETURNING
    with pytest.raises(PromotionRefused, match="did not take its state back"):
        asyncio.run(recover(store, who))
    with pytest.raises(PromotionRefused, match="is being moved"):
        asyncio.run(promote(store, who))
    log.clear()
    primary.answers = {}
    asyncio.run(recover(store, who))
    assert log == [f"primary {ENTER}"]
    assert untouched(store)


def test_a_forced_move_does_not_wait_for_a_side_that_took_nothing_back(store, servers):
    """It is the side that the move leaves: dead, most likely, and the move is forced for that reason."""
    log, primary, candidate = servers
    store.move("worker", Stage.SHADOW, Stage.PROMOTED, ENTRY)
    back = Parties(parties(primary, candidate).group, candidate.url, primary.url)
    candidate.answers = {path: (500, {}) for path in (LEAVE, ENTER)}
    entry = Move("rollback", "worker", "ann", "promoted", "shadow")
    with pytest.raises(PromotionRefused, match="--force"):
        asyncio.run(hand_over(store, back, origin=Stage.PROMOTED, to=Stage.SHADOW, entry=entry))
    assert store.stages().handovers["worker"].phase is Phase.RETURNING
    log.clear()
    asyncio.run(recover(store, back, forced=True))
    assert (log, store.stages().handovers) == ([], {})


def test_a_handover_that_died_beside_a_dead_side_is_in_the_way_of_all_but_a_forced_move(store, servers):
    log, primary, candidate = servers
    store.move("worker", Stage.SHADOW, Stage.PROMOTED, ENTRY)
    back = Parties(parties(primary, candidate).group, candidate.url, primary.url)
    candidate.answers = {ENTER: (500, {})}
    store.begin_handover(Handover("H1", "worker", Stage.PROMOTED, Stage.SHADOW, Phase.ENTERING, clock.now() - 1, "ann"))
    with pytest.raises(PromotionRefused, match="did not take its state back"):
        asyncio.run(recover(store, back))
    log.clear()
    asyncio.run(recover(store, back, forced=True))
    assert log == [f"primary {LEAVE}", f"candidate {ENTER}"]
    assert store.stages().handovers == {}


def test_a_side_that_did_not_leave_again_must_before_the_next_handover(store, servers):
    """It may own the state of then: an owner that is told to enter keeps what it has, and updates since are lost."""
    log, primary, candidate = servers
    candidate.answers = {path: (500, {"ok": False}) for path in (LEAVE, ENTER)}
    with pytest.raises(PromotionRefused, match="Nothing has changed"):
        asyncio.run(promote(store, parties(primary, candidate)))
    assert log == [f"primary {LEAVE}", f"candidate {ENTER}", f"candidate {LEAVE}", f"primary {ENTER}"]
    with pytest.raises(PromotionRefused, match=r"may still own .*\. Next: POST /internal/flush there"):
        asyncio.run(promote(store, parties(primary, candidate)))
    assert untouched(store)
    log.clear()
    candidate.answers = {}
    assert asyncio.run(promote(store, parties(primary, candidate))) == ""
    assert log == [f"candidate {LEAVE}", f"primary {LEAVE}", f"candidate {ENTER}"]
    assert asyncio.run(disown(store, parties(primary, candidate).group)) is None
    assert len(log) == 3


def test_a_store_that_cannot_flip_gives_the_state_back(store, servers):
    log, primary, candidate = servers

    class Failing:
        def __getattr__(self, name):
            return getattr(store, name)

        def finish_handover(self, *arguments, **more):
            raise StoreError("the store is away")

    with pytest.raises(PromotionRefused, match="flip failed: the store is away"):
        asyncio.run(promote(Failing(), parties(primary, candidate)))
    assert log[2:] == [f"candidate {LEAVE}", f"primary {ENTER}"]
    assert untouched(store)


def test_a_handover_that_is_interrupted_is_taken_back(store, servers):
    log, primary, candidate = servers
    candidate.hang = ENTER

    async def run():
        move = asyncio.create_task(promote(store, parties(primary, candidate, timeout=10.0)))
        await until(lambda: f"candidate {ENTER}" in log)
        move.cancel()
        with pytest.raises(asyncio.CancelledError):
            await move

    asyncio.run(run())
    assert log[-1] == f"primary {ENTER}"
    assert untouched(store)


def test_a_forced_move_goes_on_without_a_dead_side(store, servers):
    log, primary, candidate = servers
    store.move("worker", Stage.SHADOW, Stage.PROMOTED, ENTRY)
    candidate.hang = LEAVE
    store.beat(Heartbeat("stuck", clock.now() + 60))
    back = Parties(parties(primary, candidate, timeout=2.0).group, candidate.url, primary.url)
    hold = Hold("worker", "guard", clock.now(), "the candidate hangs")
    entry = Move("rollback", "worker", "guard", "promoted", "shadow")
    trouble = asyncio.run(
        hand_over(store, back, origin=Stage.PROMOTED, to=Stage.SHADOW, entry=entry, hold=hold, forced=True)
    )
    assert "in flight in stuck" in trouble
    assert "gave no answer" in trouble
    assert log == [f"candidate {LEAVE}", f"primary {ENTER}"]
    assert store.stages().units["worker"] is Stage.SHADOW
    held = store.stages().holds["worker"]
    assert (held.unit, held.who, held.at) == (hold.unit, hold.who, hold.at)
    assert held.reason == (
        f"the candidate hangs. {candidate.url} did not leave and may wake with the state as it was: "
        "restart it before the release"
    )


def test_a_proxy_that_is_silent_for_long_is_not_waited_for(store, servers):
    _, primary, candidate = servers
    store.beat(Heartbeat("gone", clock.now() - module.LIVE - 1))
    asyncio.run(promote(store, parties(primary, candidate)))
    assert store.stages().units["worker"] is Stage.PROMOTED


@pytest.mark.parametrize(
    ("phase", "calls"),
    [
        (Phase.HOLDING, []),
        (Phase.LEAVING, [f"primary {ENTER}"]),
        (Phase.ENTERING, [f"candidate {LEAVE}", f"primary {ENTER}"]),
    ],
)
def test_a_handover_whose_process_died_is_cleared_away_while_the_requests_are_still_held(store, servers, phase, calls):
    log, primary, candidate = servers
    who = parties(primary, candidate)

    def died(deadline):
        return Handover("H1", "worker", Stage.SHADOW, Stage.PROMOTED, phase, deadline, "ann")

    store.begin_handover(died(clock.now() + 60))
    asyncio.run(recover(store, who))
    assert "worker" in store.stages().handovers, "it may still be under way"
    store.drop_handover("H1")
    store.begin_handover(died(clock.now() + module.RECOVERY - 0.1))
    asyncio.run(recover(store, who))
    assert log == calls
    assert untouched(store)
