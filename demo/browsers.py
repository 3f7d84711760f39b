"""People with browsers: visit after visit, each with cookies of its own.

A visitor opens the list, looks at runs and files, signs in (sometimes wrongly first), looks around and signs out; a
stroller goes through all rooms, as a stranger or signed in. What there is to see is in `rooms.py`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from demo import rooms
from demo.browser import Browser, Lost, Page, Surroundings
from demo.cast import BLOCKED, PENDING, person

UNKNOWN_PAGES = ("/nope", "/tests/", "/tests/view/zz", "/tests/view/0123456789abcdef01234567", "/static/css/none.css")

Visit = Callable[[Browser], Awaitable[None]]


@dataclass(slots=True)
class Visitors:
    """Those who come for their tests."""

    around: Surroundings

    async def run(self, accounts: Sequence[str], stop: asyncio.Event) -> None:
        """Let one browser for each account come again and again until the event is set."""
        await come(accounts, self.around, visit, stop)


@dataclass(slots=True)
class Strollers:
    """Those who look at everything."""

    around: Surroundings

    async def run(self, accounts: Sequence[str], stop: asyncio.Event) -> None:
        """Let one browser for each account go round and round until the event is set."""
        await come(accounts, self.around, stroll, stop)


async def come(accounts: Sequence[str], around: Surroundings, visiting: Visit, stop: asyncio.Event) -> None:
    """One browser for each account."""
    async with asyncio.TaskGroup() as group:
        for account in accounts:
            group.create_task(visit_again(account, around, visiting, stop), name=f"browser-{account}")


async def visit_again(account: str, around: Surroundings, visiting: Visit, stop: asyncio.Event) -> None:
    """Visit after visit; what goes wrong is in the tally and ends the visit, never the visitor."""
    chances = random.Random(account)
    while not stop.is_set():
        async with Browser(account, around, chances) as browser:
            try:
                await visiting(browser)
            except Lost:
                continue


async def visit(browser: Browser) -> None:
    """From the front door to the way out."""
    await browser.redirected("home", "GET", "/", to="/tests")
    page = await browser.page("tests.list", "/tests")
    browser.expect(page.username == "", "tests.list", f"{page.username!r} is signed in without a login")
    await look_around(browser, page)
    if browser.chance(0.25):
        await rooms.refused_sign_up(browser)
    page = await sign_in(browser, page)
    if browser.chance(0.4):
        page = await browser.page("tests.list", "/tests")
        browser.expect(
            page.username == browser.account, "tests.list", f"{page.username!r} instead of {browser.account!r}"
        )
        await look_around(browser, page)
    await rooms.of_a_member(browser)
    if browser.chance(0.1):
        await browser.send("logout", "POST", "/logout", 400)
    await browser.log_out(page.token)


async def stroll(browser: Browser) -> None:
    """Through all rooms, every other time signed in."""
    if browser.chance(0.5):
        await rooms.refused_sign_up(browser)
        await rooms.for_everybody(browser)
        return
    page = await browser.log_in()
    await rooms.for_everybody(browser)
    await browser.log_out(page.token)


async def sign_in(browser: Browser, page: Page) -> Page:
    """Now and then without the token, or wrongly first; the page that has the token."""
    if browser.chance(0.3):
        page = await browser.page("login", "/login?next=%2Ftests")
    if browser.chance(0.15):
        await browser.send("login", "POST", "/login", 400, data=browser.credentials())
    if browser.chance(0.25):
        page = await refused_login(browser, page.token)
    fields = browser.credentials() | {"csrf_token": page.token}
    if browser.chance(0.3):
        fields["stay_logged_in"] = "1"
    await browser.redirected("login", "POST", "/login", to="/", data=fields)
    return page


async def look_around(browser: Browser, page: Page) -> None:
    """A run, a file, a page that is not there: some of what a person clicks on."""
    runs = page.links("/tests/view/")
    browser.expect(bool(runs), "tests.list", "no run on the page")
    if browser.chance(0.7):
        await rooms.of_a_test(browser, browser.random.choice(runs))
    if browser.chance(0.5):
        await look_at_a_file(browser, browser.random.choice(page.files()))
    if browser.chance(0.1):
        await browser.page("unknown", browser.random.choice(UNKNOWN_PAGES), status=404)
    if browser.chance(0.1):
        await browser.page("tests.list", "/tests?page=2")
    if browser.chance(0.1):
        answer = await browser.send("tests.list", "HEAD", "/tests", 200)
        length = answer.headers.get("Content-Length", "")
        told = f"HEAD with Content-Length {length!r}"
        browser.expect(length.isdecimal() and not answer.content, "tests.list", told)


async def refused_login(browser: Browser, token: str) -> Page:
    """Sign in wrongly; the form comes again and says why."""
    blocked, pending = person(BLOCKED), person(PENDING)
    name, password, text = browser.random.choice(
        (
            (browser.account, "wrong", "Invalid password"),
            (blocked.name, blocked.password, "Account blocked"),
            (pending.name, pending.password, "Account pending"),
        )
    )
    fields = {"username": name, "password": password, "csrf_token": token}
    page = Page((await browser.send("login", "POST", "/login", 200, data=fields)).text)
    browser.expect(text in page.flash, "login", f"the form says {page.flash!r} instead of {text!r}")
    return page


async def look_at_a_file(browser: Browser, address: str) -> None:
    """A style or script, and the question whether it has changed."""
    found = urlsplit(address)
    here = f"{found.scheme}://{found.netloc}"
    browser.expect(here == browser.url, "static", f"the page leads away, to {address!r}")
    target = f"{found.path}?{found.query}"
    answer = await browser.send("static", "GET", target, 200)
    browser.expect(bool(answer.content), "static", f"{target} is empty")
    if browser.chance(0.6):
        headers = {"If-Modified-Since": answer.headers.get("Last-Modified", "")}
        await browser.send("static", "GET", target, 304, headers=headers)
