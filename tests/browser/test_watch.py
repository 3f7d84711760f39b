"""What the other browser tests rely on: a page that misbehaves is noticed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium, sideways, watch

__all__ = ["chromium"]
pytestmark = pytest.mark.browser

POLICY = {"content-security-policy": "default-src 'none'"}


@pytest.mark.parametrize(
    ("body", "fields", "complaint"),
    [
        ("<script>alert('here')</script>", {}, "dialog: here"),
        ("<script>throw Error('lost')</script>", {}, "exception: lost"),
        ("<script>console.error('odd')</script>", {}, "error: odd"),
        ("<script>alert(1)</script>", POLICY, "violates the following Content Security Policy"),
        ("<p style='color: red'>", POLICY, "violates the following Content Security Policy"),
    ],
)
def test_a_page_that_misbehaves_is_noticed(chromium: Browser, body: str, fields: dict[str, str], complaint: str):
    context = chromium.new_context()
    complaints = watch(context)
    context.route("**/*", lambda route: route.fulfill(content_type="text/html", headers=fields, body=body))
    context.new_page().goto("http://page.test/")
    context.close()
    (found,) = complaints
    assert complaint in found


def test_a_page_that_is_too_wide_is_noticed(chromium: Browser):
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_content("<meta name=viewport content='width=device-width'><p style='width: 400px; margin: 0'>wide")
    assert sideways(page) > 0
    page.set_content("<p style='width: 100%; margin: 0'>fits")
    assert sideways(page) == 0
    page.close()
