"""Small mistakes of a port, each in another layer: what makes the demo's first candidate build a faulty one.

A fault changes answers only, never what is stored, and no later request depends on what it changes: the two worlds stay
equal, so each fault shows as itself and as nothing else. `FAULTS` says where the harness must report each one.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class Reply:
    """A finished answer, before it is sent."""

    method: str
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def json(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the object in the body; other bodies stay as they are."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return
        if isinstance(found, dict):
            change(found)
            self.body = json.dumps(found).encode()

    def replace(self, pattern: bytes, replacement: bytes) -> None:
        """Replace the first match in the body."""
        self.body = re.sub(pattern, replacement, self.body, count=1, flags=re.DOTALL)

    def header(self, name: bytes, change: Callable[[bytes], bytes | None]) -> None:
        """Change each field of this name; None drops it."""
        changed = []
        for key, value in self.headers:
            kept = change(value) if key.lower() == name else value
            if kept is not None:
                changed.append((key, kept))
        self.headers = changed


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: the requests that show it, what it does to an answer, and the finding that must come of it.

    `kind` and `place` are those of the finding (`place` its beginning); a fault without a kind is one of time, which is
    evidence and never a finding.
    """

    route: str
    path: str
    layer: str
    kind: str
    place: str
    change: Callable[[Reply], None]
    delay: float = 0.0

    def touches(self, path: str) -> bool:
        return re.fullmatch(self.path, path) is not None

    def explains(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding of the report is this fault's."""
        same = all(finding[key] == getattr(self, key) for key in ("route", "layer", "kind"))
        return same and str(finding["place"]).startswith(self.place)


def _unauthorised_as_ok(reply: Reply) -> None:
    if reply.status == 401:
        reply.status = 200


def _without_httponly(value: bytes) -> bytes:
    return re.sub(rb"; *httponly", b"", value, flags=re.IGNORECASE) if value.startswith(b"auth_tkt=") else value


def _without_ticket(value: bytes) -> bytes | None:
    return None if value.startswith(b"auth_tkt=") else value


def _as_plain_text(reply: Reply) -> None:
    if reply.status == 200:
        reply.header(b"content-type", lambda _: b"text/plain; charset=UTF-8")


def _version_as_text(found: dict[str, Any]) -> None:
    if "version" in found:
        found["version"] = str(found["version"])


def _without_task_alive(found: dict[str, Any]) -> None:
    found.pop("task_alive", None)


def _with_detail(found: dict[str, Any]) -> None:
    found["detail"] = None


def _alive_for_ever(found: dict[str, Any]) -> None:
    if found.get("task_alive") is False:
        found["task_alive"] = True


def _other_words(found: dict[str, Any]) -> None:
    if "error" in found:
        found["error"] = found["error"].replace("Missing run_id", "run_id is required")


def _in_json(change: Callable[[dict[str, Any]], None]) -> Callable[[Reply], None]:
    return lambda reply: reply.json(change)


def _in_header(name: bytes, change: Callable[[bytes], bytes | None]) -> Callable[[Reply], None]:
    return lambda reply: reply.header(name, change)


def _in_page(pattern: bytes, replacement: bytes) -> Callable[[Reply], None]:
    return lambda reply: reply.replace(pattern, replacement)


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "status": Fault("api.stop_run", "/api/stop_run", "status", "status", "status", _unauthorised_as_ok),
        "header-missing": Fault(
            "tests.list",
            "/tests",
            "header",
            "missing",
            "header:cache-control",
            _in_header(b"cache-control", lambda _: None),
        ),
        "header-value": Fault(
            "static",
            "/static/.*[.]css",
            "header",
            "header",
            "header:content-type",
            _as_plain_text,
        ),
        "redirect": Fault(
            "home",
            "/",
            "header",
            "header",
            "header:location",
            _in_header(b"location", lambda value: value + b"/finished"),
        ),
        "cookie-attribute": Fault(
            "login",
            "/login",
            "cookie",
            "missing",
            "cookie:auth_tkt.httponly",
            _in_header(b"set-cookie", _without_httponly),
        ),
        "cookie-missing": Fault(
            "logout", "/logout", "cookie", "missing", "cookie:auth_tkt", _in_header(b"set-cookie", _without_ticket)
        ),
        "json-type": Fault(
            "api.request_version", "/api/request_version", "json", "type", "json:$.version", _in_json(_version_as_text)
        ),
        "json-missing": Fault(
            "api.beat",
            "/api/beat",
            "json",
            "missing",
            "json:$.task_alive",
            _in_json(_without_task_alive),
        ),
        "json-extra": Fault(
            "api.worker_log",
            "/api/worker_log",
            "json",
            "extra",
            "json:$.detail",
            _in_json(_with_detail),
        ),
        "json-value": Fault(
            "api.update_task", "/api/update_task", "json", "value", "json:$.task_alive", _in_json(_alive_for_ever)
        ),
        "error-text": Fault(
            "api.failed_task", "/api/failed_task", "json", "value", "json:$.error", _in_json(_other_words)
        ),
        "html-text": Fault(
            "tests.view",
            "/tests/view/[0-9a-f]{24}",
            "html",
            "value",
            "html:title",
            _in_page(rb"<title>[^<]*</title>", b"<title>Test</title>"),
        ),
        "html-attribute": Fault(
            "login",
            "/login",
            "html",
            "value",
            "html:input#login-password@type",
            _in_page(rb'type="password"', b'type="text"'),
        ),
        "html-missing": Fault(
            "tests.list",
            "/tests",
            "html",
            "missing",
            "html:main#main > dl > div",
            _in_page(rb"<div>\s*<dt>Machines</dt>.*?</div>", b""),
        ),
        "slow": Fault("api.upload_pgn", "/api/upload_pgn", "time", "", "", lambda reply: None, delay=0.05),
    }
)


class Faulty:
    """ASGI middleware: the application with these faults."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self.app = app
        self.faults = [named(name) for name in names]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        touched = [fault for fault in self.faults if scope["type"] == "http" and fault.touches(scope["path"])]
        if not touched:
            await self.app(scope, receive, send)
            return
        reply = Reply(scope["method"], 500, [], b"")

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status, reply.headers = message["status"], list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                reply.body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _send(_with(reply, touched), send)

        await asyncio.sleep(max(fault.delay for fault in touched))
        await self.app(scope, receive, collect)


def named(name: str) -> Fault:
    """The fault of this name; ValueError names the known ones."""
    if name not in FAULTS:
        raise ValueError(f"DEMO_FAULTS: there is no fault {name!r}; there are {', '.join(FAULTS)}")
    return FAULTS[name]


def _with(reply: Reply, faults: Iterable[Fault]) -> Reply:
    body = reply.body
    for fault in faults:
        fault.change(reply)
    # HEAD tells the length of the page without the fault: a second finding for one mistake would help nobody.
    if reply.method == "HEAD":
        reply.body = body
    elif reply.body != body:
        reply.header(b"content-length", lambda _: str(len(reply.body)).encode())
    return reply


async def _send(reply: Reply, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})
