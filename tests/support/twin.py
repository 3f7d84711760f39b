"""A small application in two spellings, run as a process: `python -m tests.support.twin --port N --side primary`.

Both spellings keep notes in memory, give each a random id, sign people in with a session cookie and a CSRF token of
their own making, and answer alike but for what two honest servers differ in: ids, tokens, dates, header order.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route


class Notes:
    """The state of one process."""

    def __init__(self, side: str, wrong: str) -> None:
        self.side = side
        self.wrong = wrong
        self.notes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.signed_in: dict[str, str] = {}
        self.marked = 0
        self.owner = True

    async def create(self, request: Request) -> Response:
        self.marked += request.headers.get("x-shadow-request") == "1"
        body = await request.json()
        note = {"id": secrets.token_hex(12), "text": body["text"], "number": len(self.notes) + 1}
        self.notes[note["id"]] = note
        return JSONResponse({**note, "duration": 0.001 if self.side == "primary" else 0.002}, 201)

    async def read(self, request: Request) -> Response:
        note = self.notes.get(request.path_params["id"])
        if note is None:
            return JSONResponse({"error": f"no note {request.path_params['id']}"}, 404)
        if self.wrong == "text":
            note = {**note, "text": note["text"] + "!"}
        return JSONResponse(note if self.side == "primary" else dict(reversed(note.items())))

    async def count(self, request: Request) -> Response:
        return JSONResponse({"notes": len(self.notes), "texts": sorted(note["text"] for note in self.notes.values())})

    async def login(self, request: Request) -> Response:
        session = request.cookies.get("session", "")
        if request.method == "GET":
            fresh = session not in self.tokens
            if fresh:
                session = secrets.token_urlsafe(24)
                self.tokens[session] = secrets.token_hex(20)
            token = self.tokens[session]
            page = HTMLResponse(f'<form method=post><input type=hidden name=csrf_token value="{token}"></form>')
            if fresh:
                page.set_cookie("session", session, httponly=True)
            return page
        form = parse_qs((await request.body()).decode())
        if not session or form.get("csrf_token") != [self.tokens.get(session)]:
            return PlainTextResponse("bad token", 400)
        self.signed_in[session] = form["user"][0]
        return RedirectResponse("/me", 303)

    async def me(self, request: Request) -> Response:
        user = self.signed_in.get(request.cookies.get("session", ""))
        return HTMLResponse(f"<h1>Hello {user}</h1>" if user else "<h1>Who are you?</h1>", 200 if user else 401)

    async def slow(self, request: Request) -> Response:
        await asyncio.sleep(float(request.query_params.get(self.side, "0")))
        return PlainTextResponse("done")

    async def facts(self, request: Request) -> Response:
        """For the tests alone: never through the proxy."""
        return JSONResponse({"notes": len(self.notes), "marked": self.marked, "owner": self.owner})

    async def leave(self, request: Request) -> Response:
        self.owner = False
        return JSONResponse({"ok": True})

    async def enter(self, request: Request) -> Response:
        self.owner = True
        return JSONResponse({"ok": True})


def create(side: str, wrong: str = "") -> Starlette:
    """The application of one side; `wrong` names a fault of it."""
    notes = Notes(side, wrong)
    return Starlette(
        routes=[
            Route("/notes", notes.create, methods=["POST"]),
            Route("/notes", notes.count, methods=["GET"]),
            Route("/notes/{id}", notes.read),
            Route("/login", notes.login, methods=["GET", "POST"]),
            Route("/me", notes.me),
            Route("/slow", notes.slow),
            Route("/facts", notes.facts),
            Route("/leave", notes.leave, methods=["POST"]),
            Route("/enter", notes.enter, methods=["POST"]),
        ]
    )


class Build:
    """Adds the build to each answer."""

    def __init__(self, app: Any, build: str) -> None:
        self.app = app
        self.build = build.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-build", self.build)]
            await send(message)

        await self.app(scope, receive, told)


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--side", choices=["primary", "candidate"], required=True)
    parser.add_argument("--wrong", default="")
    parser.add_argument("--build", default="1")
    given = parser.parse_args()
    app = Build(create(given.side, given.wrong), given.build)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
