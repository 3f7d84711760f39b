"""A console on paper: a desk with a fixed report that writes down what it was asked to move, and a visitor of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from shadow.console.app import create_console
from shadow.console.desk import Desk
from shadow.console.operators import Operators
from shadow.errors import NotFound, PromotionRefused, ShadowError
from shadow.units import Address
from tests.support.reports import a_finding, a_report, a_route

SECRET = "a-token-of-enough-length"
HOME = "http://127.0.0.1:8081"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class PaperDesk:
    """A desk with a fixed report that writes down what it was asked to move."""

    def __init__(self) -> None:
        text = {"request": "GET /", "primary": f"200 OK\n\n{HOSTILE}", "candidate": "\x1b[2J"}
        sample = {"exchange": "x", "primary": HOSTILE, "candidate": "\x1b[2J", "text": text}
        finding = a_finding(place=HOSTILE, samples=[sample])
        self.shown = a_report([a_route(reasons=[HOSTILE])], [finding])
        self.moved: list[tuple[str, ...]] = []

    def report(self) -> dict[str, Any]:
        return self.shown

    def finding(self, finding_id: str) -> dict[str, Any]:
        if finding_id not in ("f1", "write"):
            raise NotFound(f"finding {finding_id!r} is unknown")
        return self.shown["findings"][0]

    def ledger(self, limit: int) -> list[dict[str, Any]]:
        names = ("who", "action", "name", "from", "to", "at")
        return [{"number": 1, "reason": HOSTILE, **dict.fromkeys(names, HOSTILE)}][:limit]

    def accept(self, finding_id: str, *, who: str, reason: str) -> dict[str, Any]:
        self.moved.append(("accept", self.finding(finding_id)["id"], reason, who))
        return self.finding(finding_id)

    async def retry(self, finding_id: str, *, force: bool) -> dict[str, Any]:
        if finding_id == "write" and not force:
            raise ShadowError("write: its request is a write (POST). Next: --force, if it may")
        self.moved.append(("retry", self.finding(finding_id)["id"]))
        difference = {"layer": "json", "kind": "value", "place": HOSTILE, "primary": HOSTILE, "candidate": "2"}
        return {
            "equal": False,
            "still": True,
            "sent_to": {"primary": "http://h"},
            "tainted": False,
            "differences": [difference],
            "text": {"request": "GET /", "primary": f"302 Found\n\n{HOSTILE}", "candidate": "200 OK"},
        }

    async def promote(self, name: str, *, to: str, force: bool, reason: str, who: str, dry_run: bool) -> dict[str, Any]:
        if not force:
            raise PromotionRefused(f"{name} stays in shadow: 12 of 74 clean pairs")
        self.moved.append(("promote", name, to, reason, who, *(["dry run"] if dry_run else [])))
        return {"name": name, "stage": to}

    async def rollback(self, name: str, *, reason: str, who: str, force: bool, dry_run: bool) -> dict[str, Any]:
        if not dry_run:
            self.moved.append(("rollback", name, reason, who, *(["force"] if force else [])))
        return {"name": name, "stage": "shadow", "steps": [HOSTILE]}

    async def freeze(self, *, reason: str, who: str) -> dict[str, Any]:
        self.moved.append(("freeze", reason, who))
        return {"frozen": reason}

    async def unfreeze(self, *, reason: str, who: str) -> dict[str, Any]:
        self.moved.append(("unfreeze", reason, who))
        return {"frozen": ""}

    def hold(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        self.moved.append(("hold", name, reason, who))
        return {"name": name, "hold": reason}

    async def release(self, name: str, *, reason: str, who: str) -> dict[str, Any]:
        self.moved.append(("release", name, reason, who))
        return {"name": name, "stage": "shadow"}


class Visitor:
    """A synchronous client of the console."""

    def __init__(self, folder: Path, desk: Desk | None = None) -> None:
        self.desk: Any = desk or PaperDesk()
        self.app = create_console(self.desk, Address("127.0.0.1", 8081), Operators(SECRET, folder))
        self.cookies = httpx.Cookies()

    def ask(self, method: str, path: str, *, base: str = HOME, **kwargs: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=self.cookies) as client:
                answer = await client.request(method, path, **kwargs)
                self.cookies = client.cookies
                return answer

        return asyncio.run(once())

    def sign_in(self, token: str = SECRET) -> None:
        assert self.ask("GET", f"/login?token={token}").status_code == 303
