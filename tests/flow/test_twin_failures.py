"""Where sessions are twins, a stack that is down or hangs, and odd requests, cost nobody more than they must."""

from __future__ import annotations

import threading
import time

from shadow.twin import sessions, visits
from tests.support.club import EVERYTHING, NOTES, resetting
from tests.support.upstreams import Upstream, Wire
from tests.support.visitors import FORM, a_site, wait_for


def test_a_stack_that_is_down_during_the_login_leaves_the_client_signed_in_on_its_own():
    with a_site() as site:
        site.promote(*NOTES)
        site.candidate.answer, answer = resetting, site.candidate.answer
        ann = site.visitor()
        assert ann.login().status == 303
        assert ann.greeted("/home") == "ann"
        wait_for(lambda: site.proxy.register.counts["failed"] == 1)
        site.candidate.answer = answer
        assert (ann.greeted("/notes"), ann.greeted("/home")) == ("nobody", "ann")
        exchange = next(one for one in site.proxy.exchanges if one.route == "notes")
        assert exchange.alone
        ann.login()
        assert ann.greeted("/notes") == "ann"


def test_a_stack_that_hangs_during_the_login_holds_nobody_up_on_the_other():
    def hanging(upstream: Upstream, wire: Wire) -> None:
        upstream.seen.put(wire.message())
        upstream.go.wait(20)

    with a_site(timeout=0.5) as site:
        site.promote(*NOTES)
        site.candidate.serve = hanging
        with Upstream(hanging) as hung:
            site.proxy.endpoint._parts.upstreams[
                next(iter(site.proxy.endpoint._parts.upstreams)).other
            ]._port = hung.port
            ann = site.visitor()
            began = time.monotonic()
            assert ann.login().status == 303
            assert ann.greeted("/home") == "ann"
            assert time.monotonic() - began < 0.5
            wait_for(lambda: site.proxy.register.counts["failed"] == 1)


def test_a_stack_that_hangs_gathers_no_more_logins_than_a_few(monkeypatch):
    monkeypatch.setattr(sessions, "AT_ONCE", 2)
    with a_site() as site:
        site.promote(*NOTES)
        answer, going_on = site.candidate.answer, threading.Event()
        site.candidate.answer = lambda request: answer(request) if going_on.wait(10) else None
        for user in ("ann", "bob", "user-1"):
            assert site.visitor(user).login().status == 303
        wait_for(lambda: site.proxy.register.counts["failed"] == 1)
        going_on.set()
        wait_for(lambda: site.proxy.register.counts["made"] == 2)
        assert [one.greeted("/notes") for one in site.visitors] == ["ann", "bob", "nobody"]
        assert [one.greeted("/home") for one in site.visitors] == ["ann", "bob", "user-1"]


def test_a_safe_request_that_the_candidate_fails_is_answered_by_the_primary_in_the_same_name():
    with a_site() as site:
        site.promote(*EVERYTHING)
        ann = site.visitor()
        ann.login()
        wait_for(lambda: site.proxy.register.counts["made"] == 1)
        site.candidate.answer = resetting
        assert ann.greeted("/home") == "ann"
        assert site.proxy.exchanges[-1].fallback


def test_what_falls_back_has_the_fields_and_the_body_for_the_primary():
    with a_site() as site:
        site.promote(*EVERYTHING)
        ann = site.visitor()
        ann.login()
        ann.get("/home")
        site.promote()
        ann.get("/home")
        site.promote(*EVERYTHING)
        site.candidate.answer = resetting
        body = f"csrf_token={ann.token}".encode()
        sent = {"Content-Type": FORM, "Content-Length": str(len(body))}
        assert ann._ask("GET", "/home", body, sent).status == 200
        assert site.primary.seen[-1].body.data == body


def test_a_body_that_is_none_of_the_kind_that_it_names_goes_through():
    with a_site() as site:
        ann = site.visitor()
        ann.login()
        ann.get("/home")
        wait_for(lambda: site.proxy.register.counts["made"] == 1)
        sent = {"Content-Type": "multipart/form-data; boundary*0=a; boundary*=b", "X-CSRF-Token": ann.token}
        assert ann._ask("POST", "/upload", b"x", sent).status == 303
        assert set(site.proxy.switch.in_flight.values()) == {0}


def test_a_request_that_the_harness_fails_holds_no_handover_up(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(visits.TwinVisit, "answered", broken)
    with a_site() as site:
        assert site.visitor().post("/login", "").status == 500
        assert (set(site.proxy.switch.in_flight.values()), site.proxy.endpoint._parts.writes.in_flight) == ({0}, 0)
