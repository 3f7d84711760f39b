"""The console as an operator sees it, over a running harness with a wrong port and hostile traffic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.chromium import PHONE, chromium, sideways, unfold, visitor
from tests.support.harness import ROUTES, Harness
from tests.support.people import a_note, client

__all__ = ["chromium", "visitor"]
pytestmark = pytest.mark.browser

SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(2)>"
PAGES = ("/", "/ledger", "finding", "unit")


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """Three notes that the candidate gets wrong, one with a hostile text, asked for under a hostile address."""
    with Harness(tmp_path_factory.mktemp("console"), wrong="text") as running:
        with client(running.proxy) as browser:
            hostile = a_note(browser, SCRIPT + IMAGE)
            a_note(browser, "plain")
        assert raw_get(running, f"/{SCRIPT}") == 404
        assert raw_get(running, f"/notes/{hostile}?{SCRIPT}") == 200
        held = running.shadow("hold", "login", "--reason", f"not before spring {SCRIPT}")
        assert held.returncode == 0, held.stderr
        running.all_judged()
        yield running


@pytest.fixture
def page(harness: Harness, visitor: BrowserContext) -> Page:
    """The overview, as the sign-in link opens it."""
    found = visitor.new_page()
    found.goto(sign_in_link(harness))
    return found


def sign_in_link(harness: Harness) -> str:
    return f"{harness.console}/login?token={(harness.folder / 'console.token').read_text().strip()}"


def raw_get(harness: Harness, target: str) -> int:
    """Ask the proxy for the target as it stands; an ordinary client would percent-encode it."""
    host, port = harness.proxy.removeprefix("http://").split(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    connection.request("GET", target)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def show(page: Page, name: str) -> None:
    """Go there from the overview, as an operator does."""
    if name == "finding":
        page.locator("a[href^='/findings/']").click()
        page.wait_for_url("**/findings/*")
    elif name == "unit":
        row(page, "notes.read").locator("a").click()
        page.wait_for_url("**/units/notes")
    elif name != "/":
        page.locator(f"nav a[href='{name}']").click()
        page.wait_for_url(f"**{name}")


def row(page: Page, route: str) -> Locator:
    """The row of a route in the table of routes."""
    return page.locator("table").first.locator("tbody tr").filter(has=page.get_by_text(route, exact=True))


def test_the_sign_in_link_opens_the_overview_and_leaves_no_token_in_the_address(harness, page):
    assert page.url == harness.console + "/"
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert cookie["value"] not in sign_in_link(harness)


def test_the_overview_shows_every_route_and_the_one_finding(page):
    for name, *_ in ROUTES:
        expect(row(page, name)).to_have_count(1)
    expect(row(page, "notes.read")).to_contain_text("blocked")
    finding = page.locator("h2#findings + .scroll tbody tr")
    expect(finding).to_have_count(1)
    expect(finding).to_contain_text("notes.read")
    expect(finding).to_contain_text("json:$.text")
    expect(finding.locator("td.open")).to_be_visible()


def test_the_overview_renews_itself_when_more_requests_pass(harness, page):
    count = row(page, "me").locator("td.n").first
    before = int(count.inner_text())
    page.evaluate("document.body.dataset.kept = 'yes'")
    with client(harness.proxy) as browser:
        browser.get("/me")
        browser.get("/me")
    expect(count).to_have_text(str(before + 2))
    assert page.evaluate("document.body.dataset.kept") == "yes", "the page was loaded anew instead"


def test_a_click_on_the_finding_shows_both_values_side_by_side(page):
    show(page, "finding")
    sample = page.locator("section").filter(has_text='"plain"')
    primary, candidate = sample.locator(".pair").first.locator("pre").all()
    expect(primary).to_have_text('"plain"')
    expect(candidate).to_have_text('"plain!"')
    left, right = primary.bounding_box(), candidate.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


def test_the_request_and_both_answers_of_a_sample_unfold(page):
    show(page, "finding")
    sample = page.locator("section").filter(has_text='"plain"')
    request = sample.locator("details > pre")
    expect(request).to_be_hidden()
    sample.locator("summary").click()
    expect(request).to_be_visible()
    expect(request).to_contain_text(re.compile(r"GET /notes/[0-9a-f]{24}"))


def test_the_ledger_tells_who_did_what_and_why(page):
    show(page, "/ledger")
    entry = page.locator("tbody tr").filter(has_text="not before spring")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("hold")
    expect(entry.locator("code")).to_have_text("login")


@pytest.mark.parametrize("path", ["/", "/overview", "/ledger", "/findings/1", "/api/report", "/login?token=guessed"])
def test_a_stranger_sees_nothing(harness, chromium: Browser, path):
    """Unwatched, since Chromium reports the refusal itself as an error."""
    stranger = chromium.new_page()
    answer = stranger.goto(harness.console + path)
    assert answer.status == 401
    body = stranger.locator("body").inner_text()
    assert "notes" not in body
    assert len(body) < 150
    assert stranger.context.cookies() == []
    stranger.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_from_traffic_never_runs(page, name):
    """A dialog or a blocked script would be a complaint of the visitor's."""
    show(page, name)
    unfold(page)
    (script,) = page.locator("script").all()
    assert script.get_attribute("src").startswith("/static/vendor/htmx")
    assert page.locator("img, iframe, object, svg, [onerror]").count() == 0


def test_hostile_text_is_shown_as_the_text_that_it_is(page):
    show(page, "finding")
    sample = page.locator("section").filter(has_text=f"?{SCRIPT}")
    expect(sample.locator(".pair pre").first).to_contain_text(SCRIPT + IMAGE)
    sample.locator("summary").click()
    expect(sample.locator("details > pre")).to_contain_text(f"?{SCRIPT}")


def test_the_button_of_a_finding_tries_it_again(page):
    """Read from both sides of the live world, which still differ; the browser must let the form through."""
    show(page, "finding")
    page.get_by_role("button", name="try again now").click()
    expect(page.get_by_role("heading", name="still different")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(page, name):
    page.set_viewport_size(PHONE)
    show(page, name)
    unfold(page)
    assert sideways(page) == 0


def test_a_named_operator_freezes_and_lifts_it_by_button_and_the_ledger_tells_who(harness, page):
    """The page's own policy must let its forms through; a click is no use if the browser blocks it."""
    token = harness.shadow("operators", "add", "ann").stdout.strip()
    page.goto(f"{harness.console}/login?token={token}")
    expect(page.locator("header .who")).to_have_text("ann@console")
    page.get_by_placeholder("why nothing may move forward").fill("the week of the sale")
    page.get_by_role("button", name="freeze all").click()
    expect(page.get_by_text("All is frozen: the week of the sale")).to_be_visible()
    page.get_by_role("button", name="unfreeze").click()
    expect(page.get_by_role("button", name="freeze all")).to_be_visible()
    show(page, "/ledger")
    for action in ("freeze", "unfreeze"):
        entry = page.locator("tbody tr").filter(has=page.get_by_role("cell", name=action, exact=True))
        expect(entry).to_contain_text("ann@console")


def test_a_routes_page_says_why_it_may_not_move_and_a_hold_is_released_there(page):
    row(page, "login").get_by_role("link", name="login").click()
    page.wait_for_url("**/units/login")
    expect(page.get_by_text("not now: login is on hold").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^promote"))).to_have_count(0)
    page.get_by_placeholder("why it may move again").fill("spring has come")
    page.get_by_role("button", name="release").click()
    expect(page.get_by_text("On hold:")).to_have_count(0)
    expect(page.get_by_text("not now: login stays in shadow").first).to_be_visible()
