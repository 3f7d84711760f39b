"""A club's site in two spellings that share a database and no session: cookies, tokens and forms are each its own.

The one calls its session cookie `sid` and writes hex, the other calls it `session` and writes base64 (or both call it
`session`); a session and its token begin anew with each login. A form or an upload without the token of its session is
refused, whoever is signed in. With `rotating` every answer gives a new cookie and forgets the old one; with `signed`
sessions are all in their cookies, as it were, and no old one is ever forgotten.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from shadow.config import Twin
from shadow.exchange import Request, Response
from shadow.routes import Route
from tests.support.builders import an_answer
from tests.support.members import a_request_of
from tests.support.upstreams import Upstream, Wire

PASSWORDS = {f"user-{number}": f"correct horse {number}" for number in range(20)} | {
    "ann": "a+b&c=ü",
    "bob": "hunter2-x",
}
POST = frozenset({"POST"})
ROUTES = (
    Route("login.form", "/login", frozenset({"GET"}), group="door"),
    Route("login", "/login", POST, group="door"),
    Route("logout", "/logout", POST),
    Route("home", "/home"),
    Route("notes", "/notes", frozenset({"GET"}), group="board"),
    Route("notes.add", "/notes", POST, group="board"),
    Route("api.notes", "/api/notes", POST),
    Route("upload", "/upload", POST),
)
TOKENS = ("form:csrf_token", "header:X-CSRF-Token", "meta:csrf-token", "json:csrf_token")
# Names of routes that are promoted together.
DOOR = ("login.form", "login", "logout")
NOTES = ("notes", "notes.add")
EVERYTHING = (*DOOR, *NOTES, "home", "api.notes", "upload")
FORM = '<form method="post"><input type="hidden" name="csrf_token" value="{token}">{more}</form>'


def a_twin(**changes: Any) -> Twin:
    """The configuration of the two."""
    names = {"primary_cookies": ("sid",), "candidate_cookies": ("session",)}
    return Twin(
        **{
            "login": ("login",),
            "logout": ("logout",),
            **names,
            "tokens": TOKENS,
            "token_page": "/home",
            "timeout": 5.0,
            **changes,
        }
    )


def resetting(_request: Request) -> Response:
    """What a stack answers that is being restarted."""
    raise ConnectionResetError


@dataclass
class Database:
    """What both stacks of a world share."""

    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Session:
    """What one stack knows of one browser."""

    token: str
    user: str = ""


@dataclass
class Club:
    """One stack on one database."""

    database: Database
    cookie: str = "sid"
    long: bool = False
    rotating: bool = False
    signed: bool = False
    sessions: dict[str, Session] = field(default_factory=dict)
    logins: list[tuple[str, bool]] = field(default_factory=list)  # who, and whether it came as a copy
    refused: int = 0
    seen: list[Request] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def serve(self, upstream: Upstream, wire: Wire) -> None:
        """Behind a socket."""
        while True:
            seen = wire.message()
            method, target, _ = seen.line.split(b" ")
            with self.lock:
                answer = self.answer(a_request_of(method.decode(), target, seen.headers, seen.body))
            head = [b"HTTP/1.1 %d X" % answer.status, *(b"%b: %b" % pair for pair in answer.headers)]
            wire.send(b"\r\n".join([*head, b"Content-Length: %d" % answer.body.size, b"", answer.body.data]))

    def answer(self, request: Request) -> Response:
        """What the site answers, as a value."""
        self.seen.append(request)
        name, session = self._session(request)
        path = request.path.decode()
        if request.method == "POST" and not self._allowed(request, session):
            self.refused += 1
            return an_answer(400, b"forged", Content_Type="text/plain")
        do = getattr(self, f"_{request.method}_{path.strip('/').replace('/', '_')}".lower(), None)
        if do is None:
            return an_answer(404, b"nothing", Content_Type="text/plain")
        answer: Response = do(request, name, session)
        return answer

    def _get_login(self, request: Request, name: str, session: Session) -> Response:
        return self._page(
            name, session, FORM.format(token=session.token, more='<input type="password" name="password">')
        )

    def _post_login(self, request: Request, name: str, session: Session) -> Response:
        form = parse_qs(request.body.data.decode())
        user = form.get("user", [""])[0]
        self.logins.append((user, request.headers.get(b"x-shadow-request") == b"1"))
        if PASSWORDS.get(user) != form.get("password", [""])[0]:
            return self._get_login(request, name, session)
        self._end(name)
        return self._answer(self._begin(Session(self._token(), user)), 303, Location="/home")

    def _post_logout(self, request: Request, name: str, session: Session) -> Response:
        self._end(name)
        return an_answer(303, Location="/login", Set_Cookie=f"{self.cookie}=; Path=/; Max-Age=0")

    def _get_home(self, request: Request, name: str, session: Session) -> Response:
        return self._page(name, session, f"<h1>{session.user or 'nobody'}</h1>")

    def _get_notes(self, request: Request, name: str, session: Session) -> Response:
        listed = "".join(f"<li>{user}: {text}</li>" for user, text in self.database.notes[-5:])
        form = FORM.format(token=session.token, more='<input name="text">')
        return self._page(name, session, f"<h1>{session.user or 'nobody'}</h1><ul>{listed}</ul>{form}")

    def _post_notes(self, request: Request, name: str, session: Session) -> Response:
        return self._add(name, session, parse_qs(request.body.data.decode())["text"][0])

    def _post_api_notes(self, request: Request, name: str, session: Session) -> Response:
        return self._add(name, session, json.loads(request.body.data)["text"])

    def _post_upload(self, request: Request, name: str, session: Session) -> Response:
        return self._add(name, session, f"{request.body.size} bytes")

    def _add(self, name: str, session: Session, text: str) -> Response:
        if not session.user:
            self.refused += 1
            return self._answer(name, 403)
        self.database.notes.append((session.user, text))
        return self._answer(name, 303, Location="/notes")

    def _page(self, name: str, session: Session, body: str) -> Response:
        head = f'<meta name="csrf-token" content="{session.token}">'
        page = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
        return self._answer(name, 200, page.encode(), Content_Type="text/html; charset=utf-8")

    def _answer(self, name: str, status: int, body: bytes = b"", **fields: str) -> Response:
        session = self.sessions[name]
        if self.rotating:
            del self.sessions[name]
            name = self._begin(session)
        return an_answer(status, body, Set_Cookie=f"{self.cookie}={name}; Path=/; HttpOnly", **fields)

    def _session(self, request: Request) -> tuple[str, Session]:
        for part in request.headers.text("cookie").split("; "):
            name, _, value = part.partition("=")
            if name == self.cookie and value in self.sessions:
                return value, self.sessions[value]
        name = self._begin(Session(self._token()))
        return name, self.sessions[name]

    def _allowed(self, request: Request, session: Session) -> bool:
        """Whether the token of this session is in the form, the upload, the JSON or the header."""
        data = request.body.data
        media = request.headers.text("content-type")
        told = [request.headers.text("x-csrf-token")]
        if "urlencoded" in media:
            told += parse_qs(data.decode()).get("csrf_token", [])
        elif "multipart" in media:
            told += [one.decode() for one in re.findall(rb'name="csrf_token"\r\n\r\n(.*?)\r\n', data)]
        elif "json" in media:
            told.append(json.loads(data).get("csrf_token", ""))
        return session.token in told

    def _begin(self, session: Session) -> str:
        name = self._token()
        self.sessions[name] = session
        return name

    def _end(self, name: str) -> None:
        if not self.signed:
            del self.sessions[name]

    def _token(self) -> str:
        return base64.b64encode(secrets.token_bytes(30)).decode() if self.long else secrets.token_hex(20)
