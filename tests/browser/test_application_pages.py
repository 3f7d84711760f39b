"""What a person does in a browser, the same steps on both applications: the legacy one and its port."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo import cast
from tests.support.apps import App
from tests.support.chromium import PHONE, chromium, sideways, unfold, visitor
from tests.support.fishtest import FIXED_ARCH, PLANS, SPRT_ARCH, SPSA_ARCH, Seeded, Worker, drawn, seeded
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


def test_the_machines_are_fetched_when_somebody_looks(page):
    machine = page.locator("#machines td.machine")
    expect(machine).to_have_count(0)
    page.locator("#machines > summary").click()
    expect(machine).to_have_text("carol-4cores-00000001-1a2b")
    page.reload()
    expect(machine).to_be_visible()


def test_a_live_test_shows_its_figures(app, seeded, page):
    with Worker(app, SPRT_ARCH) as worker:
        worker.ask("update_task", stats=drawn(6), **worker.take_task())
    page.goto(f"{app.url}/tests/live_elo/{seeded.runs['sprt']}")
    expect(page.locator("#live-state")).to_contain_text("Read at")
    expect(page.locator("#gauge-llr .high")).to_have_text("2.94")
    expect(page.locator("#pentanomial")).to_have_text(re.compile("0, 0, [36], 0, 0"))
    assert "deg" in page.locator("#gauge-elo .hand").evaluate("hand => hand.style.rotate")


def test_who_follows_a_test_sees_it_change(app, seeded, page):
    page.goto(f"{app.url}/tests/view/{seeded.runs['spsa']}")
    expect(page.locator("#active-workers")).to_have_text("0")
    with Worker(app, SPSA_ARCH) as worker:
        task = worker.take_task()
        page.get_by_role("button", name="Follow").click()
        expect(page.locator("#active-workers")).to_have_text("1")
        worker.ask("failed_task", **task)


def test_the_menu_unfolds_on_a_phone(app, page):
    page.set_viewport_size(PHONE)
    finished = page.get_by_role("link", name="Finished", exact=True)
    expect(finished).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    finished.click()
    page.wait_for_url(app.url + "/tests/finished")
    expect(finished).to_be_hidden()


@pytest.mark.parametrize(
    "path",
    [
        "/tests",
        "/tests/finished",
        "/tests/user/grace",
        "/tests/view/{fixed}",
        "/tests/view/{spsa}",
        "/tests/stats/{sprt}",
        "/tests/live_elo/{sprt}",
        "/login",
    ],
)
def test_no_page_scrolls_sideways_on_a_phone(app, seeded, page, path):
    page.set_viewport_size(PHONE)
    answer = page.goto(app.url + path.format(**seeded.runs))
    assert answer.status == 200
    unfold(page)
    assert sideways(page) == 0
