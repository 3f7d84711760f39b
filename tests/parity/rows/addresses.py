"""Methods and paths that no route takes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.parity.rows.row import (
    FORM,
    Row,
    asked,
)


def rows() -> Iterator[Row]:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        yield Row(f"{method} on a worker route", method, "/api/beat")
    yield Row("PUT of a worker body", "PUT", "/api/request_version", json.dumps(asked()))
    for target in (
        "/api/beat/",
        "/api",
        "/api/",
        "/api/nothing",
        "/nope",
        "/tests/",
        "/login/",
        "/favicon.ico",
        "/robots.txt",
        "/tests/view/",
        "/tests/view/$sprt/",
        "/tests/view/a%2Fb",
        "/docs",
        "/openapi.json",
        "/internal/nothing",
    ):
        yield Row(f"GET {target}", "GET", target)
    yield Row("POST to a slash", "POST", "/api/beat/", json.dumps(asked()))
    yield Row("GET of logout", "GET", "/logout")
    yield Row("HEAD of logout", "HEAD", "/logout")
    yield Row("PUT of login", "PUT", "/login", "x=1", (FORM,))
    yield Row("DELETE of login", "DELETE", "/login")
    yield Row("OPTIONS of login", "OPTIONS", "/login")
    yield Row("two slashes", "GET", "//tests")
    yield Row("two slashes inside", "GET", "/tests//view")
    yield Row("a path that is no UTF-8", "GET", "/%ff")
    yield Row("a query that is no UTF-8", "GET", "/tests?page=%ff")
    yield Row("a fraction of the path encoded", "GET", "/%74ests?page=2")
