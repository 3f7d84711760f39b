"""Simulated browsers: each with its own cookies, following the links and tokens of the pages it was given.

A visit opens the list, looks at runs and files, signs in (sometimes wrongly first), looks around and signs out. Every
answer is checked as far as a person or a browser would notice; what is wrong is counted as a failure.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser

from demo.cast import BLOCKED, PENDING, person
from demo.pace import Pace, Tally

TIMEOUT = 30.0
ACCOUNTS = ("olivia", "grace", "heidi", "alice", "dave")
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
UNKNOWN_PAGES = ("/nope", "/tests/", "/tests/view/zz", "/tests/view/0123456789abcdef01234567", "/static/css/none.css")


class Lost(Exception):
    """The page was not one that a person can go on from; the visit ends."""


class Page:
    """What a browser takes from an HTML page."""

    def __init__(self, text: str) -> None:
        self._tree = LexborHTMLParser(text)

    @property
    def token(self) -> str:
        """The CSRF token that scripts send back; empty when the page has none."""
        return self._attribute("meta[name='csrf-token']", "content")

    @property
    def username(self) -> str:
        """Who the page says is signed in."""
        node = self._tree.css_first("#username")
        return node.text(strip=True) if node else ""

    @property
    def flash(self) -> str:
        """The first message shown at the top."""
        node = self._tree.css_first(".flash")
        return node.text(strip=True) if node else ""

    def runs(self) -> list[str]:
        """Paths of the runs that the page links to."""
        found = (node.attributes.get("href") or "" for node in self._tree.css("a[href*='/tests/view/']"))
        return sorted({urlsplit(address).path for address in found})

    def files(self) -> list[str]:
        """Addresses of styles and scripts."""
        styles = (node.attributes.get("href") or "" for node in self._tree.css("link[rel='stylesheet']"))
        scripts = (node.attributes.get("src") or "" for node in self._tree.css("script[src]"))
        return [*styles, *scripts]

    def _attribute(self, selector: str, name: str) -> str:
        node = self._tree.css_first(selector)
        return (node.attributes.get(name) or "") if node else ""


@dataclass(slots=True)
class Visitors:
    """What all browsers share."""

    url: str
    pace: Pace
    tally: Tally

    async def run(self, accounts: Sequence[str], stop: asyncio.Event) -> None:
        """Let one browser for each account come again and again until the event is set."""
        async with asyncio.TaskGroup() as group:
            for account in accounts:
                group.create_task(Browser(account, self).visit_again(stop), name=f"browser-{account}")


class Browser:
    """One person's browser. Each visit begins without cookies."""

    def __init__(self, account: str, visitors: Visitors) -> None:
        self._account = account
        self._visitors = visitors
        self._random = random.Random(account)
        self._client: httpx.AsyncClient

    async def visit_again(self, stop: asyncio.Event) -> None:
        """Visit after visit; what goes wrong is in the tally and ends the visit, never the browser."""
        while not stop.is_set():
            headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Accept": ACCEPT, "Accept-Language": "en"}
            async with httpx.AsyncClient(
                base_url=self._visitors.url, timeout=TIMEOUT, headers=headers, trust_env=False, verify=False
            ) as self._client:
                try:
                    await self._visit()
                except Lost:
                    continue

    async def _visit(self) -> None:
        await self._redirected("home", "GET", "/", to="/tests")
        page = await self._page("tests.list", "/tests")
        self._expect(page.username == "", "tests.list", f"{page.username!r} is signed in without a login")
        await self._look_around(page)
        if self._chance(0.3):
            page = await self._page("login", "/login?next=%2Ftests")
        if self._chance(0.15):
            await self._send("login", "POST", "/login", 400, data=self._credentials())
        if self._chance(0.25):
            page = await self._refused_login(page.token)
        fields = self._credentials() | {"csrf_token": page.token}
        if self._chance(0.3):
            fields["stay_logged_in"] = "1"
        await self._redirected("login", "POST", "/login", to="/", data=fields)
        if self._chance(0.4):
            page = await self._page("tests.list", "/tests")
            self._expect(
                page.username == self._account, "tests.list", f"{page.username!r} instead of {self._account!r}"
            )
            await self._look_around(page)
        if self._chance(0.1):
            await self._send("logout", "POST", "/logout", 400)
        await self._redirected("logout", "POST", "/logout", to="/tests", headers={"X-CSRF-Token": page.token})

    async def _look_around(self, page: Page) -> None:
        """A run, a file, a page that is not there: some of what a person clicks on."""
        runs = page.runs()
        self._expect(bool(runs), "tests.list", "no run on the page")
        if self._chance(0.7):
            await self._page("tests.view", self._random.choice(runs))
        if self._chance(0.7):
            await self._file(self._random.choice(page.files()))
        if self._chance(0.15):
            await self._page("unknown", self._random.choice(UNKNOWN_PAGES), status=404)
        if self._chance(0.15):
            await self._page("tests.list", "/tests?page=2")
        if self._chance(0.15):
            await self._head()

    async def _refused_login(self, token: str) -> Page:
        """Sign in wrongly; the form comes again and says why."""
        blocked, pending = person(BLOCKED), person(PENDING)
        name, password, text = self._random.choice(
            (
                (self._account, "wrong", "Invalid password"),
                (blocked.name, blocked.password, "Account blocked"),
                (pending.name, pending.password, "Account pending"),
            )
        )
        fields = {"username": name, "password": password, "csrf_token": token}
        page = Page((await self._send("login", "POST", "/login", 200, data=fields)).text)
        self._expect(text in page.flash, "login", f"the form says {page.flash!r} instead of {text!r}")
        return page

    async def _file(self, address: str) -> None:
        """A style or script, and the question whether it has changed."""
        found = urlsplit(address)
        here = f"{found.scheme}://{found.netloc}"
        self._expect(here == self._visitors.url, "static", f"the page leads away, to {address!r}")
        target = f"{found.path}?{found.query}"
        answer = await self._send("static", "GET", target, 200)
        self._expect(bool(answer.content), "static", f"{target} is empty")
        if self._chance(0.6):
            headers = {"If-Modified-Since": answer.headers.get("Last-Modified", "")}
            await self._send("static", "GET", target, 304, headers=headers)

    async def _head(self) -> None:
        answer = await self._send("tests.list", "HEAD", "/tests", 200)
        length = answer.headers.get("Content-Length", "")
        self._expect(length.isdecimal() and not answer.content, "tests.list", f"HEAD with Content-Length {length!r}")

    async def _page(self, route: str, target: str, status: int = 200) -> Page:
        page = Page((await self._send(route, "GET", target, status)).text)
        self._expect(bool(page.token), route, f"{target} has no token")
        return page

    async def _redirected(
        self,
        route: str,
        method: str,
        target: str,
        *,
        to: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        answer = await self._send(route, method, target, 302, data=data, headers=headers)
        location = answer.headers.get("Location", "")
        wanted = {f"{self._visitors.url}{to}", to}
        self._expect(location in wanted, route, f"{target} leads to {location!r} instead of {to!r}")

    async def _send(
        self,
        route: str,
        method: str,
        target: str,
        status: int,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        await self._visitors.pace.turn()
        try:
            answer = await self._client.request(method, target, data=data, headers=headers)
        except httpx.HTTPError as error:
            self._visitors.tally.failure(route, f"{method} {target}: {type(error).__name__}: {error}")
            raise Lost from error
        self._visitors.tally.answered(route, answer.status_code)
        text = f"{method} {target}: status {answer.status_code} instead of {status}: {answer.text[:200]!r}"
        self._expect(answer.status_code == status, route, text)
        return answer

    def _credentials(self) -> dict[str, str]:
        return {"username": self._account, "password": person(self._account).password}

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _expect(self, holds: bool, route: str, text: str) -> None:
        """Count what a person would notice, and end the visit."""
        if not holds:
            self._visitors.tally.failure(route, text)
            raise Lost
