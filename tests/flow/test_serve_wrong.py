"""A wrong port behind `shadow serve`: one fault is one finding, and what traffic writes into it stays text."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.harness import Harness
from tests.support.people import a_note, client

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m"
BIDI = "\u202egnp.exe\u2066\u200f"
HOSTILE = f"{SCRIPT}{ESCAPES}{BIDI}|`*[x](javascript:alert(3))"
# What must reach no terminal, page or report as it is.
LIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]")


@pytest.fixture(scope="module")
def harness(tmp_path_factory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("wrong"), wrong="text") as running:
        yield running


def test_one_fault_is_exactly_one_finding(harness):
    with client(harness.proxy) as browser:
        for number in range(4):
            a_note(browser, f"note {number}")
        browser.get("/notes")
    report = harness.all_judged()
    (finding,) = report["findings"]
    assert (finding["route"], finding["layer"], finding["kind"], finding["place"]) == (
        "notes.read",
        "json",
        "value",
        "json:$.text",
    )
    assert (finding["count"], finding["status"], finding["blocking"]) == (4, "open", True)
    assert {sample["candidate"] for sample in finding["samples"]} == {f'"note {number}!"' for number in range(4)}
    verdicts = {route["name"]: route["verdict"] for route in report["routes"]}
    assert verdicts["notes.read"] == "blocked"


def test_the_exit_code_tells_of_a_finding_and_the_gate_refuses_with_it(harness):
    harness.all_judged()
    assert harness.shadow("status", "notes.read").returncode == 1
    refused = harness.shadow("promote", "notes")
    assert refused.returncode == 1
    assert "notes stays in shadow, the gate says blocked" in refused.stderr
    assert "1 finding open" in refused.stderr


@pytest.fixture(scope="module")
def hostile(harness) -> Harness:
    """Hostile text in bodies, paths, query, methods and fields, through the proxy and into a finding."""
    with client(harness.proxy) as browser:
        a_note(browser, HOSTILE)
        odd = {"user-agent": SCRIPT.encode(), "x-odd": b"\xc2\x9b31m"}
        path = "/%3Cscript%3Ealert(4)%3C/script%3E/%1b%5b2J%e2%80%ae?q=<b>"
        assert browser.get(path, headers=odd).status_code == 404
        lone = browser.post("/notes", content=b'{"text": "\\udfff\\ud800 alone"}').json()
        assert browser.get(f"/notes/{lone['id']}").json()["text"] == "\udfff\ud800 alone"
    host, port = harness.proxy[7:].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(
            b"GET /raw<script>\xe2\x80\xae\xff HTTP/1.1\r\nHost: x\r\nX-Odd: \xff\xfe<b>\r\nConnection: close\r\n\r\n"
        )
        assert sock.recv(4096).startswith(b"HTTP/1.1 ")
    harness.all_judged()
    return harness


def test_hostile_text_passes_through_to_the_client_unharmed(hostile):
    with client(hostile.proxy) as browser:
        made = browser.post("/notes", json={"text": HOSTILE})
        assert browser.get(f"/notes/{made.json()['id']}").json()["text"] == HOSTILE
    hostile.all_judged()


def test_hostile_text_is_one_finding_still(hostile):
    report = hostile.all_judged()
    assert [finding["place"] for finding in report["findings"]] == ["json:$.text"]


@pytest.fixture(scope="module")
def reports(hostile, tmp_path_factory) -> dict[str, str]:
    """The report in every format."""
    folder = tmp_path_factory.mktemp("reports")
    done = hostile.shadow("report", "--format", "html,json,md,junit", "-o", str(folder))
    assert done.returncode == 1, done.stderr
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("command", ["status", "routes list", "findings list", "findings show", "ledger"])
def test_no_output_of_the_command_line_holds_it_live(hostile, command):
    words = command.split()
    if command == "findings show":
        words.append(hostile.report()["findings"][0]["id"])
    done = hostile.shadow(*words)
    assert done.returncode == (1 if command in ("status", "findings list") else 0), done.stderr
    assert not LIVE.search(done.stdout + done.stderr)


@pytest.mark.parametrize("name", ["report.html", "report.json", "report.md", "junit.xml"])
def test_no_report_holds_it_live(reports, name):
    assert not LIVE.search(reports[name])


def test_every_report_holds_it_as_text(reports):
    inert(reports["report.html"])
    assert "<script" not in reports["report.md"]
    assert "](javascript" not in reports["report.md"]
    assert not list(ElementTree.fromstring(reports["junit.xml"]).iter("script"))
    (finding,) = json.loads(reports["report.json"])["findings"]
    assert any("<script>" in sample["candidate"] for sample in finding["samples"])


@pytest.mark.parametrize("page", ["/", "/overview", "/ledger", "/findings/ID"])
def test_no_page_of_the_console_holds_it_live(hostile, page):
    answer = hostile.api("GET", page.replace("ID", hostile.report()["findings"][0]["id"]))
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert not LIVE.search(answer.text)
    inert(answer.text)


def test_no_log_holds_it_live(hostile):
    assert not LIVE.search(hostile.serve.output())


def test_the_console_shows_nothing_to_a_stranger_and_to_no_other_host(hostile):
    assert httpx.get(hostile.console + "/", trust_env=False, verify=False).status_code == 401
    elsewhere = {"host": "evil.example"}
    assert httpx.get(hostile.console + "/", headers=elsewhere, trust_env=False, verify=False).status_code == 400


def inert(html: str) -> None:
    """No script but the console's own file, no handler, no address that runs."""
    tree = LexborHTMLParser(html)
    for node in tree.css("*"):
        if node.tag == "script":
            assert node.attributes.get("src", "").startswith("/static/"), node.html
            assert not node.text().strip()
        for name, value in node.attributes.items():
            assert not name.startswith("on"), node.html
            assert "javascript:" not in (value or "").lower(), node.html
