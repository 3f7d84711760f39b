"""A simulated browser: its own cookies, the links, forms and tokens of the pages that it was given.

Every answer is checked as far as a person or a browser would notice; what is wrong is counted as a failure.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from demo.cast import person
from demo.pace import Pace, Tally

TIMEOUT = 30.0
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
}
# Marks of a form's fields that a browser leaves out when it sends the form.
_NOT_SENT = ("submit", "button", "file", "image", "reset")

Fields = dict[str, str]


class Lost(Exception):
    """The page was not one that a person can go on from; the visit ends."""


class Page:
    """What a browser takes from an HTML page."""

    def __init__(self, text: str) -> None:
        self._tree = LexborHTMLParser(text)

    @property
    def token(self) -> str:
        """The CSRF token that scripts send back; empty when the page has none."""
        node = self._tree.css_first("meta[name='csrf-token']")
        return (node.attributes.get("content") or "") if node else ""

    @property
    def username(self) -> str:
        """Who the page says is signed in."""
        return self.text("#username")

    @property
    def flash(self) -> str:
        """The messages shown at the top: those that nobody has looked at yet."""
        return " | ".join(node.text(strip=True) for node in self._tree.css(".flash"))

    def text(self, selector: str) -> str:
        """The words of the first element that the selector finds."""
        node = self._tree.css_first(selector)
        return node.text(strip=True) if node else ""

    def count(self, selector: str) -> int:
        """How many elements the selector finds."""
        return len(self._tree.css(selector))

    def links(self, beginning: str) -> list[str]:
        """Paths on this site that begin so and that the page links to."""
        found = (node.attributes.get("href") or "" for node in self._tree.css("a[href]"))
        return sorted({path for path in (urlsplit(address).path for address in found) if path.startswith(beginning)})

    def files(self) -> list[str]:
        """Addresses of styles and scripts."""
        styles = (node.attributes.get("href") or "" for node in self._tree.css("link[rel='stylesheet']"))
        scripts = (node.attributes.get("src") or "" for node in self._tree.css("script[src]"))
        return [*styles, *scripts]

    def fields(self, selector: str) -> Fields:
        """What a browser sends for the form as it stands, the token that scripts add among it."""
        form = self._tree.css_first(selector)
        found = {"csrf_token": self.token}
        for node in form.css("input[name], select[name], textarea[name]") if form else ():
            value = _value(node)
            if value is not None:
                found[node.attributes["name"] or ""] = value
        return found


def _value(node: LexborNode) -> str | None:
    attributes = node.attributes
    kind = attributes.get("type") or ""
    if kind in _NOT_SENT or (kind in ("checkbox", "radio") and "checked" not in attributes):
        return None
    if node.tag == "textarea":
        return node.text().removeprefix("\n")
    if node.tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        return (chosen.attributes.get("value") or "") if chosen else None
    return attributes.get("value") or ("on" if kind == "checkbox" else "")


@dataclass(slots=True)
class Surroundings:
    """What all browsers share. Whoever ends a run takes the lock: in the list of those that are over, order counts."""

    url: str
    pace: Pace
    tally: Tally
    ending: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def turn(self, _method: str) -> AsyncIterator[None]:
        """Wait until a request of this method may be sent: here none minds what the others do."""
        await self.pace.turn()
        yield


class Browser:
    """One person's browser; as a context manager a fresh one without cookies."""

    def __init__(self, account: str, around: Surroundings, chances: random.Random) -> None:
        self.account = account
        self.random = chances
        self._around = around
        self._client = httpx.AsyncClient(
            base_url=around.url, timeout=TIMEOUT, headers=HEADERS, trust_env=False, verify=False
        )

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    @property
    def url(self) -> str:
        """The address of the site."""
        return self._around.url

    def credentials(self) -> Fields:
        """What the person types in to log in."""
        return {"username": self.account, "password": person(self.account).password}

    async def log_in(self) -> Page:
        """The form, and the list of tests behind it."""
        form = await self.page("login", "/login")
        await self.redirected("login", "POST", "/login", to="/", data=self.credentials() | {"csrf_token": form.token})
        page = await self.page("tests.list", "/tests")
        self.expect(page.username == self.account, "tests.list", f"{page.username!r} instead of {self.account!r}")
        return page

    async def log_out(self, token: str) -> None:
        """As the page's script does it."""
        await self.redirected("logout", "POST", "/logout", to="/tests", headers={"X-CSRF-Token": token})

    async def page(self, route: str, target: str, status: int = 200) -> Page:
        """A full page."""
        page = Page((await self.send(route, "GET", target, status)).text)
        self.expect(bool(page.token), route, f"{target} has no token")
        return page

    async def redirected(
        self,
        route: str,
        method: str,
        target: str,
        *,
        to: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> str:
        """Send a request that leads on to `to` (or to what begins with it, before a `*`); where it led."""
        answer = await self.send(route, method, target, 302, data=data, headers=headers, files=files)
        location = answer.headers.get("Location", "").removeprefix(self._around.url)
        fits = location.startswith(to[:-1]) if to.endswith("*") else location == to
        self.expect(fits, route, f"{target} leads to {location!r} instead of {to!r}")
        return location

    async def send(
        self,
        route: str,
        method: str,
        target: str,
        status: int,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> httpx.Response:
        """One request, which must be answered with this status."""
        try:
            async with self._around.turn(method):
                answer = await self._client.request(method, target, data=data, headers=headers, files=files)
        except httpx.HTTPError as error:
            self._around.tally.failure(route, f"{method} {target}: {type(error).__name__}: {error}")
            raise Lost from error
        self._around.tally.answered(route, answer.status_code)
        told = Page(answer.text).flash or answer.text[:200]
        text = f"{method} {target}: status {answer.status_code} instead of {status}: {told!r}"
        self.expect(answer.status_code == status, route, text)
        return answer

    def expect(self, holds: bool, route: str, text: str) -> None:
        """Count what a person would notice, and end the visit."""
        if not holds:
            self._around.tally.failure(route, text)
            raise Lost
