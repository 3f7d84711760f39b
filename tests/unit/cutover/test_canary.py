"""Promoting by shares of clients, dry runs, freezes: what `Moves` checks, and what it writes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from shadow import clock
from shadow.config import Canary, Config, Group, Upstream
from shadow.cutover.ledger import verified
from shadow.cutover.moves import PROMOTED, Moves
from shadow.errors import NotFound, PromotionRefused
from shadow.standing import Standing
from shadow.store import open_store
from shadow.store.values import Handover, Phase
from shadow.words import Side, Stage
from tests.support.evidence import GATE
from tests.support.judgements import SECOND_BUILD, a_judgement, a_mismatch

FORCED = {"who": "ann", "force": True, "reason": "x"}
NEXT = Standing(Stage.CANARY)


def share(per_cent):
    return Standing(Stage.CANARY, per_cent)


@pytest.fixture
def config(routes):
    return Config(
        source=Path("shadow.toml"),
        primary=Upstream(live="http://127.0.0.1:1"),
        candidate=Upstream(live="http://127.0.0.1:2"),
        gate=GATE,
        canary=Canary(steps=(5, 25), min_pairs=10, min_span=0.0),
        routes=routes,
        groups={"worker": Group("worker", "in-process", "POST /internal/flush", "POST /internal/reload")},
    )


@pytest.fixture
def moves(config, store):
    return Moves(config, store)


def run(coroutine):
    return asyncio.run(coroutine)


def pairs(store, count=400, *, by=Side.PRIMARY, first=1, at=1000.0):
    """Clean pairs of `orders.list`, served by this side; the gate of these tests is ready after 400."""
    batch = [a_judgement(n, at=at + n, answering=by) for n in range(first, first + count)]
    store.record(batch, checkpoint={"w1": first + count - 1})


def standing(store):
    return str(store.stages().standing("orders.list"))


def test_a_ready_route_goes_up_the_ramp_step_by_step(moves, store):
    pairs(store)
    assert str(run(moves.promote("orders.list", who="ann", to=NEXT)).to) == "canary:5"
    with pytest.raises(
        PromotionRefused, match=r"stays in canary:5.*: 0 of 10 clean pairs served by the candidate at 5 %"
    ):
        run(moves.promote("orders.list", who="ann", to=NEXT))
    # What the primary serves is evidence for the gate, and says nothing of the candidate under load.
    pairs(store, 10, first=401, at=clock.now())
    with pytest.raises(PromotionRefused, match="0 of 10"):
        run(moves.promote("orders.list", who="ann"))
    pairs(store, 10, by=Side.CANDIDATE, first=411, at=clock.now())
    run(moves.promote("orders.list", who="ann", to=NEXT))
    assert standing(store) == "canary:25"
    with pytest.raises(PromotionRefused, match="0 of 10 clean pairs served by the candidate at 25 %"):
        run(moves.promote("orders.list", who="ann"))
    pairs(store, 10, by=Side.CANDIDATE, first=421, at=clock.now())
    with pytest.raises(PromotionRefused, match=r"the ramp has no step behind canary:25\. Next: shadow promote orders"):
        run(moves.promote("orders.list", who="ann", to=NEXT))
    run(moves.promote("orders.list", who="ann"))
    assert standing(store) == "promoted"
    ways = [(one.move.origin, one.move.to, one.move.forced) for one in verified(store)]
    assert ways == [
        ("shadow", "canary:5", False),
        ("canary:5", "canary:25", False),
        ("canary:25", "promoted", False),
    ]


def test_a_step_asks_for_time_as_well(config, store):
    moves = Moves(replace(config, canary=Canary(min_pairs=0, min_span=600.0)), store)
    pairs(store)
    run(moves.promote("orders.list", who="ann", to=share(5)))
    with pytest.raises(PromotionRefused, match=r"at 5 % for .* of 10 min"):
        run(moves.promote("orders.list", who="ann", to=share(6)))


def test_force_takes_a_step_early_and_is_written_down_as_force(moves, store):
    pairs(store)
    run(moves.promote("orders.list", who="ann", to=share(5)))
    run(moves.promote("orders.list", to=share(50), **FORCED))
    entry = verified(store)[-1]
    assert entry.move.forced
    assert json.loads(entry.move.evidence)["verdict"] == "ready"
    assert json.loads(entry.move.evidence)["ramp"] == ["0 of 10 clean pairs served by the candidate at 5 %"]


@pytest.mark.parametrize("per_cent", [25, 24, 1])
def test_a_share_does_not_shrink_not_even_by_force(moves, store, per_cent):
    run(moves.promote("orders.list", to=share(25), **FORCED))
    with pytest.raises(PromotionRefused, match=r"a share of clients only grows\. Next: shadow rollback orders\.list"):
        run(moves.promote("orders.list", to=share(per_cent), **FORCED))
    assert standing(store) == "canary:25"


def test_state_in_process_memory_has_no_canary_even_by_force(moves, store):
    for to in (share(5), NEXT):
        with pytest.raises(PromotionRefused, match=r"keeps state in process memory.*Next: shadow promote worker"):
            run(moves.promote("worker", to=to, **FORCED))
    assert store.ledger() == []


def test_a_promoted_route_does_not_become_a_canary(moves):
    run(moves.promote("orders.list", **FORCED))
    with pytest.raises(PromotionRefused, match="is in promoted: there is no promote from there to canary:5"):
        run(moves.promote("orders.list", to=share(5), **FORCED))


def test_a_canary_that_goes_back_begins_anew_after_its_hold(moves, store):
    run(moves.promote("orders.list", to=share(25), **FORCED))
    moved = run(moves.rollback("orders.list", who="bob", reason="errors"))
    assert (str(moved.origin), str(moved.to)) == ("canary:25", "shadow")
    with pytest.raises(PromotionRefused, match="on hold by bob: errors"):
        run(moves.promote("orders.list", to=share(5), **FORCED))
    moves.release("orders.list", who="bob")
    run(moves.promote("orders.list", to=share(5), **FORCED))
    assert standing(store) == "canary:5"


def test_a_freeze_stops_every_step_forward_and_none_back(moves, store):
    run(moves.promote("orders.list", to=share(5), **FORCED))
    moves.freeze(who="ann", reason="holidays")
    for name in ("orders.list", "worker"):
        with pytest.raises(PromotionRefused, match=r"frozen by ann: holidays\. Next: shadow unfreeze"):
            run(moves.promote(name, **FORCED))
    run(moves.rollback("orders.list", who="bob"))
    moves.unfreeze(who="ann", reason="back")
    with pytest.raises(NotFound):
        moves.unfreeze(who="ann")
    told = [(one.move.action, one.move.name, one.move.reason) for one in verified(store)]
    assert told[1] == ("freeze", "*", "holidays")
    assert told[-1] == ("unfreeze", "*", "back")


def test_a_freeze_needs_a_reason(moves, store):
    with pytest.raises(PromotionRefused, match="--reason WHY"):
        moves.freeze(who="ann", reason="")
    assert store.stages().freeze is None


def test_a_dry_run_of_a_handover_tells_its_steps_and_does_none(moves, store):
    moved = run(moves.promote("worker", dry_run=True, **FORCED))
    assert moved.steps[1:3] == (
        "POST /internal/flush at http://127.0.0.1:1",
        "POST /internal/reload at http://127.0.0.1:2",
    )
    assert moved.rulings["api.beat"].verdict == "inconclusive"
    assert store.ledger() == []
    assert store.stages().units["worker"] is Stage.SHADOW
    assert store.stages().handovers == {}


def test_a_dry_run_refuses_what_the_move_would_refuse(moves, store):
    with pytest.raises(PromotionRefused, match="the gate says inconclusive"):
        run(moves.promote("orders.list", who="ann", dry_run=True))
    moves.hold("orders.list", who="bob", reason="odd")
    with pytest.raises(PromotionRefused, match="on hold by bob: odd"):
        run(moves.promote("orders.list", dry_run=True, **FORCED))
    with pytest.raises(PromotionRefused, match="there is no rollback from there"):
        run(moves.rollback("orders.list", who="ann", dry_run=True))
    deadline = clock.now() + 60
    store.begin_handover(Handover("H1", "worker", Stage.SHADOW, Stage.PROMOTED, Phase.HOLDING, deadline, "cat"))
    with pytest.raises(PromotionRefused, match="being moved to promoted by cat"):
        run(moves.promote("worker", dry_run=True, **FORCED))


def test_a_dry_run_of_a_rollback_lays_no_hold(moves, store):
    run(moves.promote("orders.list", to=share(5), **FORCED))
    moved = run(moves.rollback("orders.list", who="ann", dry_run=True))
    assert (str(moved.origin), str(moved.to)) == ("canary:5", "shadow")
    assert moved.steps
    assert standing(store) == "canary:5"
    assert store.stages().holds == {}


def test_what_was_waived_is_told_with_the_promotion(config, store):
    gate = replace(GATE, waive=("orders.list: GET 5xx text",))
    pairs(store)
    store.record([a_judgement(401, shape="GET 5xx text", at=1401.0)], checkpoint={"w1": 401})
    with pytest.raises(PromotionRefused, match="1 of 10 clean pairs of the shape 'GET 5xx text'"):
        run(Moves(config, store).promote("orders.list", who="ann"))
    moved = run(Moves(replace(config, gate=gate), store).promote("orders.list", who="ann"))
    assert moved.to == PROMOTED
    told = "1 of 10 clean pairs of the shape 'GET 5xx text', waived"
    assert moved.rulings["orders.list"].waived == (told,)
    evidence = json.loads(verified(store)[-1].move.evidence)
    assert evidence["routes"]["orders.list"]["waived"] == [told]


@pytest.fixture
def replayed(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'replay.db'}")
    yield opened
    opened.close()


def rare(store):
    """A route that is ready but for one shape."""
    pairs(store)
    store.record([a_judgement(401, shape="GET 5xx text", at=1401.0)], checkpoint={"w1": 401})


def test_a_replay_tops_up_a_rare_shape_and_is_told_apart(moves, store, replayed):
    rare(store)
    replayed.record([a_judgement(n, shape="GET 5xx text") for n in range(1, 10)], checkpoint={"w1": 9})
    moved = run(moves.promote("orders.list", who="ann", replay=replayed))
    told = "1 clean pairs of the shape 'GET 5xx text', and 9 replayed"
    assert moved.rulings["orders.list"].replayed == (told,)
    assert moved.rulings["orders.list"].clean == 401
    assert json.loads(verified(store)[-1].move.evidence)["routes"]["orders.list"]["replayed"] == [told]


def test_a_replay_with_too_few_pairs_is_not_enough(moves, store, replayed):
    rare(store)
    replayed.record([a_judgement(n, shape="GET 5xx text") for n in range(1, 9)], checkpoint={"w1": 8})
    with pytest.raises(PromotionRefused, match="1 of 10 clean pairs of the shape 'GET 5xx text', and 8 replayed"):
        run(moves.promote("orders.list", who="ann", replay=replayed))


def test_what_a_replay_found_blocks_as_well(moves, store, replayed):
    pairs(store)
    replayed.record([a_mismatch(1)], checkpoint={"w1": 1})
    with pytest.raises(PromotionRefused, match=r"blocked: .*1 finding open: \w+ \(replayed\)"):
        run(moves.promote("orders.list", who="ann", replay=replayed))


def test_a_replay_of_another_build_says_nothing(moves, store, replayed):
    rare(store)
    replayed.record([a_judgement(1, epoch=SECOND_BUILD)], checkpoint={"w1": 1})
    with pytest.raises(PromotionRefused, match=r"another candidate build \('c2'\) than the live evidence \('c1'\)"):
        run(moves.promote("orders.list", who="ann", replay=replayed))
