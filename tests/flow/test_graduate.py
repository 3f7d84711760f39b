"""`shadow graduate`: refused while something is in the way, and what it writes sends requests where they must go.

A real nginx reads the files, in front of two small upstreams that stand for the harness and the candidate.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from demo.database import free_port
from shadow.cli.main import app
from shadow.config_file import load
from shadow.routes import UNMATCHED
from shadow.store import open_store
from shadow.store.values import Move
from shadow.words import SAFE_METHODS, Stage
from tests.support.echo import Echo
from tests.support.nginx import NGINX_PROGRAM, until_open

ROUTES = """
[[routes]]
name = "orders.list"
path = "/orders"
methods = ["GET", "HEAD"]
[[routes]]
name = "orders.create"
path = "/orders"
methods = ["POST"]
[[routes]]
name = "orders.new"
path = "/orders/new"
[[routes]]
name = "orders.read"
path = "/orders/{id}"
[[routes]]
name = "odd"
path = '/a.b"c$d/{x}-{y}'
[[routes]]
name = "files"
path = "/files/{rest:path}"
methods = ["GET"]
[[routes]]
name = "files.index"
path = "/files/index/{rest:path}"
[[routes]]
name = "beat"
path = "/api/beat"
group = "worker"
[groups.worker]
state = "in-process"
leave = "POST /internal/flush"
enter = "POST /internal/reload"
"""
UNITS = ("orders.list", "orders.create", "orders.new", "orders.read", "odd", "files", "files.index", "worker")
DONE = {"orders.list", "orders.create", "orders.read", "odd", "files", "worker"}
TARGETS = [
    *(
        "/orders",
        "/orders?page=2",
        "/orders?x=%2F#",
        "/orders/",
        "//orders",
        "/orders/new",
        "/orders/new?a",
        "/orders/17",
    ),
    *(
        "/orders/17/",
        "/orders/a%2Fb",
        "/orders/%6eew",
        "/orders/../orders",
        "/orders/./new",
        "/ORDERS",
        "/orders/17;v=1",
    ),
    *(
        '/a.b"c$d/1-2',
        '/aXb"c$d/1-2',
        "/files/",
        "/files/a/b/c",
        "/files",
        "/files/index/a",
        "/files/index/",
        "/files/a//b",
    ),
    *("/files/a?b=/files/index/", "/api/beat", "/nowhere", "/", "/?/orders"),
]


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, Echo]]:
    found = {name: Echo(name) for name in ("harness", "candidate")}
    yield found
    for one in found.values():
        one.close()


def a_file(folder: Path, upstreams: dict[str, Echo], *, more: str = "", host: str = "127.0.0.1") -> Path:
    file = folder / "shadow.toml"
    file.write_text(
        f'[listen]\nproxy = "127.0.0.1:{upstreams["harness"].port}"\n'
        f'[primary]\nlive = "http://127.0.0.1:9"\n[candidate]\nlive = "http://{host}:{upstreams["candidate"].port}"\n'
        f'[store]\nurl = "sqlite:///shadow.db"\n[gate]\nmin_span = "0 s"\n{more}{ROUTES}'
    )
    return file


def promote(file: Path, *units: str) -> None:
    config = load(file, {})
    store = open_store(config.store.url)
    store.register(config.routes)
    for unit in units:
        store.move(unit, Stage.SHADOW, Stage.PROMOTED, Move("promote", unit, "ann"))
    store.close()


def graduate(file: Path, *words: str) -> Result:
    arguments = ["graduate", *words, "-o", str(file.parent / "out"), "--config", str(file)]
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@contextmanager
def nginx(folder: Path, written: Path) -> Iterator[int]:
    """nginx with this file, and the port on which it answers."""
    if not Path(NGINX_PROGRAM).is_absolute():
        assert os.environ.get("CI") != "true", "nginx is missing; on Debian and Ubuntu: apt-get install nginx-light"
        pytest.skip("nginx is missing; on Debian and Ubuntu: apt-get install nginx-light")
    port = free_port()
    (folder / "shadow.conf").write_text(written.read_text("utf-8").replace("listen 80;", f"listen 127.0.0.1:{port};"))
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;"
        f"{'user root;' if os.geteuid() == 0 else ''} events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary} include {folder}/shadow.conf; }}"
    )
    command = [NGINX_PROGRAM, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    running = subprocess.Popen(command)
    try:
        until_open(f"http://127.0.0.1:{port}")
        yield port
    finally:
        running.terminate()
        running.wait(20)


def ask(port: int, method: str, target: str, **fields: str) -> tuple[int, str, dict[str, Any]]:
    """Status, who answered, and what reached it; the target goes out byte for byte."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_host="Host" in fields, skip_accept_encoding=True)
    for name, value in {**fields, **({"Content-Length": "0"} if method == "POST" else {})}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("X-Who", ""), json.loads(body) if body.startswith(b"{") else {}


def test_while_something_is_in_the_way_nothing_is_written(tmp_path, upstreams):
    file = a_file(tmp_path, upstreams)
    promote(file, *UNITS[1:])
    done = graduate(file)
    assert done.exit_code == 1
    assert done.stdout == "orders.list is in shadow. Next: shadow promote orders.list\n"
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "out").exists()
    told = json.loads(graduate(file, "--json").stdout)
    assert (told["ready"], told["files"], len(told["lacks"])) == (False, [], 1)


def test_graduated_everything_goes_to_the_candidate_as_it_came(tmp_path, upstreams):
    file = a_file(tmp_path, upstreams)
    promote(file, *UNITS)
    done = graduate(file, "--json")
    assert done.exit_code == 0, done.stdout
    out = tmp_path / "out"
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"README.md", "nginx/shadow.conf", "systemd/shadow-front.socket", "systemd/shadow-front.service"}
    assert {str(out / name) for name in written} == set(json.loads(done.stdout)["files"])
    with nginx(tmp_path, out / "nginx" / "shadow.conf") as port:
        for target in TARGETS:
            status, who, told = ask(port, "GET", target)
            assert (status, who, told["target"]) == (200, "candidate", target)
        _, _, told = ask(
            port, "POST", "/orders", X_Forwarded_For="6.6.6.6", Forwarded="for=6.6.6.6", Host="shop.example"
        )
        fields = told["fields"]
        assert (fields["x-forwarded-for"], fields["host"]) == ("127.0.0.1", "shop.example")
        assert "forwarded" not in fields
        for hook in ("/internal/flush", "/internal/reload", "/internal/%66lush", "//internal/flush"):
            assert ask(port, "POST", hook)[0] == 404


@pytest.mark.parametrize("two_worlds", [False, True])
def test_partially_graduated_each_request_goes_where_the_harness_would_send_it(tmp_path, upstreams, two_worlds):
    """What is done goes to the candidate; with two worlds only what writes nothing; what nginx cannot tell, nothing."""
    file = a_file(tmp_path, upstreams)
    if two_worlds:
        text = file.read_text()
        for number, name in enumerate(("[primary]", "[candidate]"), 7):
            text = text.replace(name, f'{name}\nshadow = "http://127.0.0.1:{number}"')
        file.write_text(text)
    promote(file, *DONE)
    done = graduate(file, "--partial")
    assert done.exit_code == 0, done.stdout
    assert "orders.new is in shadow" in done.stdout
    assert "left to the harness: beat: a rollback of its group is a handover" in done.stdout
    assert ("left to the harness: orders.create: a write that goes past" in done.stdout) is two_worlds
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "- `orders.list`" in readme
    assert "- `beat`: a rollback" in readme
    table, seen = load(file, {}).routes, set()
    with nginx(tmp_path, tmp_path / "out" / "nginx" / "shadow.conf") as port:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            for target in TARGETS:
                path = target.partition("?")[0]
                route = table.match(method, path.encode())
                past = route.name != UNMATCHED and route.unit in DONE - {"worker"} and "%" not in path
                past = past and (method in SAFE_METHODS or not two_worlds)
                status, who, _ = ask(port, method, target)
                assert (status, who) == (200, "candidate" if past else "harness"), f"{method} {target} ({route.name})"
                seen.add((route.name, who))
    assert {name for name, who in seen if who == "candidate"} >= {"orders.list", "orders.read", "odd", "files"}
    assert {("orders.new", "harness"), ("files.index", "harness"), ("beat", "harness"), ("*", "harness")} <= seen


def test_with_no_route_done_there_is_nothing_to_let_past(tmp_path, upstreams):
    file = a_file(tmp_path, upstreams)
    promote(file)
    done = graduate(file, "--partial")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == len(UNITS)
    assert not (tmp_path / "out").exists()


def test_the_units_for_a_balancer_that_stays_as_it_is_are_what_systemd_reads(tmp_path, upstreams):
    file = a_file(tmp_path, upstreams)
    promote(file, *UNITS)
    assert graduate(file).exit_code == 0
    units = tmp_path / "out" / "systemd"
    assert f"ListenStream=127.0.0.1:{upstreams['harness'].port}" in (units / "shadow-front.socket").read_text()
    assert f" 127.0.0.1:{upstreams['candidate'].port}\n" in (units / "shadow-front.service").read_text()
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing")
    command = [program, "verify", "--man=no", str(units / "shadow-front.socket"), str(units / "shadow-front.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about_ours = [
        line for line in done.stderr.splitlines() if "shadow-front" in line and "is not executable" not in line
    ]
    assert about_ours == [], done.stderr


def test_a_candidate_with_a_name_is_a_service_and_gets_a_compose_file(tmp_path, upstreams):
    file = a_file(tmp_path, upstreams, host="port")
    promote(file, *UNITS)
    assert graduate(file).exit_code == 0
    out = tmp_path / "out"
    assert not (out / "systemd").exists()
    conf, compose = (out / "compose" / "shadow.conf").read_text(), (out / "compose" / "compose.yaml").read_text()
    services = yaml.safe_load(compose)["services"]
    number = upstreams["harness"].port
    assert f"listen {number};" in conf
    assert f"server port:{upstreams['candidate'].port};" in conf
    assert services["shadow"] == {"profiles": ["harness"]}
    assert services["shadow-front"]["ports"] == [f"{number}:{number}"]
    assert services["shadow-front"]["networks"]["default"]["aliases"] == ["shadow"]
    readme = (out / "README.md").read_text()
    assert "docker compose" in readme
    assert "systemctl disable" not in readme
