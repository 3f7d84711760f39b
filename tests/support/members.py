"""A members' site in two spellings that differ in everything a browser must not care about.

One stack calls its session cookie `sid` and fills it with 40 hex digits, the other calls it `session` and writes
base64; both give a new one with every answer and forget the old one. Each form, meta tag and answer header carries a
CSRF token that is good for one session, a flash message is shown once, and the API wants the bearer token that its
login handed out. A request with anything else gets a 403.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from shadow.exchange import Request, Response
from tests.support.builders import an_answer
from tests.support.upstreams import Upstream, Wire


@dataclass
class Session:
    """What the site knows of one browser."""

    csrf: str
    user: str = ""
    flash: str = ""
    visits: int = 0


@dataclass
class Members:
    """One stack on one database."""

    cookie: str
    long: bool
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    refused: int = 0

    def answer(self, request: Request) -> Response:
        """What the site answers, as a value."""
        path = request.target.decode()
        if path.startswith("/api/"):
            return self._api(path, request)
        session = self._session(request)
        if request.method == "POST" and not self._allowed(request, session):
            self.refused += 1
            return an_answer(403, b"forged")
        fields: dict[str, Any] = {"X_CSRF_Token": session.csrf, "Content_Type": "text/html"}
        fields["Set_Cookie"] = f"{self.cookie}={self._rotated(session)}; Path=/; HttpOnly"
        if request.method == "POST":
            session.user = parse_qs(request.body.data.decode()).get("user", [session.user])[0]
            session.flash = f"Hello {session.user}" if path == "/login" else f"Note {session.visits} is kept"
            return an_answer(303, Location="/", **fields)
        session.visits += 1
        flash, session.flash = session.flash, ""
        page = (
            f'<!doctype html><html><head><meta name="csrf-token" content="{session.csrf}"></head><body>'
            f"<h1>{session.user or 'nobody'}</h1><p>{flash}</p><p>visit {session.visits}</p>"
            f'<form method="post"><input type="hidden" name="csrf_token" value="{session.csrf}"></form></body></html>'
        )
        return an_answer(200, page.encode(), **fields)

    def serve(self, upstream: Upstream, wire: Wire) -> None:
        """The same behind a socket."""
        answer_all(wire, self.answer)

    def _api(self, path: str, request: Request) -> Response:
        if path == "/api/login":
            token = self._token()
            self.tokens[token] = json.loads(request.body.data)["user"]
            return an_answer(200, json.dumps({"access_token": token}).encode(), Content_Type="application/json")
        user = self.tokens.get(request.headers.text("authorization").removeprefix("Bearer "))
        if user is None:
            self.refused += 1
            return an_answer(401, b'{"error": "who?"}', Content_Type="application/json")
        return an_answer(200, json.dumps({"user": user}).encode(), Content_Type="application/json")

    def _session(self, request: Request) -> Session:
        for part in request.headers.text("cookie").split("; "):
            name, _, value = part.partition("=")
            if name == self.cookie and value in self.sessions:
                return self.sessions.pop(value)
        return Session(self._token())

    def _allowed(self, request: Request, session: Session) -> bool:
        form = parse_qs(request.body.data.decode()).get("csrf_token", [""])[0]
        return session.csrf in (form, request.headers.text("x-csrf-token"))

    def _rotated(self, session: Session) -> str:
        value = self._token()
        self.sessions[value] = session
        return value

    def _token(self) -> str:
        return base64.b64encode(secrets.token_bytes(42)).decode() if self.long else secrets.token_hex(20)


def answer_all(wire: Wire, answer: Callable[[Request], Response]) -> None:
    """Give each request of a connection its answer, until the client has gone."""
    while True:
        seen = wire.message()
        method, target, _ = seen.line.split(b" ")
        given = answer(a_request_of(method.decode(), target, seen.headers, seen.body))
        head = [b"HTTP/1.1 %d X" % given.status, *(b"%b: %b" % pair for pair in given.headers)]
        wire.send(b"\r\n".join([*head, b"Content-Length: %d" % given.body.size, b"", given.body.data]))


def a_request_of(method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> Request:
    """A request as a value."""
    from shadow.exchange import Body
    from shadow.headers import HeaderList

    return Request(method, target, HeaderList.of(headers), Body.of(body), peer="127.0.0.1")


@dataclass
class Browser:
    """One client of the live world: keeps its cookie, and the token of the last page for its next form."""

    site: Members
    jar: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    bearer: str = ""

    def get(self, target: str = "/") -> tuple[Request, Response]:
        return self._ask("GET", target, {}, b"")

    def post(self, target: str, fields: str, *, by_header: bool = False) -> tuple[Request, Response]:
        """Send a form, with the token among its fields or, as a script would, in a header."""
        body = fields if by_header else f"{fields}&csrf_token={quoted(self.csrf)}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", target, headers | ({"X-CSRF-Token": self.csrf} if by_header else {}), body.encode())

    def api_login(self, user: str) -> tuple[Request, Response]:
        request, answer = self._ask(
            "POST", "/api/login", {"Content-Type": "application/json"}, b'{"user": "%s"}' % user.encode()
        )
        self.bearer = json.loads(answer.body.data)["access_token"]
        return request, answer

    def api(self) -> tuple[Request, Response]:
        request = a_request_of("GET", b"/api/me", [(b"Authorization", f"Bearer {self.bearer}".encode())])
        return request, self.site.answer(request)

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[Request, Response]:
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        if self.jar:
            pairs.append((b"Cookie", "; ".join(f"{name}={value}" for name, value in self.jar.items()).encode()))
        request = a_request_of(method, target.encode(), pairs, body)
        answer = self.site.answer(request)
        for line in answer.headers.get_all(b"set-cookie"):
            name, _, value = line.decode().partition(";")[0].partition("=")
            self.jar[name] = value
        self.csrf = answer.headers.text("x-csrf-token") or self.csrf
        return request, answer


def quoted(text: str) -> str:
    """As a form writes it."""
    from urllib.parse import quote

    return quote(text, safe="")
