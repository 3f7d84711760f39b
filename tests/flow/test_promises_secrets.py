"""Promise 6: plant secrets wherever traffic has them; no written or shown byte may hold one in clear.

The port is wrong about a password on purpose: what differs is a secret, and findings, samples and pages
show what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from tests.support.harness import Harness
from tests.support.people import a_note, client, sign_in

PASSWORD = "hunter2-in-json-and-more"
FORM_PASSWORD = "correct-horse-in-a-form"
BEARER = "bearer-abcdefghijklmnop-0123"
COOKIE = "planted-cookie-value-4711"
QUERY = "query-token-zyxwvutsrq"
PLANTED = [PASSWORD, FORM_PASSWORD, BEARER, COOKIE, QUERY]


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Iterator[tuple[Harness, list[bytes]]]:
    """The harness after the traffic, and every secret that was in it, those that the servers made as well."""
    with Harness(tmp_path_factory.mktemp("secrets"), wrong="password") as harness:
        with client(harness.proxy) as browser:
            csrf = sign_in(browser, "ann", password=FORM_PASSWORD)
            session = browser.cookies["session"]
            browser.headers["authorization"] = f"Bearer {BEARER}"
            browser.cookies.set("planted", COOKIE)
            for number in range(3):
                a_note(browser, f"note {number}", password=PASSWORD)
            browser.get("/me", headers={"x-csrf-token": csrf})
            browser.get("/nowhere", params={"access_token": QUERY})
            browser.get(f"/login?password={FORM_PASSWORD}")
        report = harness.all_judged()
        assert {finding["place"] for finding in report["findings"]} == {"json:$.password"}
        made = [path.stem.removeprefix("session-") for path in harness.folder.glob("state-*/session-*")]
        tokens = [csrf for path in harness.folder.glob("state-*/session-*") for csrf in csrf_of(path)]
        assert session in made
        assert csrf in tokens
        yield harness, [secret.encode() for secret in (*PLANTED, *made, *tokens)]


def csrf_of(session: Path) -> list[str]:
    return re.findall(r'"csrf": "([0-9a-f]{40})"', session.read_text())


def holds(data: bytes, secrets: list[bytes]) -> list[bytes]:
    return [secret for secret in secrets if secret in data]


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return zstandard.ZstdDecompressor().stream_reader(data).read() if path.suffix == ".zst" else data


def test_no_written_byte_holds_a_secret(planted):
    """Recording, store with its write-ahead log, and all that any process of the harness has logged."""
    harness, secrets = planted
    ours = [path for path in harness.folder.rglob("*") if path.is_file() and not path.parent.name.startswith("state-")]
    assert {"shadow.db", "serve.log"} <= {path.name for path in ours}
    assert any(path.parent.name == "recording" and unpacked(path).count(b"{{sealed:") > 10 for path in ours)
    for path in ours:
        assert holds(unpacked(path), secrets) == [], path.name


def test_no_report_and_no_output_holds_a_secret(planted, tmp_path):
    harness, secrets = planted
    found = harness.report()["findings"][0]["id"]
    written = harness.shadow("report", "--format", "html,json,md,junit", "-o", str(tmp_path))
    assert written.returncode == 1
    for path in tmp_path.iterdir():
        assert holds(path.read_bytes(), secrets) == [], path.name
    for command in (
        ("findings", "show", found),
        ("findings", "show", found, "--json"),
        ("routes", "list"),
        ("config",),
    ):
        done = harness.shadow(*command)
        assert done.returncode == 0, done.stderr
        assert holds((done.stdout + done.stderr).encode(), secrets) == [], command


@pytest.mark.parametrize("page", ["/", "/overview", "/ledger", "/findings/ID", "/api/report", "/api/findings/ID"])
def test_no_page_of_the_console_holds_a_secret(planted, page):
    harness, secrets = planted
    answer = harness.api("GET", page.replace("ID", harness.report()["findings"][0]["id"]))
    assert answer.status_code == 200
    assert holds(answer.content, secrets) == []


def test_a_difference_in_a_secret_still_shows(planted):
    """Sealed is not blind: the finding says that the passwords differ, with both answers, without either."""
    harness, _ = planted
    finding = harness.report()["findings"][0]
    assert finding["count"] == 3
    sample = harness.api("GET", f"/api/findings/{finding['id']}").json()["samples"][0]
    assert sample["primary"] != sample["candidate"]
    assert "sealed" in sample["text"]["candidate"]


def test_the_key_and_the_token_are_their_owners_alone_and_nowhere_else(planted):
    harness, _ = planted
    for name in ("recording.key", "console.token"):
        path = harness.folder / name
        assert path.stat().st_mode & 0o077 == 0
        secret = path.read_text().strip().removeprefix("shadow-recording-key-1:").encode()
        others = [other for other in harness.folder.rglob("*") if other.is_file() and other != path]
        assert [other.name for other in others if secret in unpacked(other)] == []
