"""Sign-up with a captcha on either application, before a real provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.apps import App
from tests.support.captcha import RIGHT_TOKEN, SECRET, CaptchaProvider
from tests.support.fishtest import Browser, Seeded, seeded
from tests.support.mongo import mongo_client, mongo_url

__all__ = ["mongo_client", "mongo_url", "seeded"]

PASSWORD = "plum7 trolley9 Quartz"


@pytest.fixture(scope="module")
def provider() -> Iterator[CaptchaProvider]:
    one = CaptchaProvider()
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module", params=["legacy_pyramid", "new_server"])
def app(
    request: pytest.FixtureRequest,
    seeded: Seeded,
    provider: CaptchaProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    captcha = {
        "FISHTEST_CAPTCHA_SECRET": SECRET,
        "FISHTEST_CAPTCHA_SITE_KEY": "key-of-the-site",
        "FISHTEST_CAPTCHA_URL": provider.url,
        "NO_PROXY": "127.0.0.1",
    }
    folder = tmp_path_factory.mktemp("app")
    with App(request.param, folder, seeded.url, seeded.name, FISHTEST_ROLE="standby", **captcha) as running:
        yield running


def test_only_who_solves_the_captcha_gets_an_account(app: App, seeded: Seeded) -> None:
    name = app.log.stem.replace("_", "").replace("-", "")
    form = {"username": name, "password": PASSWORD, "password2": PASSWORD, "email": f"{name}@example.org"}
    with Browser(app) as browser:
        assert LexborHTMLParser(browser.client.get("/signup").text).css_first('[data-sitekey="key-of-the-site"]')
        for token in ({}, {"g-recaptcha-response": "wrong"}):
            answer = browser.post("/signup", **form, **token)
            assert "Captcha failed: please try again" in answer.text
            assert answer.status_code == 200
        assert seeded.db["users"].find_one({"username": name}) is None
        assert browser.post("/signup", **form, **{"g-recaptcha-response": RIGHT_TOKEN}).status_code == 302
    assert seeded.db["users"].find_one({"username": name}) is not None
    assert SECRET not in app.log_text()
    assert PASSWORD not in app.log_text()


def test_without_a_provider_nobody_gets_an_account(app: App, provider: CaptchaProvider) -> None:
    """An answer that is no verdict is what a proxy on the way may send."""
    provider.answer = b"<html>502</html>"
    form = {"username": "late", "password": PASSWORD, "password2": PASSWORD, "email": "late@example.org"}
    with Browser(app) as browser:
        answer = browser.post("/signup", **form, **{"g-recaptcha-response": RIGHT_TOKEN})
    provider.answer = None
    assert (answer.status_code, "Captcha failed" in answer.text) == (200, True)
