"""The nginx configuration under `deploy/nginx`, run as it is but for ports and folders."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.support.harness import ROOT, Process
from tests.support.nginx import INSTANCES, STACKS, Site, until_open


class Echo(BaseHTTPRequestHandler):
    """Tells which instance was asked, for what, and by whose leave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = {name.lower(): value for name, value in self.headers.items()}
        told = {"instance": self.server.instance, "target": self.path, "fields": fields}  # type: ignore[attr-defined]
        body = json.dumps(told).encode()
        self.send_response(502 if self.path == "/api/away" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - named by the library

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """nginx in front of an echo for every instance."""
    here = Site(tmp_path_factory.mktemp("nginx"))
    echoes = []
    for name, number in INSTANCES.items():
        echo = ThreadingHTTPServer(("127.0.0.1", here.ports[number]), Echo)
        echo.instance = name  # type: ignore[attr-defined]
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        echoes.append(echo)
    try:
        with here:
            yield here
    finally:
        for echo in echoes:
            echo.shutdown()
            echo.server_close()


@pytest.mark.parametrize(
    ("path", "instance"),
    [
        ("/", "ui"),
        ("/tests", "ui"),
        ("/tests?page=2", "ui"),
        ("/actions", "ui"),
        ("/user/carol", "ui"),
        ("/login", "ui"),
        ("/api", "ui"),
        ("/api/actions", "read"),
        ("/api/active_runs", "read"),
        ("/api/calc_elo?W=1&D=1&L=1", "read"),
        ("/api/nn/nn-0123456789ab.nnue", "read"),
        ("/api/pgn/65f0-1.pgn", "read"),
        ("/api/run_pgns/65f0.pgn.gz", "read"),
        ("/tests/finished?ltc_only=1", "read"),
        ("/tests/machines", "read"),
        ("/tests/user/carol", "read"),
        ("/contributors", "read"),
        ("/contributors/monthly", "read"),
        ("/api/upload_pgn", "upload"),
        ("/api/request_task", "main"),
        ("/api/get_run/65f0", "main"),
        ("/api/finished_runs?page=1", "main"),
        ("/tests/view/65f0", "main"),
        ("/tests/run", "main"),
        ("/tests/", "main"),
        ("/internal/flush", "main"),
    ],
)
def test_the_path_decides_which_process_of_a_stack_is_asked(site: Site, path: str, instance: str) -> None:
    for stack in ("legacy", "port"):
        found = site.ask(STACKS[stack], path)
        assert (found["instance"], found["target"]) == (f"{stack} {instance}", path)
        assert site.ask(STACKS[f"{stack} shadow"], path)["instance"] == f"{stack} shadow"


@pytest.mark.parametrize(
    "target", ["/tests/view/a%2Fb", "/user/%C3%BC", "/x?a=b%20c&d=%ff", "/a/../tests", "/nns?user=("]
)
def test_a_target_arrives_as_it_was_written(site: Site, target: str) -> None:
    assert site.ask(STACKS["legacy"], target)["target"] == httpx.URL("http://x" + target).raw_path.decode()


def test_hooks_reach_the_keeper_of_the_runs_untouched_by_a_proxy(site: Site) -> None:
    """An application refuses a hook that carries a trace of a proxy."""
    fields = site.ask(STACKS["port"], "/internal/flush")["fields"]
    assert not [name for name in fields if name == "forwarded" or name.startswith("x-forwarded-")]  # type: ignore[union-attr]
    assert "x-forwarded-for" in site.ask(STACKS["port"], "/internal/flush", X_Forwarded_For="192.0.2.9")["fields"]  # type: ignore[operator]


def test_clients_reach_no_hook(site: Site) -> None:
    assert site.visit("/internal/flush").status_code == 404
    assert site.visit("/%69nternal/reload").status_code == 404


def told(answer: httpx.Response) -> dict[str, str]:
    fields: dict[str, str] = answer.json()["fields"]
    return {name: value for name, value in fields.items() if name.startswith("x-") or name in ("host", "forwarded")}


def test_an_application_learns_who_the_client_is(site: Site) -> None:
    claims = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Country-Code": "DE",
        "Forwarded": "for=6.6.6.6",
        "Host": "fishtest.example",
    }
    assert told(site.visit("/actions", headers=claims)) == {
        "host": "fishtest.example",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "fishtest.example",
        "x-country-code": "ZZ",
    }


def test_the_address_of_a_client_survives_public_nginx_and_harness(site: Site) -> None:
    """What arrives from the harness names the client and then the public nginx; the application believes the last."""
    through_harness = {"X_Forwarded_For": "192.0.2.7, 127.0.0.1", "X_Forwarded_Proto": "https"}
    for stack in STACKS.values():
        fields = site.ask(stack, "/api/request_task", **through_harness)["fields"]
        assert fields["x-forwarded-for"] == "192.0.2.7"  # type: ignore[index]
        assert fields["x-forwarded-proto"] == "https"  # type: ignore[index]


def test_what_the_harness_says_of_an_outage_reaches_the_client(site: Site) -> None:
    """It knows which client can bear JSON (spec worker-api §8); nginx puts nothing in its place."""
    answer = site.visit("/api/away")
    assert (answer.status_code, answer.json()["target"]) == (502, "/api/away")


def test_plain_http_leads_to_https(site: Site) -> None:
    answer = httpx.get(
        site.url(80) + "/tests?page=2", headers={"Host": "fishtest.example"}, trust_env=False, verify=False
    )
    assert (answer.status_code, answer.headers["location"]) == (301, "https://fishtest.example/tests?page=2")


def test_nginx_serves_files_by_itself(site: Site) -> None:
    (site.folder / "nn" / "nn-0123456789ab.nnue.gz").write_bytes(gzip.compress(b"weights"))
    for encoding in ("identity", "gzip"):
        answer = site.visit("/nn/nn-0123456789ab.nnue", headers={"Accept-Encoding": encoding})
        assert (answer.status_code, answer.content) == (200, b"weights")
    assert site.visit("/nn/nn-ffffffffffff.nnue").status_code == 404
    style = site.visit("/static/css/site.css")
    assert style.content == (ROOT / "static" / "css" / "site.css").read_bytes()
    assert style.headers["cache-control"] == "max-age=3600"
    assert site.visit("/favicon.ico").headers["content-type"] == "image/svg+xml"
    assert "Disallow: /api/" in site.visit("/robots.txt").text


def test_a_link_and_a_reload_put_another_one_in_front(site: Site, tmp_path: Path) -> None:
    """From the legacy stack to the harness, and on to the port; nobody is served while the door is closed."""
    config = tmp_path / "shadow.toml"
    addresses = {"primary": (6500, 6501), "candidate": (6600, 6601)}
    upstreams = [
        f'[{side}]\nlive = "{site.url(live)}"\nshadow = "{site.url(shadow)}"'
        for side, (live, shadow) in addresses.items()
    ]
    config.write_text(
        f'[listen]\nproxy = "127.0.0.1:{site.ports[8080]}"\n\n[proxy]\ntrusted_hops = 1\n\n' + "\n\n".join(upstreams)
    )
    proxy = Process("-m", "shadow", "proxy", "--config", str(config), log=tmp_path / "proxy.log")
    proxy.start()
    try:
        until_open(site.url(8080))
        for who, instance in (("closed", ""), ("harness", "legacy ui"), ("port", "port ui"), ("legacy", "legacy ui")):
            site.put_in_front(who)
            until_served_by(site, instance)
        assert list(tmp_path.glob("recordings/live/*")), "the harness has recorded what passed it"
    finally:
        proxy.stop()


def until_served_by(site: Site, instance: str) -> None:
    """nginx reloads beside its work, so the first answers may still come from before; no instance means 502."""
    deadline = time.monotonic() + 20
    while True:
        answer = site.visit("/actions")
        seen = answer.json()["instance"] if answer.status_code == 200 else ""
        if seen == instance:
            assert answer.status_code == (200 if instance else 502)
            assert not seen or told(answer)["x-forwarded-for"] == "127.0.0.1"
            return
        assert time.monotonic() < deadline, f"not {instance!r} but {answer.status_code} {answer.text[:300]}"
        time.sleep(0.05)
