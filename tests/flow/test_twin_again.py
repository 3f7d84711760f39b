"""Browsers that keep their cookies over logins and logouts, around promotions: their copies keep the same sessions."""

from __future__ import annotations

import random

import pytest

from tests.flow.test_twin_mirror import shadow_world
from tests.support.club import DOOR, NOTES, Club, Database
from tests.support.mirrors import mirrored, one_world, outcomes, record
from tests.support.visitors import Site, Visitor, a_site

# What is promoted, round by round.
ROUNDS = ((), NOTES, NOTES, (*DOOR, "home"), (), (*DOOR, *NOTES), NOTES)


def a_pair(*signed: bool, cookie: str = "session") -> tuple[Club, Club]:
    """Both stacks on one database; which of them keeps sessions in cookies alone."""
    database = Database()
    name = "session" if cookie == "both" else "sid"
    return Club(database, name, signed=signed[0]), Club(database, "session", long=True, signed=signed[1])


def come_and_go(browser: Visitor) -> None:
    """Look, sign in, write, sign out, look again; the cookies stay in the browser."""
    assert [browser.greeted(page) for page in ("/notes", "/home", "/notes")] == ["nobody"] * 3
    assert browser.login("wrong").status == 200
    assert browser.login().status == 303
    assert [browser.greeted(page) for page in ("/home", "/notes")] == [browser.user] * 2
    assert browser.post("/notes", "text=hello").status == 303
    browser.get("/home")
    assert browser.post("/logout", "").status == 303
    assert [browser.greeted(page) for page in ("/notes", "/home", "/notes")] == ["nobody"] * 3


def visited(site: Site) -> list:
    ann, bob = site.visitor(), site.visitor("bob")
    for names in ROUNDS:
        site.promote(*names)
        come_and_go(ann)
        come_and_go(bob)
        bob.jar.clear()
    return list(site.proxy.exchanges)


def in_any_order(site: Site, steps: int) -> list:
    """Several browsers: they sign in twice, or out as nobody, and moves come between a form and its sending."""
    dice = random.Random(steps)
    browsers = [site.visitor(user) for user in ("ann", "bob", "user-1")]
    for _ in range(steps):
        if dice.random() < 0.1:
            site.promote(*dice.choice([*ROUNDS, ("logout",), ("logout", *NOTES)]))
        browser, act = dice.choice(browsers), dice.randrange(9)
        if act < 2:
            browser.login("wrong" if act else None)
        elif act < 4:
            browser.get("/home")
            browser.post("/logout", "")
        elif act == 4:
            browser.get("/notes")
            browser.post("/notes", "text=hello")
        else:
            browser.get(dice.choice(["/home", "/notes"]))
    return list(site.proxy.exchanges)


def all_match(folder, act, signed, cookie) -> tuple[str, list[int]]:
    """Let browsers act on a site and copy what they did: nothing is found.

    Gives why the shadow world is tainted, and how much its stacks refused.
    """
    primary, candidate = a_pair(*signed, cookie=cookie)
    names = {"primary_cookies": ("session",)} if cookie == "both" else {}
    with a_site(primary=primary, candidate=candidate, **names) as site:
        served = act(site)
    with shadow_world(folder, *a_pair(*signed, cookie=cookie), **names) as (config, *clubs):
        record(config, *served)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served), seconds=60)
        assert [(one.kind, one.place, one.route) for one in store.findings()] == []
        assert set(outcomes(store)) <= {("match", ""), ("noise", "")}
        assert clubs[0].database.notes == primary.database.notes
        tainted = store.world().tainted
        store.close()
    return tainted, [club.refused for club in clubs]


@pytest.mark.parametrize("signed", [(True, True), (False, False), (True, False), (False, True)])
@pytest.mark.parametrize("cookie", ["each", "both"])
def test_whatever_browsers_do_their_copies_match(tmp_path, signed, cookie):
    all_match(tmp_path, lambda site: in_any_order(site, 150), signed, cookie)


@pytest.mark.parametrize("signed", [(True, True), (False, False), (True, False), (False, True)])
@pytest.mark.parametrize("cookie", ["each", "both"])
def test_a_kept_jar_makes_no_finding_over_logins_and_logouts_around_a_promotion(tmp_path, signed, cookie):
    """The session of nobody that a browser kept on the other stack is there again once it has signed out."""
    assert all_match(tmp_path, visited, signed, cookie) == ("", [0, 0])


def gone_on(folder, served, stop: int, change) -> tuple[dict, list, str]:
    """Outcomes, findings and taint of all that was served; `change(port)` comes before the copy at `stop`."""
    with shadow_world(folder) as (config, _, candidate):
        record(config, *served[:stop])
        mirrored(config, lambda store: sum(one.count for one in store.counts()) == stop).close()
        change(candidate)
        record(config, *served[stop:], writer="w2")
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served))
        findings = [(one.route, one.place) for one in store.findings() if one.count > one.consequences]
        found = outcomes(store), findings, store.world().tainted
        store.close()
    return found


@pytest.fixture
def served() -> list:
    """One who looks, signs in, writes twice and looks again, all on the primary."""
    with a_site() as site:
        ann = site.visitor()
        assert (ann.greeted("/notes"), ann.login().status) == ("nobody", 303)
        ann.get("/notes")
        for text in ("one", "two"):
            assert ann.post("/notes", f"text={text}").status == 303
            assert ann.greeted("/notes") == "ann"
        return list(site.proxy.exchanges)


def forget(club: Club) -> None:
    """A restart takes every session."""
    club.sessions.clear()


def at(served: list, method: str, path: str) -> int:
    return next(n for n, one in enumerate(served) if (one.request.method, one.request.path.decode()) == (method, path))


def test_a_write_that_is_refused_since_the_session_is_gone_taints_the_shadow_world(tmp_path, served):
    found, findings, tainted = gone_on(tmp_path, served, at(served, "POST", "/notes"), forget)
    assert findings == []
    assert found[("skipped", "session")] == 1
    assert found[("consequence", tainted)] > 0
    assert "went without its session" in tainted


def test_a_login_that_is_refused_since_the_session_is_gone_taints_the_shadow_world(tmp_path, served):
    found, findings, tainted = gone_on(tmp_path, served, at(served, "POST", "/login"), forget)
    assert findings == []
    assert {outcome for outcome, _ in found} <= {"match", "noise", "skipped", "consequence"}
    assert "went without its session" in tainted


def test_a_write_that_the_port_refuses_by_its_own_fault_is_a_finding_and_no_taint(tmp_path, served):
    def refuse(club: Club) -> None:
        club._post_notes = lambda request, name, session: club._answer(name, 403)

    _, findings, tainted = gone_on(tmp_path, served, at(served, "POST", "/notes"), refuse)
    assert (("notes.add", "status") in findings, tainted) == (True, "")


def test_what_a_browser_kept_outlives_the_mirror(tmp_path):
    """It is stopped while somebody is signed in, and once more before the stack shows that it knows who is back."""
    primary, candidate = a_pair(True, True)
    with a_site(primary=primary, candidate=candidate) as site:
        site.promote(*NOTES)
        ann = site.visitor()
        come_and_go(ann)
        come_and_go(ann)
        served = list(site.proxy.exchanges)
    stops = [at(served, "POST", "/notes"), at(served, "POST", "/logout") + 1, len(served)]
    with shadow_world(tmp_path, *a_pair(True, True)) as (config, *_):
        for start, stop in zip([0, *stops], stops, strict=False):
            record(config, *served[start:stop], writer=f"w{start}")
            store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == stop)  # noqa: B023
            found = outcomes(store)
            store.close()
    assert set(found) <= {("match", ""), ("noise", "")}


@pytest.mark.parametrize("rotating", [False, True])
def test_with_one_world_what_is_read_again_is_not_held_against_the_client_s_own_tokens(tmp_path, served, rotating):
    """The notes are not there at the first reading, as a flash message would not be; the sessions are the mirror's."""
    database = Database()
    clubs = Club(database, rotating=rotating), Club(database, "session", long=True, rotating=rotating)
    with shadow_world(tmp_path, *clubs) as (config, primary, _):
        record(config, *served)
        config = one_world(config)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served))
        assert [(one.kind, one.place, one.route) for one in store.findings()] == []
        assert set(outcomes(store)) <= {("match", ""), ("noise", ""), ("skipped", "method")}
        assert len([one for one in primary.seen if one.path == b"/notes"]) > 0
        store.close()
