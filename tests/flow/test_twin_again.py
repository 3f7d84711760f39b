"""Browsers that keep their cookies over logins and logouts, around promotions: their copies keep the same sessions."""

from __future__ import annotations

import pytest

from tests.flow.test_twin_mirror import shadow_world
from tests.support.club import DOOR, NOTES, Club, Database
from tests.support.mirrors import mirrored, outcomes, record
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


@pytest.mark.parametrize("signed", [(True, True), (False, False), (True, False), (False, True)])
@pytest.mark.parametrize("cookie", ["each", "both"])
def test_a_kept_jar_makes_no_finding_over_logins_and_logouts_around_a_promotion(tmp_path, signed, cookie):
    """The session of nobody that a browser kept on the other stack is there again once it has signed out."""
    primary, candidate = a_pair(*signed, cookie=cookie)
    names = {"primary_cookies": ("session",)} if cookie == "both" else {}
    with a_site(primary=primary, candidate=candidate, **names) as site:
        served = visited(site)
    with shadow_world(tmp_path, *a_pair(*signed, cookie=cookie), **names) as (config, *clubs):
        record(config, *served)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served), seconds=60)
        assert [(one.kind, one.place, one.route) for one in store.findings()] == []
        assert set(outcomes(store)) <= {("match", ""), ("noise", "")}
        assert clubs[0].database.notes == primary.database.notes
        assert (store.world().tainted, [club.refused for club in clubs]) == ("", [0, 0])
        store.close()
