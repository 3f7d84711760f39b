"""A small application in two spellings, run as a process: `python -m tests.support.twin --port N --side primary`.

Both spellings answer alike but for what two honest servers differ in: ids, tokens, dates, order of members. A world's
state lies in a folder that both stacks of the world share: sessions are read and written there at each request (the
database), notes are kept in memory and written there by the `leave` hook (the write-behind cache).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route


class Json(JSONResponse):
    """With escapes, so that it can hold whatever a client sent, lone surrogates too."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


class Twin:
    """One process: its cache of notes, the world's folder, and what it can tell of itself."""

    def __init__(self, side: str, state: Path, *, owner: bool, wrong: str) -> None:
        self.side = side
        self.state = state
        self.wrong = wrong
        self.notes: dict[str, dict[str, Any]] = {}
        self.facts = {"requests": 0, "marked": 0, "left": 0, "entered": 0, "strayed": 0, "owner": owner}

    async def create(self, request: Request) -> Response:
        self._cached()
        body = await request.json()
        note = {**body, "id": secrets.token_hex(12), "length": len(body["text"])}
        self.notes[note["id"]] = note
        return Json({**self._told(note), "duration": 0.001 if self.side == "primary" else 0.002}, 201)

    async def read(self, request: Request) -> Response:
        self._cached()
        note = self.notes.get(request.path_params["id"])
        if note is None:
            return Json({"error": f"no note {request.path_params['id']}"}, 404)
        note = self._told(note)
        if self.wrong == "text":
            note["text"] += "!"
        return Json(note if self.side == "primary" else dict(reversed(note.items())))

    async def count(self, request: Request) -> Response:
        self._cached()
        return Json({"notes": len(self.notes), "texts": sorted(note["text"] for note in self.notes.values())})

    async def login(self, request: Request) -> Response:
        name = request.cookies.get("session", "")
        session = self._session(name)
        if request.method == "GET":
            if fresh := session is None:
                name, session = secrets.token_urlsafe(24), {"csrf": secrets.token_hex(20)}
                self._keep(name, session)
            page = HTMLResponse(
                f'<form method=post><input type=hidden name=csrf_token value="{session["csrf"]}"></form>'
            )
            if fresh:
                page.set_cookie("session", name, httponly=True)
            return page
        form = parse_qs((await request.body()).decode())
        if session is None or form.get("csrf_token") != [session["csrf"]]:
            return PlainTextResponse("bad token", 400)
        self._keep(name, {**session, "user": form["user"][0]})
        return RedirectResponse("/me", 303)

    async def me(self, request: Request) -> Response:
        session = self._session(request.cookies.get("session", "")) or {}
        user = session.get("user")
        return HTMLResponse(f"<h1>Hello {user}</h1>" if user else "<h1>Who are you?</h1>", 200 if user else 401)

    async def slow(self, request: Request) -> Response:
        await asyncio.sleep(float(request.query_params.get(self.side, "0")))
        return PlainTextResponse("done")

    async def told(self, request: Request) -> Response:
        """For the tests alone: never through the proxy."""
        return Json({**self.facts, "notes": len(self.notes)})

    async def leave(self, request: Request) -> Response:
        if self.facts["owner"]:
            self._file.write_text(json.dumps(self.notes))
        self.facts["left"] += 1
        self.facts["owner"] = False
        return Json({"ok": True})

    async def enter(self, request: Request) -> Response:
        self.notes = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.facts["entered"] += 1
        self.facts["owner"] = True
        return Json({"ok": True})

    @property
    def _file(self) -> Path:
        return self.state / "notes.json"

    def _told(self, note: dict[str, Any]) -> dict[str, Any]:
        wrong = self.wrong == "password" and "password" in note
        return {**note, "password": note["password"] + "!"} if wrong else dict(note)

    def _cached(self) -> None:
        """Whoever uses the cache without owning it destroys the work of the owner."""
        self.facts["strayed"] += not self.facts["owner"]

    def _session(self, name: str) -> dict[str, Any] | None:
        file = self.state / f"session-{name}.json"
        return json.loads(file.read_text()) if name and file.exists() else None

    def _keep(self, name: str, session: dict[str, Any]) -> None:
        (self.state / f"session-{name}.json").write_text(json.dumps(session))


class Counted:
    """Counts the requests of clients and of the mirror, and adds the build to each answer."""

    def __init__(self, app: Any, twin: Twin, build: str) -> None:
        self.app = app
        self.twin = twin
        self.build = build.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-build", self.build)]
            await send(message)

        # `shadow doctor` and `shadow status` ask for the root.
        if scope["path"] not in ("/", "/facts", "/leave", "/enter"):
            self.twin.facts["requests"] += 1
            self.twin.facts["marked"] += (b"x-shadow-request", b"1") in scope["headers"]
        await self.app(scope, receive, told)


def create(twin: Twin, build: str) -> Counted:
    """The application of one process."""
    routes = [
        Route("/notes", twin.create, methods=["POST"]),
        Route("/notes", twin.count, methods=["GET"]),
        Route("/notes/{id}", twin.read),
        Route("/login", twin.login, methods=["GET", "POST"]),
        Route("/me", twin.me),
        Route("/slow", twin.slow),
        Route("/facts", twin.told),
        Route("/leave", twin.leave, methods=["POST"]),
        Route("/enter", twin.enter, methods=["POST"]),
    ]
    return Counted(Starlette(routes=routes), twin, build)


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--side", choices=["primary", "candidate"], required=True)
    parser.add_argument("--state", type=Path, required=True, help="the folder of the world")
    parser.add_argument("--owner", action="store_true", help="this stack owns the cache at first")
    parser.add_argument("--wrong", default="")
    parser.add_argument("--build", default="1")
    given = parser.parse_args()
    twin = Twin(given.side, given.state, owner=given.owner, wrong=given.wrong)
    uvicorn.run(create(twin, given.build), host=given.host, port=given.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
