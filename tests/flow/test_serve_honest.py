"""An honest port behind `shadow serve`: everything matches, and every copy lands once, in the shadow world only."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.support.harness import Harness, parts
from tests.support.people import a_note, client, sign_in


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("honest")) as running:
        yield running


def counts(harness: Harness, route: str) -> dict[str, int]:
    return next(one for one in harness.report()["routes"] if one["name"] == route)["counts"]


def test_ids_tokens_and_cookies_are_renamed_and_all_of_it_matches(harness):
    """Whatever differs between two honest servers is no difference: no finding without a single rule."""
    with client(harness.proxy) as browser:
        for number in range(5):
            a_note(browser, f"note {number}")
        sign_in(browser, "ann")
        assert browser.get("/me").text == "<h1>Hello ann</h1>"
        assert browser.get("/notes/0123456789abcdef01234567").status_code == 404
        assert browser.get("/nowhere?q=1").status_code == 404
    report = harness.all_judged()
    totals = report["totals"]
    assert totals["captured"] == 15
    assert totals["match"] + totals["noise"] == totals["captured"]
    assert report["findings"] == []
    assert ("GET", "/nowhere") in [(one["method"], one["path"]) for one in report["unmatched"]]


def test_a_login_with_its_token_happens_in_the_shadow_world_too(harness):
    """The copy carries the shadow world's own cookie and token, so its session is signed in as well."""
    with client(harness.proxy) as browser:
        sign_in(browser, "bob")
        assert browser.get("/me").status_code == 200
    harness.all_judged()
    sessions = [path.read_text() for path in (harness.folder / "state-shadow").glob("session-*")]
    assert [text for text in sessions if '"bob"' in text]


def test_two_clients_with_interleaved_sessions_never_see_each_others(harness):
    """In either world: the copy of /me of one client shows that client, or it would be a difference."""
    with client(harness.proxy) as one, client(harness.proxy) as two:
        people = {"carla": one, "dora": two}
        pages = {name: browser.get("/login") for name, browser in people.items()}
        assert len({page.cookies["session"] for page in pages.values()}) == 2
        for name, browser in people.items():
            sign_in(browser, name)
        for _ in range(3):
            for name, browser in people.items():
                assert browser.get("/me").text == f"<h1>Hello {name}</h1>"
    report = harness.all_judged()
    assert report["findings"] == []
    shadow = [path.read_text() for path in (harness.folder / "state-shadow").glob("session-*")]
    assert sorted(name for name in people for text in shadow if f'"{name}"' in text) == ["carla", "dora"]


def test_copies_land_once_and_only_in_the_shadow_world_of_the_other_stack(harness):
    """Promise 5. Live world: the primary serves. Shadow world: the candidate gets each request once, marked."""
    with client(harness.proxy) as browser:
        a_note(browser, "once")
    report = harness.all_judged()
    requests = report["totals"]["captured"]
    facts = {key: harness.facts(*key) for key in harness.apps}
    live, shadow = facts["primary", "live"], facts["candidate", "shadow"]
    assert (live["requests"], live["marked"]) == (requests, 0)
    assert (shadow["requests"], shadow["marked"]) == (requests, requests)
    assert live["notes"] == shadow["notes"] == counts(harness, "notes.create")["captured"]
    for key in (("candidate", "live"), ("primary", "shadow")):
        assert (facts[key]["requests"], facts[key]["notes"]) == (0, 0), key


def test_captured_is_the_sum_of_the_outcomes_in_every_route(harness):
    report = harness.all_judged()
    for route in report["routes"]:
        assert route["counts"]["captured"] == sum(parts(route["counts"])), route["name"]
    assert report["totals"]["captured"] == sum(route["counts"]["captured"] for route in report["routes"])


def test_the_console_and_the_command_line_tell_the_same_numbers(harness):
    report = harness.all_judged()
    told = harness.shadow("report", "--format", "json")
    assert told.returncode == 0
    told_by_console = harness.api("GET", "/api/report").json()
    for other in (httpx.Response(200, text=told.stdout).json(), told_by_console):
        assert other["totals"] == report["totals"]
        assert other["findings"] == report["findings"]


def test_a_client_cannot_reach_a_handover_hook_whatever_it_spells(harness):
    for path in ("/leave", "/enter", "/%6ceave", "/leave?x=1"):
        assert httpx.post(harness.proxy + path, trust_env=False, verify=False).status_code == 404
    assert harness.facts("primary", "live")["left"] == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
        b"POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_a_malformed_request_gets_400_and_the_worker_lives(harness, raw):
    host, port = harness.proxy[7:].split(":")
    (pid,) = harness.pids("proxy")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(raw)
        answer = sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"Traceback" not in answer
    assert harness.pids("proxy") == [pid]
    assert httpx.get(harness.proxy + "/slow", trust_env=False, verify=False).status_code == 200


def test_a_body_that_breaks_off_or_is_malformed_harms_neither_world(harness):
    """The application never had a whole request, so the shadow world stays a faithful clone.

    What is malformed from the start reaches no application, so there is nothing to record.
    """
    host, port = harness.proxy[7:].split(":")
    head = b"POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    before = harness.all_judged()["totals"]["captured"]
    for rest in (b"not-hex\r\n", b'9\r\n{"text": \r\n'):
        with socket.create_connection((host, int(port)), timeout=10) as sock:
            sock.sendall(head + rest)
            sock.shutdown(socket.SHUT_WR)
            assert not sock.recv(4096).startswith(b"HTTP/1.1 2")
    report = harness.settled(before + 1)
    assert report["tainted"] == ""
    assert report["totals"]["skipped"] == {"cut-off": 1}


def test_doctor_finds_everything_in_order(harness):
    done = harness.shadow("doctor")
    assert done.returncode == 0, done.stdout


def test_a_log_says_in_which_file_the_consoles_token_is_and_not_the_token(harness):
    token = (harness.folder / "console.token").read_text().strip()
    log = (harness.folder / "serve.log").read_text()
    assert f"/login?token=… (the token is in {harness.folder / 'console.token'})" in log
    assert token not in log
