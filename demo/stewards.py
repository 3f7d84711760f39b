"""The life of a test in the hands of people: submitted, changed, approved, stopped, purged, deleted; and a network.

The test asks for more threads than any machine has, so that no worker's task depends on it.
"""

from __future__ import annotations

import asyncio
import hashlib
import random

from demo import rooms
from demo.browser import Browser, Lost, Page, Surroundings
from demo.cast import APPROVER, NET, STEWARD


class Stewards:
    """Two people who take turns: one submits tests, the other approves them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._random = random.Random("stewards")

    async def run(self, template: str, stop: asyncio.Event) -> None:
        """One test after the other, each made from the run with this name, until the event is set."""
        while not stop.is_set():
            async with self._browser(STEWARD) as steward, self._browser(APPROVER) as approver:
                try:
                    await self._one_life(steward, approver, template)
                except Lost:
                    continue

    def _browser(self, account: str) -> Browser:
        return Browser(account, self._around, self._random)

    async def _one_life(self, steward: Browser, approver: Browser, template: str) -> None:
        page = await steward.log_in()
        original = await self._run_called(steward, page, template)
        run_id = await submit_and_modify(steward, original)
        token = (await approver.log_in()).token
        await rooms.of_an_approver(approver)
        await told(approver, "tests.approve", "/tests/approve", {"run-id": run_id, "csrf_token": token}, "approved")
        for step, word in (("stop", "Stopped run"), ("purge", ""), ("delete", "Deleted run")):
            fields = {"run-id": run_id, "csrf_token": page.token}
            async with self._around.ending:
                await told(steward, f"tests.{step}", f"/tests/{step}", fields, word)
        await upload(steward)
        await steward.log_out(page.token)
        await approver.log_out(token)

    async def _run_called(self, browser: Browser, page: Page, template: str) -> str:
        """The id of the paused run with this name."""
        found = [path for path in page.links("/tests/view/") if page.text(f"a[href$='{path}']") == template]
        browser.expect(bool(found), "tests.list", f"there is no run {template!r}")
        return found[0].rpartition("/")[2]


async def submit_and_modify(browser: Browser, original: str) -> str:
    """Repeat a test through the form, then change what its owner may change; the id of the new one."""
    target = f"/tests/run?id={original}"
    fields = (await browser.page("tests.run", target)).fields("form#new-test")
    if browser.chance(0.3):
        again = Page((await browser.send("tests.run", "POST", target, 200, data=fields | {"tc": "fast"})).text)
        browser.expect(bool(again.flash), "tests.run", "a wrong form is not told")
    led = await browser.redirected("tests.run", "POST", target, to="/tests/view/*", data=fields)
    run_id = led.partition("?")[0].rpartition("/")[2]
    page = await browser.page("tests.view", led)
    changed = page.fields("form[action$='/tests/modify']") | {"info": "as discussed", "priority": "-40"}
    browser.expect(changed.get("run") == run_id, "tests.view", f"the form changes {changed.get('run')!r}")
    await told(browser, "tests.modify", "/tests/modify", changed, "")
    return run_id


async def upload(browser: Browser) -> None:
    """A network that nobody had before; its name is the beginning of its digest."""
    page = await browser.page("nets.upload", "/upload")
    content = browser.random.randbytes(2048)
    name = f"nn-{hashlib.sha256(content).hexdigest()[:12]}.nnue"
    fields = {"csrf_token": page.token}
    await browser.redirected(
        "nets.upload", "POST", "/upload", to="/nns", data=fields, files={"network": (name, content)}
    )
    await browser.redirected("api.nn", "GET", f"/api/nn/{NET}", to=f"/nn/{NET}")


async def told(browser: Browser, route: str, target: str, fields: dict[str, str], word: str) -> None:
    """Send a form that leads back to the list, which says what came of it."""
    await browser.redirected(route, "POST", target, to="/tests", data=fields)
    if browser.chance(0.4):
        page = await browser.page("tests.list", "/tests")
        browser.expect(bool(page.flash) and word in page.flash, route, f"the list says {page.flash!r}, not {word!r}")
