"""The form of a new test in a browser, on both applications: presets, fields that come and go, a test on its way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo import cast
from tests.support.apps import App
from tests.support.chromium import PHONE, chromium, sideways, visitor
from tests.support.fishtest import Seeded, seeded
from tests.support.github import GithubServer
from tests.support.mongo import mongo_client, mongo_url
from tests.support.new_tests import FORK, a_net, teach

__all__ = ["chromium", "mongo_client", "mongo_url", "seeded", "visitor"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def github() -> Iterator[GithubServer]:
    with GithubServer() as server:
        teach(server)
        yield server


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(
    request: pytest.FixtureRequest, seeded: Seeded, github: GithubServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    seeded.db["nns"].replace_one({"name": a_net()["name"]}, a_net(), upsert=True)
    settings = {"FISHTEST_OFFLINE": "0", "FISHTEST_GITHUB_URL": github.url}
    with App(request.param, tmp_path_factory.mktemp("app"), seeded.url, seeded.name, **settings) as running:
        yield running


@pytest.fixture
def page(app: App, visitor: BrowserContext) -> Page:
    """The form, reached through the login that it asks for."""
    found = visitor.new_page()
    found.goto(app.url + "/tests/run")
    found.get_by_label("Username").fill("grace")
    found.get_by_label("Password").fill(cast.person("grace").password)
    found.get_by_role("button", name="Log in").click()
    found.wait_for_url(app.url + "/tests/run")
    return found


def field(page: Page, name: str) -> str:
    return page.locator(f"[name='{name}']").input_value()


def test_a_preset_fills_in_what_it_stands_for(page):
    page.get_by_role("button", name="LTC", exact=True).click()
    assert [field(page, name) for name in ("tc", "new_tc", "new-options", "sprt_elo0", "sprt_elo1")] == [
        "60+0.6",
        "60+0.6",
        "Hash=64",
        "0.5",
        "2.5",
    ]
    page.get_by_role("button", name="Progression against SF_17").click()
    assert (field(page, "base-branch"), field(page, "base-signature")) == (
        "e0bfc4b69bbe928d6f474a46560bcc3b3f6709aa",
        "1484730",
    )
    expect(page.get_by_label("Number of games").last).to_be_visible()


def test_only_the_fields_of_the_chosen_rule_are_seen(page):
    elo, games, parameters = page.locator("#sprt_elo0"), page.locator("#num-games"), page.locator("#spsa_raw_params")
    seen = []
    for rule in ("SPRT", "Number of games", "SPSA"):
        page.get_by_role("radio", name=rule).check()
        seen.append(tuple(part.is_visible() for part in (elo, games, parameters)))
    assert seen == [(True, False, False), (False, True, False), (False, True, True)]


def test_without_odds_both_sides_have_one_time_control(page):
    page.locator("#tc").fill("30+0.3")
    assert field(page, "new_tc") == "30+0.3"
    page.get_by_label("Time odds").check()
    page.locator("#new_tc").fill("15+0.15")
    page.locator("#tc").fill("20+0.2")
    assert field(page, "new_tc") == "15+0.15"


def test_a_test_is_submitted_and_can_be_repeated_from_another_branch(page, app, github):
    """A repeated test keeps its commits until one of its branches is changed; then they are looked up anew."""
    page.locator("#tests-repo").fill(f"https://github.com/{FORK}")
    page.locator("#test-branch").fill("lmr_tweak")
    page.get_by_role("button", name="Submit test").click()
    page.wait_for_url("**/tests/view/*?follow=1")
    expect(page.locator(".flash.success")).to_have_text("The test was submitted; it runs once an approver has agreed")
    expect(page.locator("#details tr[data-name='new_tag'] td")).to_have_text("lmr_tweak")
    expect(page.locator("#details tr[data-name='new_signature'] td")).to_have_text("7654321")

    run_id = page.url.partition("?")[0].rpartition("/")[2]
    page.goto(f"{app.url}/tests/run?id={run_id}")
    assert page.locator(".resolved:enabled").count() == 4
    page.locator("#test-branch").fill("master")
    assert page.locator(".resolved:enabled").count() == 0
    page.locator("#test-signature").fill("")
    page.get_by_role("button", name="Submit test").click()
    page.wait_for_url("**/tests/view/*?follow=1")
    expect(page.locator("#details tr[data-name='resolved_new'] td")).to_have_text("a" * 40)
    expect(page.locator("#details tr[data-name='new_signature'] td")).to_have_text("1234567")


def test_the_form_fits_on_a_phone(page):
    page.set_viewport_size(PHONE)
    for rule in ("SPRT", "SPSA"):
        page.get_by_role("radio", name=rule).check()
        assert sideways(page) == 0
