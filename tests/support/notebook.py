"""A small stateful application on a raw socket: sessions, form tokens, notes with ids of their own.

Every copy names things by chance, as honest servers do; a fault makes one that differs.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from tests.support.upstreams import Seen, Upstream, Wire


class Notebook(Upstream):
    """One process: an application with a database of its own. `fault` names what is wrong with it."""

    def __init__(self, fault: str = "", *, build: str = "1", coin: bool = False) -> None:
        super().__init__(_serve)
        self.fault = fault
        self.build = build
        self.coin = coin
        self.users: dict[str, dict[str, str]] = {}
        self.notes: dict[str, dict[str, Any]] = {}

    def answer(self, seen: Seen) -> bytes:
        """The answer to one request, as bytes."""
        method, target = seen.line.split(b" ")[0].decode(), seen.target.decode()
        session = re.search(r"session=(\S+)", (seen.get("cookie") or b"").decode())
        user = self.users.get(session[1]) if session else None
        if (method, target) == ("POST", "/login"):
            return self._login(json.loads(seen.body)["name"])
        if user is None:
            return self._json(401, {"error": "who are you?"})
        if (method, target) == ("POST", "/notes"):
            return self._create(user, json.loads(seen.body))
        if target == "/notes":
            return self._json(200, {"notes": list(self.notes.values()), "user": user["name"]})
        note = self.notes.get(target.removeprefix("/notes/"))
        if note is None:
            return self._json(404 if self.fault != "status" else 410, {"error": f"no note {target[7:]}"})
        if method == "PUT" and self.fault != "lost-update":
            note["text"] = json.loads(seen.body)["text"]
        return self._json(200, note if method == "GET" else {"updated": note["id"]})

    def _login(self, name: str) -> bytes:
        session, token = secrets.token_urlsafe(24), secrets.token_hex(20)
        self.users[session] = {"name": name, "token": token}
        return self._json(200, {"csrf_token": token}, f"Set-Cookie: session={session}; HttpOnly; Path=/\r\n")

    def _create(self, user: dict[str, str], given: dict[str, Any]) -> bytes:
        if given.get("csrf_token") != user["token"]:
            return self._json(403, {"error": "bad token"})
        note = {"id": secrets.token_hex(12), "author": user["name"], "text": given["text"], "at": 5}
        if self.coin:
            note["mood"] = secrets.choice(["merry", "calm", "wild", "sleepy"]) + secrets.choice("abcdefgh")
        if self.fault == "mood-type":
            note["mood"] = 7
        if self.fault == "mood-missing":
            del note["mood"]
        if self.fault == "one-user" and user["name"] == "bob":
            note["author"] = "nobody"
        self.notes[note["id"]] = note
        return self._json(201, note)

    def _json(self, status: int, value: Any, fields: str = "") -> bytes:
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} Fine\r\nContent-Type: application/json\r\nX-Build: {self.build}\r\n{fields}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _serve(upstream: Upstream, wire: Wire) -> None:
    assert isinstance(upstream, Notebook)
    while True:
        seen = wire.message()
        upstream.seen.put(seen)
        wire.send(upstream.answer(seen))


def visit(wire: Wire, name: str, texts: list[str]) -> None:
    """One client: log in, write notes, change each, read each and the list, look for one that is not there."""
    login = _ask(wire, "POST", "/login", {"name": name})
    cookie = (login.get("set-cookie") or b"").split(b";")[0].decode()
    token = json.loads(login.body)["csrf_token"]
    for text in texts:
        made = json.loads(_ask(wire, "POST", "/notes", {"text": text, "csrf_token": token}, cookie).body)
        _ask(wire, "PUT", f"/notes/{made['id']}", {"text": text + "!"}, cookie)
        _ask(wire, "GET", f"/notes/{made['id']}", None, cookie)
    _ask(wire, "GET", "/notes", None, cookie)
    _ask(wire, "GET", "/notes/ffffffffffffffffffffff00", None, cookie)


def _ask(wire: Wire, method: str, target: str, value: Any, cookie: str = "") -> Seen:
    body = b"" if value is None else json.dumps(value).encode()
    fields = "Content-Type: application/json\r\n" if body else ""
    fields += f"Cookie: {cookie}\r\n" if cookie else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: notes.test\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    wire.send(head.encode() + body)
    return wire.message()
