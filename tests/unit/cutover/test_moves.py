"""Promote, roll back, hold, release: what is checked, what is written, and two people at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from shadow import clock
from shadow.config import Config, Group, Upstream
from shadow.cutover.ledger import verified
from shadow.cutover.moves import Moves
from shadow.errors import NotFound, PromotionRefused
from shadow.store.values import Handover, Move, Phase
from shadow.words import Stage
from tests.support.evidence import GATE
from tests.support.hook_server import hook_servers
from tests.support.judgements import a_judgement, a_mismatch

ROOT = Path(__file__).parents[3]


@pytest.fixture
def servers():
    with hook_servers() as found:
        yield found


@pytest.fixture
def config(routes, servers):
    _, primary, candidate = servers
    group = Group("worker", "in-process", "POST /internal/flush", "POST /internal/reload")
    return Config(
        source=Path("shadow.toml"),
        primary=Upstream(live=primary.url),
        candidate=Upstream(live=candidate.url),
        gate=GATE,
        routes=routes,
        groups={"worker": group},
    )


@pytest.fixture
def moves(config, store):
    return Moves(config, store)


def clean(store, *routes):
    """Enough clean pairs for the gate of these tests, over a long time, fast on both sides."""
    for route in routes:
        method = "POST" if route.startswith("api.") else "GET"
        more = {"route": route, "writer": route, "method": method, "shape": f"{method} 2xx json object"}
        store.record([a_judgement(n, **more) for n in range(1, 401)], checkpoint={route: 400})


def run(coroutine):
    return asyncio.run(coroutine)


def stage(store, unit="orders.list"):
    return store.stages().units[unit]


def test_a_ready_route_is_promoted_and_the_ledger_says_on_which_evidence(moves, store):
    clean(store, "orders.list")
    moved = run(moves.promote("orders.list", who="ann", reason="release 5"))
    assert (moved.unit, str(moved.origin), str(moved.to)) == ("orders.list", "shadow", "promoted")
    assert stage(store) is Stage.PROMOTED
    (entry,) = verified(store)
    assert (entry.move.who, entry.move.reason, entry.move.forced) == ("ann", "release 5", False)
    evidence = json.loads(entry.move.evidence)
    assert evidence["verdict"] == "ready"
    assert evidence["routes"]["orders.list"]["clean"] == 400
    assert len(evidence["digest"]) == 64


def test_the_gate_refuses_with_its_reasons_and_nothing_changes(moves, store):
    store.record([a_mismatch(1)], checkpoint={"w1": 1})
    with pytest.raises(PromotionRefused, match=r"orders.list stays in shadow, the gate says blocked: .*1 finding open"):
        run(moves.promote("orders.list", who="ann"))
    assert stage(store) is Stage.SHADOW
    assert store.ledger() == []


def test_exchanges_that_wait_to_be_judged_count_against_the_coverage(config, store):
    clean(store, "orders.list")
    moves = Moves(config, store, pending=lambda: {"orders.list": 100})
    with pytest.raises(PromotionRefused, match="lost: pending 100"):
        run(moves.promote("orders.list", who="ann"))


def test_force_needs_a_reason_and_is_written_down_as_force(moves, store):
    with pytest.raises(PromotionRefused, match="needs a reason"):
        run(moves.promote("orders.list", who="ann", force=True))
    run(moves.promote("orders.list", who="ann", force=True, reason="the boss said so"))
    (entry,) = store.ledger()
    assert entry.move.forced
    assert json.loads(entry.move.evidence)["verdict"] == "inconclusive"


def test_a_group_moves_by_its_name_and_every_member_must_be_ready(moves, store, servers):
    clean(store, "api.beat")
    with pytest.raises(PromotionRefused, match=r"api.update: 0 of 369"):
        run(moves.promote("worker", who="ann"))
    clean(store, "api.update")
    run(moves.promote("worker", who="ann"))
    assert store.stages().routes["api.beat"] is store.stages().routes["api.update"] is Stage.PROMOTED
    assert servers[0] == ["primary /internal/flush", "candidate /internal/reload"]


def test_a_route_whose_writes_were_hardly_seen_is_not_promoted_by_its_reads(moves, store):
    clean(store, "orders.list")
    write = {"method": "POST", "shape": "POST 2xx json object", "writer": "w2"}
    store.record([a_judgement(n, **write) for n in range(1, 11)], checkpoint={"w2": 10})
    with pytest.raises(PromotionRefused, match=r"orders\.list: 10 of 369 clean pairs of POST"):
        run(moves.promote("orders.list", who="ann"))
    assert stage(store) is Stage.SHADOW


def test_a_member_of_a_group_is_refused_alone(moves):
    for move in (moves.promote("api.beat", who="ann"), moves.rollback("api.beat", who="ann")):
        with pytest.raises(PromotionRefused, match=r"moves with it\. Next: name 'worker'"):
            run(move)


def test_what_no_route_matches_is_never_promoted(moves):
    with pytest.raises(PromotionRefused, match="always served by the primary"):
        run(moves.promote("*", who="ann", force=True, reason="x"))


def test_an_unknown_name_is_answered_with_the_nearest(moves):
    with pytest.raises(NotFound, match=r"did you mean 'orders\.list'"):
        run(moves.promote("orders.lst", who="ann"))


def test_moves_that_the_table_does_not_have_are_refused(moves):
    with pytest.raises(PromotionRefused, match="is in shadow: there is no rollback from there"):
        run(moves.rollback("orders.list", who="ann"))
    run(moves.promote("orders.list", who="ann", force=True, reason="x"))
    with pytest.raises(PromotionRefused, match="is in promoted: there is no promote"):
        run(moves.promote("orders.list", who="ann", force=True, reason="x"))


def test_a_rollback_goes_back_with_a_hold_that_only_release_clears(moves, store, servers):
    run(moves.promote("worker", who="ann", force=True, reason="x"))
    run(moves.rollback("worker", who="bob", reason="errors"))
    assert servers[0][2:] == ["candidate /internal/flush", "primary /internal/reload"]
    assert stage(store, "worker") is Stage.SHADOW
    with pytest.raises(PromotionRefused, match="on hold by bob: errors"):
        run(moves.promote("worker", who="ann", force=True, reason="again"))
    moves.release("worker", who="bob", reason="repaired")
    run(moves.promote("worker", who="ann", force=True, reason="again"))
    assert [one.move.action for one in verified(store)] == ["promote", "rollback", "release", "promote"]


def test_a_hold_by_a_person_is_audited(moves, store):
    moves.hold("orders.list", who="ann", reason="release freeze")
    assert store.stages().holds["orders.list"].reason == "release freeze"
    assert store.ledger()[0].move.action == "hold"


def test_a_dead_candidate_can_be_left_by_force(moves, store, servers):
    run(moves.promote("worker", who="ann", force=True, reason="x"))
    servers[2].close()
    with pytest.raises(PromotionRefused, match="leave hook") as refused:
        run(moves.rollback("worker", who="bob"))
    assert str(refused.value).endswith("). Next: shadow rollback worker --force --reason WHY")
    assert stage(store, "worker") is Stage.PROMOTED
    moved = run(moves.rollback("worker", who="bob", reason="dead", force=True))
    assert "gave no answer" in moved.note
    assert stage(store, "worker") is Stage.SHADOW


def test_a_handover_whose_process_died_is_recovered_by_whoever_lives(moves, store, servers):
    handover = Handover("H1", "worker", Stage.SHADOW, Stage.PROMOTED, Phase.LEAVING, clock.now() - 1, "ann")
    store.begin_handover(handover)
    run(moves.recover())
    assert servers[0] == ["primary /internal/reload"]
    assert store.stages().handovers == {}
    assert stage(store, "worker") is Stage.SHADOW


def test_a_group_whose_side_does_not_answer_keeps_no_other_waiting(config, store, servers):
    """The handover before it in the map cannot be cleared away; this one can."""
    servers[2].close()
    groups = {name: replace(config.groups["worker"], name=name) for name in ("orders.list", "worker")}
    moves = Moves(replace(config, groups=groups), store)
    given = (Phase.LEAVING, clock.now() - 1, "ann")
    store.move("orders.list", Stage.SHADOW, Stage.PROMOTED, Move("promote", "orders.list", "ann"))
    store.begin_handover(Handover("H1", "orders.list", Stage.PROMOTED, Stage.SHADOW, *given))
    store.begin_handover(Handover("H2", "worker", Stage.SHADOW, Stage.PROMOTED, *given))
    with pytest.raises(PromotionRefused, match="gave no answer"):
        run(moves.recover())
    assert store.stages().handovers.keys() == {"orders.list"}


MOVER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from shadow.config import Config, Group, Upstream
    from shadow.cutover.moves import Moves
    from shadow.errors import PromotionRefused
    from shadow.store import open_store
    from tests.unit.cutover.conftest import ROUTES
    url, who, primary, candidate, name = sys.argv[1:]
    group = Group("worker", "in-process", "POST /internal/flush", "POST /internal/reload")
    config = Config(Path("shadow.toml"), Upstream(live=primary), Upstream(live=candidate), routes=ROUTES,
                    groups={"worker": group})
    store = open_store(url)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        asyncio.run(Moves(config, store).promote(name, who=who, force=True, reason="at once"))
        print("moved", flush=True)
    except PromotionRefused as error:
        print("refused", error, flush=True)
    store.close()
    """
)


@pytest.mark.parametrize("name", ["orders.list", "worker"])
def test_of_two_promotions_at_once_from_two_processes_one_is_refused(store, url, servers, name):
    _, primary, candidate = servers
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MOVER, url, who, primary.url, candidate.url, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in ("ann", "bob")
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    # The last line is the result; there may be log lines before it.
    found = sorted(process.communicate(timeout=60)[0].splitlines()[-1].split(" ")[0] for process in processes)
    assert found == ["moved", "refused"]
    assert len(verified(store)) == 1
    assert store.stages().units[name] is Stage.PROMOTED
    assert store.stages().handovers == {}
