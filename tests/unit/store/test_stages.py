"""Conformance: stages, holds, handovers, heartbeats, ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow import clock
from shadow.errors import NotFound, PromotionRefused
from shadow.routes import Route
from shadow.store.trail import broken_at
from shadow.store.values import Canary, Freeze, Handover, Heartbeat, Hold, Move, Phase
from shadow.words import Outcome, Side, Stage
from tests.support.judgements import a_judgement, a_mismatch

BEAT_ROUTES = (
    Route("api.beat", "/api/beat", group="worker"),
    Route("api.update", "/api/update", group="worker", stage=Stage.OFF),
    Route("home", "/"),
)
PROMOTE = Move("promote", "worker", "ann", "shadow", "promoted", evidence='{"verdict": "ready"}')
HOLD = Hold("worker", "ann", 5.0, "looks odd")


@pytest.fixture
def stages(store):
    store.register(BEAT_ROUTES)
    return store


def a_handover(**changes):
    values = {"id": "H1", "unit": "worker", "origin": Stage.SHADOW, "to": Stage.PROMOTED, "phase": Phase.HOLDING}
    return Handover(**{**values, "deadline": clock.now() + 60, "who": "ann", **changes})


def promote(store, unit="worker"):
    store.move(unit, Stage.SHADOW, Stage.PROMOTED, replace(PROMOTE, name=unit))


def test_routes_and_units_stand_where_they_are_configured(stages):
    found = stages.stages()
    assert found.routes == {"api.beat": Stage.SHADOW, "api.update": Stage.OFF, "home": Stage.SHADOW}
    assert found.units == {"worker": Stage.SHADOW, "home": Stage.SHADOW}


def test_registering_again_changes_nothing_not_even_the_version(stages):
    promote(stages)
    before = stages.stages()
    stages.register(BEAT_ROUTES)
    assert stages.stages() == before


def test_a_unit_moves_with_all_its_routes_and_nothing_else(stages):
    version = stages.version()
    promote(stages)
    found = stages.stages()
    assert found.routes == {"api.beat": Stage.PROMOTED, "api.update": Stage.PROMOTED, "home": Stage.SHADOW}
    assert found.units["worker"] is Stage.PROMOTED
    assert stages.version() == found.version > version


def test_a_route_that_joins_a_promoted_group_is_promoted_with_it(stages):
    """Its state lives in the candidate; served by the primary it would be written over."""
    promote(stages)
    stages.register([*BEAT_ROUTES, Route("api.new", "/api/new", group="worker")])
    assert stages.stages().routes["api.new"] is Stage.PROMOTED


def test_a_promoted_route_that_joins_a_group_in_shadow_goes_back_to_it(stages):
    promote(stages, "home")
    stages.register([*BEAT_ROUTES[:2], replace(BEAT_ROUTES[2], group="worker")])
    assert stages.stages().routes["home"] is Stage.SHADOW


def test_a_move_from_a_stage_that_the_unit_has_left_is_refused(stages):
    promote(stages)
    with pytest.raises(PromotionRefused, match="promoted by now"):
        promote(stages)
    assert len(stages.ledger()) == 1


def test_an_unknown_unit_is_not_found(stages):
    with pytest.raises(NotFound):
        promote(stages, "nobody")


def test_a_hold_refuses_promotion_until_it_is_released(stages):
    stages.set_hold(HOLD, Move("hold", "worker", "ann"))
    assert stages.stages().holds == {"worker": HOLD}
    with pytest.raises(PromotionRefused, match="looks odd"):
        promote(stages)
    with pytest.raises(PromotionRefused, match="release worker"):
        stages.begin_handover(a_handover())
    stages.release("worker", Move("release", "worker", "bob"))
    promote(stages)


def test_a_hold_does_not_keep_a_unit_from_going_back(stages):
    promote(stages)
    stages.set_hold(HOLD, Move("hold", "worker", "ann"))
    stages.move("worker", Stage.PROMOTED, Stage.SHADOW, replace(PROMOTE, action="rollback"))
    assert stages.stages().units["worker"] is Stage.SHADOW


def test_a_rollback_leaves_its_hold_in_the_same_step(stages):
    promote(stages)
    stages.move("worker", Stage.PROMOTED, Stage.SHADOW, replace(PROMOTE, action="rollback"), hold=HOLD)
    assert stages.stages().holds == {"worker": HOLD}


def canary(store, share, origin=Stage.CANARY):
    store.move("home", origin, Stage.CANARY, replace(PROMOTE, name="home", to=f"canary:{share}"), share=share)


def test_a_canary_has_its_share_until_it_leaves_the_stage(stages):
    canary(stages, 5, Stage.SHADOW)
    assert stages.stages().canaries == {"home": Canary(5)}
    assert str(stages.stages().standing("home")) == "canary:5"
    canary(stages, 25)
    assert stages.stages().canaries["home"].share == 25
    stages.move("home", Stage.CANARY, Stage.PROMOTED, replace(PROMOTE, name="home"))
    assert stages.stages().canaries == {}
    assert str(stages.stages().standing("home")) == "promoted"
    assert stages.stages().standing("nobody") is None


@pytest.mark.parametrize("share", [5, 4])
def test_a_share_only_grows(stages, share):
    """Of two people who take the same step at once the second is refused."""
    canary(stages, 5, Stage.SHADOW)
    with pytest.raises(PromotionRefused, match="has 5 per cent of the clients by now"):
        canary(stages, share)
    assert len(stages.ledger()) == 1


def test_the_time_of_the_last_move_is_kept_for_each_unit(stages):
    assert stages.stages().moved == {}
    before = stages.now()
    promote(stages, "home")
    assert stages.stages().moved.keys() == {"home"}
    assert before <= stages.stages().moved["home"] <= stages.now()


def test_clean_pairs_of_the_candidate_since_the_last_step_are_counted(stages, record):
    canary(stages, 5, Stage.SHADOW)
    late, version = clock.now() + 60, stages.version()
    served = {"route": "home", "answering": Side.CANDIDATE, "at": late}
    record(
        a_judgement(1, **served),
        a_judgement(2, Outcome.NOISE, **served),
        a_mismatch(3, **served),
        a_judgement(4, **{**served, "answering": Side.PRIMARY}),
        a_judgement(5, **{**served, "at": clock.now() - 60}),
        a_judgement(6, **{**served, "route": "api.beat"}),
    )
    assert stages.stages().canaries == {"home": Canary(5, 2)}
    assert stages.version() == version
    stages.register(BEAT_ROUTES)
    assert stages.stages().canaries == {"home": Canary(5, 2)}
    canary(stages, 25)
    assert stages.stages().canaries == {"home": Canary(25, 0)}


def test_a_freeze_lets_units_go_back_and_nothing_forward(stages):
    promote(stages, "home")
    version = stages.version()
    freeze = Freeze("ann", 5.0, "holidays")
    stages.freeze(freeze, Move("freeze", "*", "ann", reason="holidays"))
    assert stages.stages().freeze == freeze
    assert stages.version() > version
    for forward in (lambda: promote(stages), lambda: stages.begin_handover(a_handover())):
        with pytest.raises(PromotionRefused, match=r"frozen by ann: holidays\. Next: shadow unfreeze"):
            forward()
    stages.move("home", Stage.PROMOTED, Stage.SHADOW, replace(PROMOTE, action="rollback", name="home"))
    stages.unfreeze(Move("unfreeze", "*", "bob"))
    promote(stages)
    assert [one.move.action for one in stages.ledger()] == ["promote", "freeze", "rollback", "unfreeze", "promote"]


def test_a_canary_on_hold_or_frozen_takes_no_step(stages):
    canary(stages, 5, Stage.SHADOW)
    stages.set_hold(replace(HOLD, unit="home"), Move("hold", "home", "ann"))
    with pytest.raises(PromotionRefused, match="looks odd"):
        canary(stages, 25)


def test_unfreezing_what_is_not_frozen_is_not_found(stages):
    with pytest.raises(NotFound, match="nothing is frozen"):
        stages.unfreeze(Move("unfreeze", "*", "bob"))
    assert stages.ledger() == []


def test_releasing_without_a_hold_is_not_found(stages):
    with pytest.raises(NotFound):
        stages.release("worker", Move("release", "worker", "bob"))
    assert stages.ledger() == []


def test_a_handover_holds_its_unit_against_every_other_move(stages):
    version = stages.version()
    stages.begin_handover(a_handover())
    assert stages.version() > version
    assert stages.stages().handovers["worker"].to is Stage.PROMOTED
    with pytest.raises(PromotionRefused, match="being moved to promoted by ann"):
        promote(stages)
    with pytest.raises(PromotionRefused, match="being moved"):
        stages.begin_handover(a_handover(id="H2"))
    promote(stages, "home")


def test_a_finished_handover_has_moved_its_unit(stages):
    stages.begin_handover(a_handover())
    stages.advance_handover("H1", Phase.LEAVING)
    assert stages.stages().handovers["worker"].phase is Phase.LEAVING
    stages.finish_handover("H1", PROMOTE, before=clock.now() + 60)
    found = stages.stages()
    assert found.handovers == {}
    assert found.units["worker"] is Stage.PROMOTED
    assert stages.ledger()[0].move == PROMOTE


def test_a_handover_that_is_late_moves_nothing(stages):
    stages.begin_handover(a_handover())
    with pytest.raises(PromotionRefused, match="too long"):
        stages.finish_handover("H1", PROMOTE, before=clock.now() - 1)
    assert stages.stages().units["worker"] is Stage.SHADOW
    assert "worker" in stages.stages().handovers


def test_a_dropped_handover_cannot_go_on(stages):
    stages.begin_handover(a_handover())
    stages.drop_handover("H1")
    stages.drop_handover("H1")
    for step in (
        lambda: stages.advance_handover("H1", Phase.ENTERING),
        lambda: stages.finish_handover("H1", PROMOTE, before=clock.now() + 60),
    ):
        with pytest.raises(PromotionRefused, match="ended"):
            step()
    assert stages.stages().units["worker"] is Stage.SHADOW


def test_heartbeats_tell_who_lives_and_what_has_drained(stages):
    now = clock.now()
    stages.beat(Heartbeat("p1", now))
    stages.beat(Heartbeat("p2", now, frozenset({"H1", "H2"})))
    stages.beat(Heartbeat("p1", now + 1))
    assert stages.heartbeats() == [Heartbeat("p1", now + 1), Heartbeat("p2", now, frozenset({"H1", "H2"}))]


def test_a_proxy_that_said_good_bye_is_forgotten(stages):
    stages.beat(Heartbeat("p1", clock.now()))
    stages.beat(Heartbeat("p1", 0.0))
    assert stages.heartbeats() == []


def test_heartbeats_do_not_change_the_version(stages):
    version = stages.version()
    stages.beat(Heartbeat("p1", clock.now()))
    assert stages.version() == version


def test_the_ledger_is_a_chain_that_shows_every_change(stages):
    promote(stages)
    stages.set_hold(HOLD, Move("hold", "worker", "ann", reason="odd"))
    stages.release("worker", Move("release", "worker", "bob"))
    entries = stages.ledger()
    assert [one.move.action for one in entries] == ["promote", "hold", "release"]
    assert broken_at(entries) is None
    for number, entry in enumerate(entries):
        changed = [*entries]
        changed[number] = replace(entry, move=replace(entry.move, who="mallory"))
        assert broken_at(changed) == number + 1
        assert broken_at([*entries[:number], *entries[number + 1 :]]) == (number + 1 if number < 2 else None)
