"""A real store in a file, routes of a group with state and of one without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.routes import Route, RouteTable
from shadow.store import open_store
from shadow.store.base import Store

ROUTES = RouteTable(
    [
        Route("api.beat", "/api/beat", frozenset({"POST"}), group="worker"),
        Route("api.update", "/api/update", frozenset({"POST"}), group="worker"),
        Route("orders.list", "/orders"),
    ]
)


@pytest.fixture
def routes() -> RouteTable:
    return ROUTES


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shadow.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    opened.register(ROUTES)
    yield opened
    opened.close()
