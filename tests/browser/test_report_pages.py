"""The HTML report and the console's overview on a common screen: no reason is cut off, no name breaks in a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from shadow.report import as_html
from shadow.report.harmless import templates
from tests.support.chromium import chromium, visitor
from tests.support.reports import a_report, a_route

__all__ = ["chromium", "visitor"]
pytestmark = pytest.mark.browser

SHAPE = "GET 2xx signed-in application/json {body,closed,created_at,id,links,owner,priority,title,uid,updated_at}"
REASONS = ["4 findings open: 0377dc0aad537b2e, bd27fcad6e1a499d, ...", f"0 of 3 clean pairs of the shape '{SHAPE}'"]
NAMES = ("issues.list", "issues.comment", "api.issues")
STYLE = Path(__file__).parents[2] / "shadow" / "console" / "static" / "console.css"


def report_page() -> str:
    return as_html.render(a_report([a_route(name, reasons=REASONS) for name in NAMES]))


def overview() -> str:
    report = a_report([a_route(name, reasons=REASONS) for name in NAMES])
    main = templates("shadow.console").get_template("_overview.html.j2").render(report=report)
    return f"<!DOCTYPE html><style>{STYLE.read_text('utf-8')}</style><main>{main}</main>"


@pytest.mark.parametrize("text", [report_page, overview])
def test_the_routes_fit_the_width_of_a_common_screen(visitor: BrowserContext, text) -> None:
    page = visitor.new_page()
    page.set_viewport_size({"width": 1300, "height": 900})
    page.set_content(text())
    assert page.locator(".scroll").first.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    assert lines_of_names(page) == [1] * len(NAMES)


def lines_of_names(page: Page) -> list[int]:
    """In how many lines each route's name stands."""
    found: list[int] = page.locator("td.name code").evaluate_all("all => all.map(one => one.getClientRects().length)")
    return found
