"""A unit's page on a real store: dry runs first, buttons that move, and nothing for strangers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from shadow.config import Canary, Config, Group, Upstream
from shadow.console.operators import add
from shadow.desk import StoreDesk
from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.base import Store
from tests.support.evidence import GATE
from tests.support.judgements import a_judgement
from tests.support.paper_desk import HOME, HOSTILE, Visitor

ROUTES = RouteTable([Route("orders.list", "/orders"), Route("api.beat", "/api/beat", group="worker")])
HOOKS = Group("worker", "in-process", "POST /internal/flush", "POST /internal/reload")
ACTIONS = (
    "/units/orders.list/promote",
    "/units/orders.list/rollback",
    "/units/orders.list/release",
    "/units/orders.list/hold",
    "/freeze",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    opened.register(ROUTES)
    yield opened
    opened.close()


@pytest.fixture
def visitor(tmp_path: Path, store: Store) -> Visitor:
    """Signed in as ann."""
    nowhere = Upstream(live="http://127.0.0.1:9")
    config = Config(
        source=tmp_path / "shadow.toml",
        primary=nowhere,
        candidate=nowhere,
        gate=GATE,
        canary=Canary(steps=(5, 50), min_pairs=0, min_span=0.0),
        routes=ROUTES,
        groups={"worker": HOOKS},
    )
    visitor = Visitor(tmp_path / "console.operators", StoreDesk(config, store))
    visitor.sign_in(add(tmp_path / "console.operators", "ann"))
    return visitor


def ready(store: Store) -> None:
    store.record([a_judgement(n) for n in range(1, 401)], checkpoint={"w1": 400})


def shown(visitor: Visitor, path: str = "/units/orders.list", status: int = 200) -> LexborHTMLParser:
    answer = visitor.ask("GET", path)
    assert answer.status_code == status
    return LexborHTMLParser(answer.text)


def press(visitor: Visitor, path: str, **fields: str) -> tuple[int, str]:
    answer = visitor.ask("POST", path, data=fields, headers={"Origin": HOME})
    return answer.status_code, answer.text


def buttons(page: LexborHTMLParser) -> list[str]:
    return [button.text() for button in page.css("button")]


def moves(store: Store) -> list[tuple[str, str, str, str]]:
    return [(one.move.action, one.move.name, one.move.to, one.move.who) for one in store.ledger()]


def test_the_page_says_what_each_move_would_do_and_does_nothing(visitor, store):
    ready(store)
    page = shown(visitor)
    assert buttons(page) == ["promote to canary:5", "promote", "look", "hold"]
    assert "one write in the store" in page.css_first("section.move ol").text()
    assert moves(store) == []


def test_what_the_gate_refuses_has_its_reasons_and_no_button(visitor, store):
    page = shown(visitor)
    assert buttons(page) == ["look", "hold"]
    assert "not now: orders.list stays in shadow, the gate says inconclusive: " in page.body.text()


def test_the_buttons_lead_up_the_ramp_in_the_name_of_who_is_signed_in(visitor, store):
    ready(store)
    offers = (["promote to canary:50", "promote"], ["promote"], [])
    for to, offered in zip(("canary:5", "canary:50", "promoted"), offers, strict=True):
        assert press(visitor, "/units/orders.list/promote", to=to, reason=" step ")[0] == 303
        assert [one for one in buttons(shown(visitor)) if one.startswith("promote")] == offered
    assert moves(store) == [
        ("promote", "orders.list", to, "ann@console") for to in ("canary:5", "canary:50", "promoted")
    ]
    assert {one.move.reason for one in store.ledger()} == {"step"}


def test_any_share_of_clients_can_be_looked_at_before_it_is_chosen(visitor, store):
    ready(store)
    assert buttons(shown(visitor, "/units/orders.list?share=20"))[0] == "promote to canary:20"
    assert visitor.ask("GET", "/units/orders.list?share=100").status_code == 422
    assert moves(store) == []


def test_a_move_that_is_refused_after_all_says_why_on_the_page(visitor, store):
    status, text = press(visitor, "/units/orders.list/promote", to="canary:5")
    assert status == 409
    told = LexborHTMLParser(text).css_first("p[role=alert]").text()
    assert told.startswith("orders.list stays in shadow")
    assert moves(store) == []


def test_a_handover_is_shown_with_its_hooks_and_a_group_has_no_canary(visitor, store):
    store.record([a_judgement(n, route="api.beat") for n in range(1, 401)], checkpoint={"w1": 400})
    page = shown(visitor, "/units/worker")
    assert buttons(page) == ["promote", "look", "hold"]
    assert "/internal/flush" in page.css("section.move ol")[0].text()
    assert "it has no canary" in page.body.text()


def test_a_rollback_leaves_a_hold_that_a_button_clears(visitor, store):
    ready(store)
    press(visitor, "/units/orders.list/promote", to="promoted")
    assert buttons(shown(visitor)) == ["hold", "roll back"]
    assert press(visitor, "/units/orders.list/rollback", reason=HOSTILE)[0] == 303
    page = shown(visitor)
    assert buttons(page) == ["release", "look"]
    assert not page.css("img, script:not([src])")
    assert press(visitor, "/units/orders.list/release", reason="mended")[0] == 303
    assert [action for action, *_ in moves(store)] == ["promote", "rollback", "release"]
    assert "promote" in buttons(shown(visitor))


def test_a_hold_takes_the_buttons_away_and_needs_a_reason(visitor, store):
    ready(store)
    assert press(visitor, "/units/orders.list/hold", reason=" ")[0] == 409
    assert press(visitor, "/units/orders.list/hold", reason="wait for ben")[0] == 303
    assert buttons(shown(visitor)) == ["release", "look"]
    assert store.stages().holds["orders.list"].who == "ann@console"


def test_freezing_takes_the_buttons_away_until_it_is_lifted(visitor, store):
    ready(store)
    assert press(visitor, "/freeze", reason="")[0] == 409
    assert press(visitor, "/freeze", reason="the sale")[0] == 303
    assert buttons(shown(visitor, "/")) == ["unfreeze"]
    assert buttons(shown(visitor)) == ["look", "hold"]
    assert press(visitor, "/unfreeze")[0] == 303
    assert buttons(shown(visitor, "/")) == ["freeze all"]
    assert [(action, who) for action, _, _, who in moves(store)] == [
        ("freeze", "ann@console"),
        ("unfreeze", "ann@console"),
    ]


@pytest.mark.parametrize("path", [*ACTIONS, "/unfreeze"])
def test_no_other_page_and_no_stranger_can_press_a_button(visitor, store, path):
    ready(store)
    fields = {"reason": "because"}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Referer": f"{HOME}/"}):
        assert visitor.ask("POST", path, data=fields, headers=headers).status_code == 403
    visitor.cookies.clear()
    assert visitor.ask("POST", path, data=fields, headers={"Origin": HOME}).status_code == 401
    assert moves(store) == []


def test_a_button_is_not_pressed_by_reading(visitor, store):
    ready(store)
    for path in ACTIONS:
        assert visitor.ask("GET", path).status_code in (404, 405)
    assert moves(store) == []


def test_a_unit_that_does_not_exist_and_a_member_alone_have_no_page(visitor):
    for name in ("nowhere", "api.beat"):
        assert visitor.ask("GET", f"/units/{name}").status_code == 404
