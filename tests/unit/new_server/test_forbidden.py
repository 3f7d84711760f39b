"""What a 403 would show on either application: nothing raises one, so the tests do."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request, apply_request_extensions
from starlette.exceptions import HTTPException

from domain.settings import Settings
from legacy_pyramid import main
from new_server.app import create_app
from tests.support.mongo import db_name, mongo_client, mongo_url

__all__ = ["db_name", "mongo_client", "mongo_url"]


@pytest.fixture
def settings(mongo_url: str, db_name: str) -> Settings:
    return Settings(db_url=mongo_url, db_name=db_name, offline=True)


def test_the_legacy_application_shows_the_login_form_for_a_403(settings: Settings) -> None:
    app = main(settings)
    request = Request.blank("/tests")
    request.registry = app.registry
    apply_request_extensions(request)
    refused = HTTPForbidden()
    answer = request.invoke_exception_view((HTTPForbidden, refused, None))
    app.registry.fishtest.stop()
    assert answer.status_code == 200
    assert 'name="password"' in answer.text


async def ask(settings: Settings, path: str) -> httpx.Response:
    app = create_app(settings)

    @app.get(path)
    def refuse() -> None:
        raise HTTPException(403)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fishtest.example") as client:
        answer = await client.get(path)
    app.state.fishtest.stop()
    return answer


def test_the_port_shows_it_too(settings: Settings) -> None:
    answer = asyncio.run(ask(settings, "/forbidden"))
    assert answer.status_code == 200
    assert 'name="password"' in answer.text
