"""Event log, networks and tools in a browser, the same steps on both applications."""

from __future__ import annotations

import math
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo import cast
from tests.support.apps import App
from tests.support.chromium import PHONE, chromium, sideways, visitor
from tests.support.fishtest import Seeded, seeded
from tests.support.log_and_nets import net_name, seed_log, seed_nets
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["chromium", "mongo_client", "mongo_url", "seeded", "visitor"]
pytestmark = pytest.mark.browser

USER = "grace"
QUOTA = '{"limit": 60, "used": 3, "remaining": 57, "reset": 1790000000}'


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(request: pytest.FixtureRequest, seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    for collection, fill in (("actions", seed_log), ("nns", seed_nets)):
        seeded.db[collection].delete_many({})
        fill(seeded.db)
    nets = str(tmp_path_factory.mktemp("nets"))
    with App(request.param, tmp_path_factory.mktemp("app"), seeded.url, seeded.name, FISHTEST_NETS=nets) as running:
        yield running


@pytest.fixture
def page(app: App, visitor: BrowserContext) -> Page:
    return visitor.new_page()


def outcomes(page: Page) -> list[list[str]]:
    return [row.locator("td").all_inner_texts() for row in page.locator("#outcomes tbody tr").all()]


def test_the_calculator_knows_its_error_rates(app: App, page: Page) -> None:
    """At Elo 0 the test passes in 5 % of all cases and at Elo 1 in 95 %, by the definition of its bounds."""
    bound, apart = math.log(19), 2 / 347.4355855
    at_the_ends = f"{round(2 * bound * 0.9 / apart**2):,}"
    without_drift = f"{round((bound / apart) ** 2):,}"
    page.goto(f"{app.url}/sprt_calc")
    found = {elo: (passed, games) for elo, _, passed, games in outcomes(page)}
    assert found["0.00"] == ("5.0 %", at_the_ends)
    assert found["2.00"] == ("95.0 %", at_the_ends)
    assert found["1.00"] == ("50.0 %", without_drift)
    assert len(page.locator("#pass-chart polyline").get_attribute("points").split()) == 121  # type: ignore[union-attr]


def test_the_calculator_follows_its_fields_and_its_address(app: App, page: Page) -> None:
    page.goto(f"{app.url}/sprt_calc?elo_model=logistic&elo0=-1.75&elo1=0.25&draw_ratio=0.6")
    assert {row[0] for row in outcomes(page)} >= {"-1.75", "0.25"}
    expect(page.locator("#other-model")).to_have_text("Normalized Elo")
    page.get_by_label("Elo 1").fill("-3")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Elo 1").fill("2.25")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert "elo1=2.25" in page.url
    assert {row[0] for row in outcomes(page)} >= {"-1.75", "2.25"}


def answer_quotas(page: Page, server: str) -> None:
    """Stand in for GitHub, which no test may ask, and for the server's own quota."""
    client = f'{{"resources": {{"core": {QUOTA}}}}}'
    allowed = {"Access-Control-Allow-Origin": "*"}
    page.route("https://api.github.com/rate_limit", lambda route: route.fulfill(body=client, headers=allowed))
    page.route("**/api/rate_limit", lambda route: route.fulfill(body=server))


def test_the_rate_limits_show_both_quotas(app: App, page: Page) -> None:
    answer_quotas(page, QUOTA.replace("57", "4871"))
    page.goto(f"{app.url}/rate_limits")
    expect(page.locator("#client [data-field=remaining]")).to_have_text("57")
    expect(page.locator("#server [data-field=remaining]")).to_have_text("4871")
    expect(page.locator("#client [data-field=used]")).to_have_text("3")


def test_a_quota_that_cannot_be_had_is_unknown(app: App, page: Page) -> None:
    answer_quotas(page, "no JSON")
    page.goto(f"{app.url}/rate_limits")
    expect(page.locator("#server [data-field=remaining]")).to_have_text("unknown")
    expect(page.locator("#client [data-field=remaining]")).to_have_text("57")


def test_the_box_for_networks_of_master_is_remembered(app: App, page: Page) -> None:
    page.goto(f"{app.url}/nns")
    expect(page.get_by_role("link", name=net_name(28), exact=True)).to_be_visible()
    page.get_by_label("Only networks of master").check()
    expect(page.get_by_role("link", name=net_name(28), exact=True)).to_have_count(0)
    page.goto(f"{app.url}/nns?page=1")
    expect(page.get_by_label("Only networks of master")).to_be_checked()
    page.get_by_label("Only networks of master").uncheck()
    expect(page.get_by_role("link", name=net_name(28), exact=True)).to_be_visible()


def test_a_user_uploads_a_network(app: App, page: Page, tmp_path: Path) -> None:
    content = app.url.encode()
    file = tmp_path / f"nn-{sha256(content).hexdigest()[:12]}.nnue"
    file.write_bytes(content)
    page.goto(f"{app.url}/nns")
    page.get_by_role("link", name="Upload a network").click()
    expect(page.get_by_role("status")).to_have_text("Please login")
    page.get_by_label("Username").fill(USER)
    page.get_by_label("Password").fill(cast.person(USER).password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Network").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(f"{app.url}/nns")
    expect(page.get_by_role("link", name=file.name)).to_be_visible()


def test_a_search_of_the_log_keeps_what_was_asked(app: App, page: Page) -> None:
    page.goto(f"{app.url}/actions")
    page.get_by_label("Event").select_option("failed_task")
    page.get_by_label("Text").fill('"would not build"')
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#actions tbody tr")).to_have_count(1)
    expect(page.locator("#actions .info")).to_have_text("Engine would not build: <b>no g++</b>")
    expect(page.get_by_label("Text")).to_have_value('"would not build"')
    expect(page.get_by_label("Event")).to_have_value("failed_task")


@pytest.mark.parametrize("path", ["/actions", "/nns", "/sprt_calc", "/rate_limits"])
def test_a_phone_shows_the_page_without_scrolling_sideways(app: App, page: Page, path: str) -> None:
    answer_quotas(page, QUOTA)
    page.set_viewport_size(PHONE)
    page.goto(app.url + path)
    assert sideways(page) == 0
