"""nginx with the configuration under `deploy/nginx`, as it is but for ports and folders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx
import pytest

from demo.database import free_port
from tests.support.harness import ROOT

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


class Site:
    """A running nginx; `ports` says where a port of the configuration is here, and is completed by free ones."""

    def __init__(self, folder: Path, ports: Mapping[int, int] | None = None) -> None:
        if not Path(NGINX_PROGRAM).is_absolute():
            assert os.environ.get("CI") != "true", "nginx is missing; on Debian and Ubuntu: apt-get install nginx-light"
            pytest.skip("nginx is missing; on Debian and Ubuntu: apt-get install nginx-light")
        self.folder = folder
        self._nginx: subprocess.Popen[bytes] | None = None
        wanted = (80, 443, 8080, 8081, *STACKS.values(), *INSTANCES.values())
        self.ports = {**{number: free_port() for number in wanted}, **(ports or {})}
        where = ("-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"))
        self.command = [NGINX_PROGRAM, *where]
        (folder / "fishtest").mkdir()
        (folder / "nn").mkdir()
        for source in (*NGINX.glob("*.conf"), *NGINX.glob("fishtest/*.conf")):
            (folder / source.relative_to(NGINX)).write_text(self.moved(source.read_text()))
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(WRAPPER.format(folder=folder, user=user))
        self._link("legacy")
        make_certificate(folder)

    def __enter__(self) -> Site:
        self.run("-t")
        self._nginx = subprocess.Popen(self.command)
        until_open(self.url(6500))
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._nginx is not None
        self._nginx.terminate()
        self._nginx.wait(20)

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
        """What an operator does: move the link, try the configuration, reload."""
        self._link(who)
        self.run("-t")
        self.run("-s", "reload")

    def _link(self, who: str) -> None:
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
        answer = httpx.get(self.url(number) + target, headers=named, trust_env=False, verify=False, timeout=10)
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
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(url, trust_env=False, verify=False, timeout=5)
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"{url} does not open"
            time.sleep(0.02)
