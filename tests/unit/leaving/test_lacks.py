"""What is in the way of leaving: each lack by itself, in words and with the next step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shadow.config import Config, Gate, Guard, Upstream
from shadow.leaving.lacks import Survey, lacks, survey, unit_lacks
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.trail import linked
from shadow.store.values import Canary, Freeze, Handover, Hold, Move, Phase, StageMap
from shadow.words import Stage
from tests.support.judgements import a_judgement, a_mismatch

APP = Upstream(live="http://127.0.0.1:9")
ROUTES = RouteTable(
    [Route("beat", "/beat", group="worker"), Route("update", "/update", group="worker"), Route("a", "/a")]
)
CONFIG = Config(Path("shadow.toml"), APP, APP, gate=Gate(min_span=100.0), routes=ROUTES)
NOW = 1000.0
STAGES = StageMap(units={"worker": Stage.PROMOTED, "a": Stage.PROMOTED}, moved={"worker": 500.0, "a": 900.0})
QUIET = Survey(STAGES, {}, {}, (), "", 0, NOW)


def rolled_back(who: str, at: float) -> Survey:
    move = Move("rollback", "a", who, "promoted", "shadow", "it failed")
    return replace(QUIET, ledger=(linked(move, number=1, at=at, previous=""),))


def in_stages(**changes: object) -> Survey:
    return replace(QUIET, stages=replace(STAGES, **changes))


def test_where_all_is_promoted_and_quiet_nothing_is_in_the_way():
    assert lacks(QUIET, CONFIG) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (in_stages(units={"worker": Stage.SHADOW, "a": Stage.PROMOTED}), "worker is in shadow. Next: shadow promote"),
        (in_stages(units={"worker": Stage.PROMOTED}), "a is in shadow. Next: shadow promote a"),
        (
            in_stages(units={**STAGES.units, "a": Stage.CANARY}, canaries={"a": Canary(5)}),
            "a is in canary:5. Next: shadow promote a",
        ),
        (in_stages(moved={"a": 901.0}), "a is promoted for 99 s of 100 s ([gate] min_span). Next: wait"),
        (in_stages(holds={"a": Hold("a", "ann", 1.0, "odd")}), "a is on hold by ann: odd. Next: shadow release a"),
        (
            in_stages(
                handovers={"worker": Handover("H", "worker", Stage.PROMOTED, Stage.SHADOW, Phase.HOLDING, 1, "b")}
            ),
            "worker is being moved at this moment",
        ),
        (in_stages(freeze=Freeze("ann", 1.0, "sale")), "all is frozen by ann: sale. Next: shadow unfreeze"),
        (replace(QUIET, blocking={"update": ("f1",)}), "finding f1 on update is open. Next: shadow findings show f1"),
        (replace(QUIET, blocking={"*": ("f2",)}), "finding f2 on * is open"),
        (replace(QUIET, pending={"beat": 3}), "3 exchanges of beat are recorded and not judged yet"),
        (replace(QUIET, pending={"*": 1}), "1 exchanges of * are recorded"),
        (replace(QUIET, tainted="a write was lost"), "no faithful clone any more: a write was lost"),
        (rolled_back("guard", 950.0), "the guard took a back 50 s ago, within 100 s"),
    ],
)
def test_each_lack_is_told_alone_with_its_next_step(seen, told):
    (lack,) = lacks(seen, CONFIG)
    assert told in lack
    assert ". Next: " in lack


@pytest.mark.parametrize("seen", [rolled_back("guard", 899.0), rolled_back("ann@cli", 999.0)])
def test_what_the_guard_did_long_ago_or_a_person_did_is_no_unrest(seen):
    assert lacks(seen, CONFIG) == []


def test_without_a_guard_or_a_route_nobody_knows():
    (lack,) = lacks(QUIET, replace(CONFIG, guard=Guard(enabled=False)))
    assert "the guard is off" in lack
    (lack,) = lacks(QUIET, replace(CONFIG, routes=RouteTable()))
    assert "no route is configured" in lack


def test_a_unit_does_not_answer_for_others():
    seen = replace(QUIET, blocking={"update": ("f1",), "*": ("f2",)}, pending={"update": 1})
    assert unit_lacks("a", seen, CONFIG) == []
    assert len(unit_lacks("worker", seen, CONFIG)) == 2


def test_a_survey_shows_what_the_store_holds(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    store.register(ROUTES)
    store.record([a_mismatch(1, route="a"), a_judgement(2, route="*")], checkpoint={"w1": 2})
    store.move("a", Stage.SHADOW, Stage.PROMOTED, Move("promote", "a", "ann"))
    seen = survey(store, {"beat": 2})
    (finding,) = store.findings()
    assert (seen.blocking, seen.pending, seen.unmatched) == ({"a": (finding.id,)}, {"beat": 2}, 1)
    assert [entry.number for entry in seen.ledger] == [1]
    assert seen.stages.units["a"] is Stage.PROMOTED
    store.close()
