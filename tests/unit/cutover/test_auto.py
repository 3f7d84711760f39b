"""Promotions without a person: within their hours, one at a time, never against a gate, a hold or a freeze."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shadow.config import Auto, Canary, Config, Group, Upstream
from shadow.cutover.auto import AutoPromotion, is_open
from shadow.cutover.moves import Moves
from shadow.routes import Route, RouteTable
from shadow.store.values import Freeze, Move
from shadow.units import daily
from tests.support.evidence import GATE
from tests.support.hook_server import hook_servers
from tests.support.judgements import a_judgement

ALWAYS = Auto(window=daily("00:00-24:00"), days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), cooldown=0.0)
NEVER = replace(ALWAYS, days=())
ROUTES = RouteTable(
    [
        Route("orders.list", "/orders", auto=True),
        Route("orders.view", "/orders/{id}", auto=True),
        Route("home", "/"),
        Route("api.beat", "/api/beat", frozenset({"POST"}), group="worker"),
    ]
)


@pytest.fixture
def config():
    return Config(
        source=Path("shadow.toml"),
        primary=Upstream(live="http://127.0.0.1:1"),
        candidate=Upstream(live="http://127.0.0.1:2"),
        gate=GATE,
        canary=Canary(steps=(5,), min_pairs=0, min_span=0.0),
        auto=ALWAYS,
        routes=ROUTES,
        groups={"worker": Group("worker", "in-process", "POST /internal/flush", "POST /internal/reload", auto=True)},
    )


@pytest.fixture
def known(store):
    store.register(ROUTES)
    return store


def ready(store, *routes):
    for route in routes:
        method = "POST" if route.startswith("api.") else "GET"
        more = {"route": route, "writer": route, "method": method, "shape": f"{method} 2xx json object"}
        store.record([a_judgement(n, **more) for n in range(1, 401)], checkpoint={route: 400})


def rounds(config, store, count=1, **more):
    """What each round moved."""
    auto = AutoPromotion(config, store, **more)

    async def look():
        return [await auto.round() for _ in range(count)]

    return asyncio.run(look())


def test_what_is_ready_goes_up_the_ramp_and_only_then_the_next_begins(config, known):
    ready(known, "orders.list", "orders.view", "home")
    assert rounds(config, known, 5) == ["orders.list", "orders.list", "orders.view", "orders.view", ""]
    moves = [(one.move.name, one.move.to, one.move.who, one.move.forced) for one in known.ledger()]
    assert moves == [
        ("orders.list", "canary:5", "auto", False),
        ("orders.list", "promoted", "auto", False),
        ("orders.view", "canary:5", "auto", False),
        ("orders.view", "promoted", "auto", False),
    ]


def test_what_is_not_ready_keeps_nobody_waiting(config, known):
    ready(known, "orders.view")
    assert rounds(config, known, 2) == ["orders.view", "orders.view"]


def test_what_waits_for_the_mirror_is_counted_once_a_round_and_weighs_on_every_unit(config, known):
    """Counting reads what the mirror has not: once for each unit, it would slow down most a mirror that lags."""
    ready(known, "orders.list", "orders.view")
    asked = []

    def pending():
        asked.append(1)
        return {"orders.list": 100_000, "orders.view": 100_000}

    assert rounds(config, known, 2, pending=pending) == ["", ""]
    assert len(asked) == 2


def test_a_canary_that_is_not_ready_for_its_next_step_is_waited_for(config, known):
    ready(known, "orders.list", "orders.view")
    slow = replace(config, canary=Canary(steps=(5,), min_pairs=1, min_span=0.0))
    assert rounds(slow, known, 3) == ["orders.list", "", ""]


def test_a_group_with_state_goes_by_handover_in_one_step(config, known):
    ready(known, "api.beat")
    with hook_servers() as (called, primary, candidate):
        there = replace(config, primary=Upstream(live=primary.url), candidate=Upstream(live=candidate.url))
        assert rounds(there, known, 2) == ["worker", ""]
        assert called == ["primary /internal/flush", "candidate /internal/reload"]
    assert known.ledger()[0].move.to == "promoted"


def test_nothing_moves_outside_its_hours(config, known):
    ready(known, "orders.list")
    assert rounds(replace(config, auto=NEVER), known) == [""]


def test_nothing_moves_while_all_is_frozen(config, known):
    ready(known, "orders.list")
    known.freeze(Freeze("ann", 1.0, "holidays"), Move("freeze", "*", "ann"))
    assert rounds(config, known) == [""]


def test_what_was_rolled_back_waits_for_a_person(config, known):
    ready(known, "orders.list")
    moves = Moves(config, known)
    assert rounds(config, known, 2) == ["orders.list", "orders.list"]
    asyncio.run(moves.rollback("orders.list", who="guard", reason="errors"))
    assert rounds(config, known, 2) == ["", ""]
    moves.release("orders.list", who="ann")
    assert rounds(config, known) == ["orders.list"]


def test_any_move_is_followed_by_a_pause(config, known):
    ready(known, "orders.list", "orders.view")
    patient = replace(config, auto=replace(ALWAYS, cooldown=3600.0))
    assert rounds(patient, known, 3) == ["orders.list", "", ""]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("window", "when", "is_it"),
    [
        ("09:00-16:00", "2026-11-26 09:00", True),  # a Thursday
        ("09:00-16:00", "2026-11-26 08:59", False),
        ("09:00-16:00", "2026-11-26 15:59", True),
        ("09:00-16:00", "2026-11-26 16:00", False),
        ("09:00-16:00", "2026-11-28 12:00", False),  # a Saturday
        ("00:00-24:00", "2026-11-26 23:59", True),
        ("22:00-04:00", "2026-11-27 23:00", True),  # the night that begins on Friday
        ("22:00-04:00", "2026-11-28 03:59", True),
        ("22:00-04:00", "2026-11-28 04:00", False),
        ("22:00-04:00", "2026-11-28 22:00", False),
        ("22:00-04:00", "2026-11-30 03:00", False),  # the night that began on Sunday
    ],
)
def test_the_hours_are_utc_and_a_night_belongs_to_the_day_on_which_it_begins(window, when, is_it):
    assert is_open(Auto(window=daily(window)), at(when)) is is_it
