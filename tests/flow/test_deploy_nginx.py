"""The nginx configuration under `deploy/nginx`, run as it is but for ports and folders."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from demo.database import free_port
from tests.support.harness import ROOT, Process

# In Debian not on the path of an ordinary user.
NGINX_PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "nginx"
NGINX = ROOT / "deploy" / "nginx"
INSTANCES = {
    "legacy main": 6543,
    "legacy ui": 6544,
    "legacy read": 6545,
    "legacy upload": 6546,
    "legacy shadow": 6547,
    "port main": 8000,
    "port ui": 8001,
    "port read": 8002,
    "port upload": 8003,
    "port shadow": 8004,
}
STACKS = {"legacy": 6500, "legacy shadow": 6501, "port": 6600, "port shadow": 6601}
WRAPPER = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/stacks.conf;
    include {folder}/fishtest.conf;
}}
"""


class Echo(BaseHTTPRequestHandler):
    """Tells which instance was asked, for what, and by whose leave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = {name.lower(): value for name, value in self.headers.items()}
        told = {"instance": self.server.instance, "target": self.path, "fields": fields}  # type: ignore[attr-defined]
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - named by the library

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Site:
    """nginx with the deployed configuration, in front of an echo for every instance."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {number: free_port() for number in (80, 443, 8080, *STACKS.values(), *INSTANCES.values())}
        self.command = [
            NGINX_PROGRAM,
            "-p",
            str(folder),
            "-e",
            str(folder / "error.log"),
            "-c",
            str(folder / "nginx.conf"),
        ]
        (folder / "fishtest").mkdir()
        (folder / "nn").mkdir()
        for source in (*NGINX.glob("*.conf"), *NGINX.glob("fishtest/*.conf")):
            (folder / source.relative_to(NGINX)).write_text(self.moved(source.read_text()))
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(WRAPPER.format(folder=folder, user=user))
        self.put_in_front("legacy")
        make_certificate(folder)

    def moved(self, text: str) -> str:
        """The text with this site's ports and folders."""
        text = re.sub(r"(127\.0\.0\.1:)(\d+)", lambda found: f"{found[1]}{self.ports.get(int(found[2]), 9)}", text)
        text = re.sub(r"listen (80|443)\b", lambda found: f"listen 127.0.0.1:{self.ports[int(found[1])]}", text)
        for there, here in (
            ("/etc/nginx/fishtest", self.folder / "fishtest"),
            ("/etc/ssl/fishtest", self.folder),
            ("/srv/shadow", ROOT),
            ("/var/www/fishtest", self.folder),
        ):
            text = text.replace(there, str(here))
        return text

    def put_in_front(self, who: str) -> None:
        """What an operator does, without the reload."""
        link = self.folder / "fishtest" / "front.conf"
        link.unlink(missing_ok=True)
        link.symlink_to(f"front-{who}.conf")

    def run(self, *options: str) -> None:
        done = subprocess.run([*self.command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.ports[number]}"

    def ask(self, number: int, target: str, **fields: str) -> dict[str, object]:
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        answer = httpx.get(self.url(number) + target, headers=named, trust_env=False, timeout=10)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def visit(self, path: str, **options: object) -> httpx.Response:
        """As a client does: by TLS, by the name of the site."""
        url = f"https://127.0.0.1:{self.ports[443]}{path}"
        with httpx.Client(verify=False, trust_env=False, timeout=10) as client:
            return client.get(url, **options)  # type: ignore[arg-type]


def make_certificate(folder: Path) -> None:
    where = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=fishtest.example",
    ]
    subprocess.run([*command, *where], check=True, capture_output=True)


def until_open(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(url, trust_env=False, timeout=5)
            return
        except httpx.ConnectError:
            assert time.monotonic() < deadline, f"{url} does not open"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not Path(NGINX_PROGRAM).is_absolute():
        assert os.environ.get("CI") != "true", "nginx is missing; on Debian and Ubuntu: apt-get install nginx-light"
        pytest.skip("nginx is missing; on Debian and Ubuntu: apt-get install nginx-light")
    here = Site(tmp_path_factory.mktemp("nginx"))
    echoes = []
    for name, number in INSTANCES.items():
        echo = ThreadingHTTPServer(("127.0.0.1", here.ports[number]), Echo)
        echo.instance = name  # type: ignore[attr-defined]
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        echoes.append(echo)
    here.run("-t")
    nginx = subprocess.Popen(here.command)
    try:
        until_open(here.url(6500))
        yield here
    finally:
        nginx.terminate()
        nginx.wait(20)
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


def test_plain_http_leads_to_https(site: Site) -> None:
    answer = httpx.get(site.url(80) + "/tests?page=2", headers={"Host": "fishtest.example"}, trust_env=False)
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
            site.run("-t")
            site.run("-s", "reload")
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
