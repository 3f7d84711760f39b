"""`shadow serve` with two proxy processes before stacks that share no session: half of the routes move meanwhile."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from demo.database import free_port
from shadow.config_file import load
from shadow.desk import StoreDesk
from shadow.store import open_store
from tests.support.club import PASSWORDS, ROUTES, TOKENS, Club, Database
from tests.support.harness import ROOT, Process
from tests.support.upstreams import Upstream, Wire
from tests.support.visitors import CLIENT_KEY, Visitor, wait_for


@dataclass
class Port:
    """Where the proxy listens; which process takes a connection is not ours to choose."""

    number: int

    def client(self) -> Wire:
        return Wire(socket.create_connection(("127.0.0.1", self.number)))


def configuration(folder, port: int, urls: dict[str, str]) -> str:
    """Both stacks in both worlds."""
    routes = "".join(
        f'[[routes]]\nname = "{one.name}"\npath = "{one.path}"\nmethods = {json.dumps(sorted(one.methods))}\n'
        f'group = "{one.group}"\n'
        for one in ROUTES
    )
    return f"""sessions = "twin"
[listen]
proxy = "127.0.0.1:{port}"
console = "127.0.0.1:{free_port()}"
workers = 2
[primary]
live = "{urls["primary"]}"
shadow = "{urls["primary shadow"]}"
[candidate]
live = "{urls["candidate"]}"
shadow = "{urls["candidate shadow"]}"
[proxy]
client_key = {json.dumps(CLIENT_KEY)}
[twin]
login = ["login"]
logout = ["logout"]
primary_cookies = ["sid"]
candidate_cookies = ["session"]
tokens = {json.dumps(TOKENS)}
token_page = "/home"
{routes}"""


def test_nobody_is_signed_out_by_a_promotion_whichever_process_serves(tmp_path):
    clubs = {}
    for world in ("", " shadow"):
        database = Database()
        clubs["primary" + world] = Club(database)
        clubs["candidate" + world] = Club(database, "session", long=True)
    with ExitStack() as stack:
        urls = {name: stack.enter_context(Upstream(club.serve)).url for name, club in clubs.items()}
        port = Port(free_port())
        file = tmp_path / "shadow.toml"
        file.write_text(configuration(tmp_path, port.number, urls))
        serve = Process("-m", "shadow", "serve", "--config", str(file), log=tmp_path / "log")
        serve.start()
        stack.callback(serve.stop)
        store = open_store(load(file, {}).store.url)
        stack.callback(store.close)
        wait_for(lambda: len(store.heartbeats()) == 2, 30)
        browsers = [Visitor(port, user) for user in ("ann", "bob", "user-1")]
        for browser in browsers:
            stack.callback(browser.close)
            assert browser.login().status == 303
        wait_for(lambda: store.twin_counts().get("made") == 3)
        look_about(browsers, 2)
        command = ["promote", "board", "--force", "--reason", "the test", "--config", str(file)]
        subprocess.run([sys.executable, "-m", "shadow", *command], cwd=ROOT, check=True, capture_output=True)
        wait_for(lambda: served_by_candidate(browsers[0], clubs["candidate"]))
        look_about(browsers, 3)
        assert sum(club.refused for club in clubs.values()) == 0
        desk = StoreDesk(load(file, {}), store)
        wait_for(lambda: desk.report()["totals"]["pending"] == 0, 30)
        report = desk.report()
        assert [(one["route"], one["place"]) for one in report["findings"]] == []
        assert report["twins"] == {"kept": 3, "made": 3}
        assert clubs["primary"].database.notes == clubs["primary shadow"].database.notes
        files = [
            one for one in tmp_path.rglob("*") if one.is_file() and "key" not in one.name and "token" not in one.name
        ]
        written = b"".join(one.read_bytes() for one in files)
        secrets = [name for club in clubs.values() for name in club.sessions] + [PASSWORDS["ann"], PASSWORDS["bob"]]
        assert [one for one in secrets if one.encode() in written] == []


def look_about(browsers: list[Visitor], rounds: int) -> None:
    """Each looks and writes, every time over a connection of its own."""
    for _ in range(rounds):
        for browser in browsers:
            browser.close()
            assert browser.greeted("/home") == browser.user
            browser.close()
            assert browser.greeted("/notes") == browser.user
            browser.get("/home")
            assert browser.post("/notes", f"text={browser.user}").status == 303


def served_by_candidate(browser: Visitor, candidate: Club) -> bool:
    before = sum(one.path == b"/notes" for one in candidate.seen)
    browser.get("/notes")
    return sum(one.path == b"/notes" for one in candidate.seen) > before
