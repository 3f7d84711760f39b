"""A twin belongs to who brings all that its login set; proxies that tell one another end up alike."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow import clock
from shadow.twin.held import Held
from shadow.twin.register import Register
from shadow.twin.twin import Twin
from shadow.words import Side
from tests.support.builders import headers

NAMES = frozenset({"sid", "ticket"})


def a_twin(
    name: str = "t", *, cookies: dict[str, str] | None = None, used: float | None = None, pending: bool = False
) -> Twin:
    """A client that signed in on the primary."""
    own = Held({key: [value] for key, value in (cookies or {"sid": f"s-{name}", "ticket": f"t-{name}"}).items()})
    other = Held({"session": [f"c-{name}"]}, ["token-1"])
    held = {Side.PRIMARY: own, Side.CANDIDATE: other}
    twin = Twin(name, Side.PRIMARY, ("sid", "ticket"), held, clock.now() if used is None else used)
    if not pending:
        twin.settle(failed=False)
    return twin


def a_register(*twins: Twin, limit: int = 10, idle: float = 60.0) -> Register:
    register = Register(limit=limit, idle=idle)
    for twin in twins:
        register.add(twin)
    return register


def rotated(register: Register, twin: Twin, **cookies: str) -> None:
    """The client's own stack gives new cookies."""
    twin.held[Side.PRIMARY].take(headers(Set_Cookie=[f"{k}={v}; Path=/" for k, v in cookies.items()]), NAMES)
    register.touched(twin)


def test_who_brings_every_cookie_of_the_login_is_found():
    ann, bob = a_twin("ann"), a_twin("bob")
    register = a_register(ann, bob)
    assert register.find({"sid": "s-ann", "ticket": "t-ann"}) is ann
    assert register.find({"ticket": "t-bob", "sid": "s-bob"}) is bob


@pytest.mark.parametrize(
    "cookies",
    [
        {"sid": "s-ann"},
        {"ticket": "t-ann"},
        {"sid": "s-ann", "ticket": "t-bob"},
        {"sid": "t-ann", "ticket": "s-ann"},
        {},
    ],
)
def test_who_brings_less_or_a_mixture_is_nobody(cookies):
    assert a_register(a_twin("ann"), a_twin("bob")).find(cookies) is None


def test_a_cookie_that_two_clients_share_opens_neither_session_to_the_other():
    """A declared cookie that is the same for many identifies nobody; the other one still does."""
    ann = a_twin("ann", cookies={"sid": "s-ann", "ticket": "the same for everybody"})
    bob = a_twin("bob", cookies={"sid": "s-bob", "ticket": "the same for everybody"})
    register = a_register(ann, bob)
    assert register.find({"sid": "s-ann", "ticket": "the same for everybody"}) is ann
    assert register.find({"sid": "s-bob", "ticket": "the same for everybody"}) is bob
    assert register.find({"ticket": "the same for everybody"}) is None


def test_cookies_that_rotate_are_followed_and_old_ones_are_forgotten_in_the_end():
    ann = a_twin("ann")
    register = a_register(ann)
    for number in range(20):
        rotated(register, ann, sid=f"s-{number}")
    assert register.find({"sid": "s-19", "ticket": "t-ann"}) is ann
    assert register.find({"sid": "s-18", "ticket": "t-ann"}) is ann
    assert register.find({"sid": "s-1", "ticket": "t-ann"}) is None
    assert len(register._by_cookie) == 9


def test_a_cookie_that_was_replaced_is_good_for_what_is_under_way_and_no_longer(monkeypatch):
    """Its stack may have replaced it because somebody had stolen it."""
    ann, began = a_twin("ann"), clock.now()
    register = a_register(ann, idle=3600.0)
    rotated(register, ann, sid="s-new")
    for later, found in ((10.0, ann), (100.0, None)):
        monkeypatch.setattr(clock, "now", lambda later=later: began + later)
        assert register.find({"sid": "s-ann", "ticket": "t-ann"}) is found
        assert register.find({"sid": "s-new", "ticket": "t-ann"}) is ann


def test_a_store_that_is_away_for_long_gathers_no_more_ends_than_there_may_be_twins():
    register = a_register(limit=3)
    for number in range(20):
        register.add(a_twin(str(number)))
        register.retell(*register.untold())
    texts, counts = register.untold()
    assert {twin_id for twin_id, text in texts.items() if text} == {"17", "18", "19"}
    assert (len(texts), counts) == (6, {"crowded out": 17})


def test_past_the_limit_the_one_unused_for_longest_goes():
    register = a_register(*(a_twin(name) for name in "abc"), limit=3)
    register.find({"sid": "s-a", "ticket": "t-a"})
    register.add(a_twin("d"))
    assert [register.get(name) is not None for name in "abcd"] == [True, False, True, True]
    assert register.counts == {"crowded out": 1}
    assert register.untold()[0]["b"] == ""


def test_what_lay_idle_is_forgotten_whether_anybody_asks_or_not():
    register = a_register(a_twin("a", used=clock.now() - 100), a_twin("b", used=clock.now() - 100), a_twin("c"))
    assert register.find({"sid": "s-a", "ticket": "t-a"}) is None
    register.sweep()
    assert (len(register), register.counts) == (1, {"idle": 2})
    assert len(register._by_cookie) == 2


def test_a_twin_survives_the_way_through_the_store():
    ann = a_twin("ann")
    ann.held[Side.PRIMARY].learn(["one-token", "two-token"])
    again = Twin.of(ann.as_json())
    assert again.as_json() == ann.as_json()
    assert again.owns({"sid": "s-ann", "ticket": "t-ann"})


@pytest.mark.parametrize("text", ["{}", "[]", '{"held": {"elsewhere": {}}}'])
def test_a_twin_of_another_version_is_passed_over(text):
    register = a_register()
    register.take({"odd": text, "ann": a_twin("ann").as_json()})
    assert (len(register), register.find({"sid": "s-ann", "ticket": "t-ann"}).id) == (1, "ann")


def test_two_proxies_end_up_alike_and_an_end_is_told():
    first, second = a_register(), a_register()
    ann = a_twin("ann")
    first.add(ann)
    first.touched(ann)
    second.take(first.untold()[0])
    there = second.find({"sid": "s-ann", "ticket": "t-ann"})
    rotated(first, ann, sid="s-new")
    there.held[Side.CANDIDATE].take(headers(Set_Cookie="session=c-new; Path=/"), {"session"})
    second.touched(there)
    told, back = first.untold()[0], second.untold()[0]
    second.take(told)
    first.take(back)
    for register in (first, second):
        assert register.find({"sid": "s-new", "ticket": "t-ann"}).held[Side.CANDIDATE].newest["session"] == "c-new"
    first.forget(ann, "signed out")
    second.take(first.untold()[0])
    assert len(second) == 0


def test_a_login_that_is_under_way_is_told_and_waited_for_everywhere():
    async def run() -> None:
        ann, second = a_twin("ann", pending=True), a_register()
        first = a_register(ann)
        second.take(first.untold()[0])
        there = second.find({"sid": "s-ann", "ticket": "t-ann"})
        assert there.pending
        # The other proxy has seen more of the client meanwhile, yet not the end of its login.
        rotated(second, there, sid="s-new")
        rotated(second, there, sid="s-newer")
        waiting = asyncio.create_task(there.settled(60))
        ann.held[Side.CANDIDATE] = Held({"session": ["c-made"]})
        ann.settle(failed=False)
        first.touched(ann)
        second.take(first.untold()[0])
        first.take(second.untold()[0])
        await waiting
        for register in (first, second):
            found = register.find({"sid": "s-newer", "ticket": "t-ann"})
            assert (found.pending, found.failed) == (False, False)
            assert found.held[Side.CANDIDATE].newest == {"session": "c-made"}

    asyncio.run(run())


def test_what_another_proxy_wrote_over_is_told_again_until_both_know_all():
    ann = a_twin("ann")
    first, second = a_register(ann), a_register()
    second.take(first.untold()[0])
    there = second.find({"sid": "s-ann", "ticket": "t-ann"})
    rotated(first, ann, sid="s-first")
    rotated(second, there, sid="s-second")
    first.untold()  # written down, and written over by the other before anybody read it
    for _ in range(4):
        first.take(second.untold()[0])
        second.take(first.untold()[0])
    for register in (first, second):
        assert register.find({"sid": "s-first", "ticket": "t-ann"})
        assert register.find({"sid": "s-second", "ticket": "t-ann"})
        assert register.untold()[0] == {}


def test_a_login_whose_proxy_died_is_waited_for_once():
    async def run() -> None:
        orphan = Twin.of(a_twin("ann", pending=True).as_json())
        await orphan.settled(0.01)
        assert (orphan.pending, orphan.failed) == (False, True)
        await orphan.settled(60)

    asyncio.run(run())


steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["rotate", "forget", "swap"])), max_size=30)


@given(steps)
def test_nobody_is_ever_found_by_the_cookies_of_another(done):
    """Whatever happens, who brings a client's latest cookies is that client or nobody."""
    twins = [a_twin(str(number)) for number in range(4)]
    register = a_register(*twins, limit=3)
    latest = [{"sid": f"s-{number}", "ticket": f"t-{number}"} for number in range(4)]
    for step, (number, act) in enumerate(done):
        if act == "rotate":
            latest[number]["sid"] = f"s-{number}-{step}"
            rotated(register, twins[number], sid=latest[number]["sid"])
        elif act == "forget":
            register.forget(twins[number], "signed out")
        else:
            assert register.find({**latest[number], "ticket": latest[number - 1]["ticket"]}) is None
        for cookies, twin in zip(latest, twins, strict=True):
            assert register.find(cookies) in (twin, None)
