"""The system's Chromium, driven by Playwright: one process for a test module, a fresh profile for each visitor.

Import the fixtures by name. Whatever a page complains of while a `visitor` uses it fails the test at its end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, WebError, expect, sync_playwright

EXECUTABLE = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000.0
"""How long a page may take to show what a test expects, in milliseconds; long, since machines are shared."""
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The running browser; Playwright gives it an empty profile folder and removes that at the end."""
    if not EXECUTABLE.exists():
        why = f"{EXECUTABLE} is missing; on Debian and Ubuntu: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor with cookies of its own, whose pages must give no cause for complaint."""
    context = chromium.new_context(viewport=DESK)
    context.set_default_timeout(PATIENCE)
    complaints = watch(context)
    yield context
    for page in context.pages:
        page.evaluate("'a round trip: what the page complained of before is here now'")
    found = "\n".join(complaints)
    context.close()
    assert not found, found


def watch(context: BrowserContext) -> list[str]:
    """What goes wrong in the pages from now on: console errors and warnings, lost scripts, dialogs, CSP violations."""
    complaints: list[str] = []

    def told(message: ConsoleMessage) -> None:
        # Chromium reports what a content security policy stopped as a console error.
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def raised(error: WebError) -> None:
        complaints.append(f"exception: {error.error}")

    def opened(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("console", told)
    context.on("weberror", raised)
    context.on("dialog", opened)
    return complaints


def sideways(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


def unfold(page: Page) -> None:
    """Open everything on the page that can be opened."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
