"""What a person does in a browser, the same steps on both applications: the legacy one and its port."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo import cast
from tests.support.apps import App
from tests.support.chromium import PHONE, chromium, sideways, unfold, visitor
from tests.support.fishtest import FIXED_ARCH, PLANS, Seeded, Worker, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["chromium", "mongo_client", "mongo_url", "seeded", "visitor"]
pytestmark = pytest.mark.browser

USER = "grace"


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(request: pytest.FixtureRequest, seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(request.param, tmp_path_factory.mktemp("app"), seeded.url, seeded.name) as running:
        with Worker(running, FIXED_ARCH) as worker:
            worker.take_task()
        yield running


@pytest.fixture
def page(app: App, visitor: BrowserContext) -> Page:
    found = visitor.new_page()
    found.goto(app.url + "/tests")
    return found


def log_in(page: Page, password: str) -> None:
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def open_test(page: Page, kind: str) -> None:
    page.get_by_role("link", name=PLANS[kind].name, exact=True).click()
    page.wait_for_url("**/tests/view/*")


def test_a_visitor_logs_in_opens_a_test_and_logs_out(app, seeded, page):
    log_in(page, cast.person(USER).password)
    page.wait_for_url(app.url + "/tests")
    expect(page.locator("#username")).to_have_text(USER)
    open_test(page, "fixed")
    assert page.url == f"{app.url}/tests/view/{seeded.runs['fixed']}"
    expect(page.locator("#details tr[data-name='new_tag'] td")).to_have_text(PLANS["fixed"].name)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(app.url + "/tests")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.locator("#username")).to_have_count(0)
    assert "auth_tkt" not in {cookie["name"] for cookie in page.context.cookies()}


def test_a_wrong_password_is_told_and_logs_nobody_in(page):
    log_in(page, "guessed")
    expect(page.get_by_role("alert")).to_have_text(f"Invalid password for user: {USER}")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_the_theme_switches_and_stays(app, page):
    root = page.locator("html")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    assert (dark := page.evaluate(colour)) != light
    open_test(page, "fixed")
    assert page.evaluate(colour) == dark
    page.get_by_role("button", name="Theme").click()
    page.goto(app.url + "/tests")
    expect(root).to_have_attribute("data-theme", "light")
    assert page.evaluate(colour) == light


def test_the_list_of_tasks_stays_open_for_its_reader(page):
    open_test(page, "fixed")
    task = page.locator("#task-0")
    expect(task).to_be_hidden()
    page.locator("#task-list > summary").click()
    expect(task).to_contain_text(re.compile("carol-4cores"))
    page.reload()
    expect(task).to_be_visible()


@pytest.mark.parametrize("path", ["/tests", "/tests/view/{fixed}", "/tests/view/{spsa}", "/login"])
def test_no_page_scrolls_sideways_on_a_phone(app, seeded, page, path):
    page.set_viewport_size(PHONE)
    answer = page.goto(app.url + path.format(**seeded.runs))
    assert answer.status == 200
    unfold(page)
    assert sideways(page) == 0
