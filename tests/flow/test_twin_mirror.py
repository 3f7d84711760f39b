"""Copies of clients that are signed in on both stacks are signed in too, on either stack of the shadow world."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import replace

import pytest

from shadow.config import Proxy
from shadow.routes import RouteTable
from tests.support.club import DOOR, NOTES, PASSWORDS, ROUTES, Club, Database, a_twin, resetting
from tests.support.mirrors import a_config, mirrored, one_world, outcomes, record
from tests.support.upstreams import Upstream
from tests.support.visitors import CLIENT_KEY, Site, a_site, wait_for


@contextmanager
def shadow_world(folder, *clubs, **twin):
    """Both stacks on a database of their own, and the configuration of a mirror that sends to them."""
    database = Database()
    clubs = clubs or (Club(database), Club(database, "session", long=True))
    with Upstream(clubs[0].serve) as primary, Upstream(clubs[1].serve) as candidate:
        config = a_config(folder, primary=primary.url, candidate=candidate.url)
        routes, proxy = RouteTable(ROUTES), Proxy(client_key=CLIENT_KEY)
        yield replace(config, routes=routes, proxy=proxy, groups={}, sessions="twin", twin=a_twin(**twin)), *clubs


def lives(site: Site, seed: int, steps: int) -> None:
    """Several people, one after another: they come, look, write, leave, while routes move to and fro."""
    dice = random.Random(seed)
    browsers = [site.visitor(user) for user in ("ann", "bob", "user-1", "user-2")]
    inside: set[str] = set()
    for _ in range(steps):
        if dice.random() < 0.1:
            site.promote(*dice.choice([(), NOTES, (*DOOR, "home"), (*DOOR, *NOTES, "api.notes")]))
        browser = dice.choice(browsers)
        act = dice.randrange(8)
        if browser.user not in inside:
            if act < 2:
                browser.greeted(dice.choice(["/home", "/notes"]))
                continue
            assert browser.login("wrong").status == 200 if act == 2 else browser.login().status == 303
            inside ^= {browser.user} if act != 2 else set()
        elif act == 0:
            browser.get("/home")
            assert browser.post("/logout", "").status == 303
            inside.discard(browser.user)
        elif act < 3:
            browser.get(dice.choice(["/home", "/notes"]))
            assert browser.post("/notes", f"text={browser.user}+{act}").status == 303
        elif act == 3:
            browser.get(dice.choice(["/home", "/notes"]))
            assert (
                browser.post_json("/api/notes", '{"text": "by script"}', **{"X-CSRF-Token": browser.token}).status
                == 303
            )
        else:
            assert browser.greeted(dice.choice(["/home", "/notes"])) == browser.user


@pytest.mark.parametrize("seed", [1, 2])
def test_copies_in_both_directions_match_and_both_worlds_end_alike(tmp_path, seed):
    with a_site() as site:
        lives(site, seed, 150)
        served = list(site.proxy.exchanges)
        live = site.primary.database
    with shadow_world(tmp_path) as (config, primary, candidate):
        record(config, *served)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served), seconds=60)
        assert [(one.kind, one.place, one.route) for one in store.findings()] == []
        assert set(outcomes(store)) <= {("match", ""), ("noise", "")}
        assert primary.database.notes == live.notes
        assert store.world().tainted == ""
        assert {str(one.serving) for one in served} == {"primary", "candidate"}
        assert (primary.refused, candidate.refused) == (0, 0)
        store.close()


def test_the_recording_holds_what_the_client_said_and_saw(tmp_path):
    with a_site() as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        ann.get("/home")
        token = ann.token
        ann.get("/notes")
        ann.post("/notes", "text=hello", token=token)
        (shown, sent) = [one for one in site.proxy.exchanges if one.route in NOTES]
    assert shown.request.headers.text("cookie") == f"sid={ann.jar['sid']}"
    assert shown.answer.headers.get_all(b"set-cookie") == []
    assert token.encode() in sent.request.body.data
    assert not shown.alone


def test_a_client_whose_twin_failed_is_skipped_and_no_finding(tmp_path):
    with a_site() as site:
        site.promote(*NOTES)
        answer, site.candidate.answer = site.candidate.answer, resetting
        ann = site.visitor()
        ann.login()
        ann.greeted("/home")
        wait_for(lambda: site.proxy.register.counts["failed"] == 1)
        site.candidate.answer = answer
        assert ann.greeted("/notes") == "nobody"
        served = list(site.proxy.exchanges)
    with shadow_world(tmp_path) as (config, _, _):
        record(config, *served)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served))
        assert outcomes(store) == {("match", ""): 3, ("skipped", "session"): 1}
        assert store.findings() == []
        store.close()


def test_the_sessions_of_the_copies_outlive_the_mirror_and_no_password_is_kept(tmp_path):
    with a_site() as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        for page in ("/home", "/notes") * 3:
            ann.greeted(page)
        served = list(site.proxy.exchanges)
    with shadow_world(tmp_path) as (config, primary, candidate):
        for part, batch in enumerate((served[:4], served[4:])):
            record(config, *batch, writer=f"w{part}")
            wanted = len(served) if part else 4
            store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == wanted)  # noqa: B023
            found = outcomes(store)
            store.close()
        assert found == {("match", ""): len(served)}
        files = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "key"]
        written = b"".join(file.read_bytes() for file in files)
        tokens = [one.token for club in (primary, candidate) for one in club.sessions.values()]
        assert [one for one in (*tokens, *primary.sessions, *candidate.sessions) if one.encode() in written] == []
        assert PASSWORDS["ann"].encode() not in written


def test_with_one_world_the_mirror_signs_in_by_itself(tmp_path):
    with a_site() as site:
        site.promote(*NOTES)
        ann = site.visitor()
        ann.login()
        for page in ("/home", "/notes") * 3:
            ann.greeted(page)
        served = list(site.proxy.exchanges)
    with shadow_world(tmp_path) as (config, primary, candidate):
        record(config, *served)
        config = one_world(config)
        store = mirrored(config, lambda store: sum(one.count for one in store.counts()) == len(served))
        assert outcomes(store) == {("match", ""): len(served) - 1, ("skipped", "method"): 1}
        assert [club.logins for club in (primary, candidate)] == [[("ann", True)]] * 2
        store.close()
