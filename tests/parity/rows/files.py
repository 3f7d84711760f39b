"""Static files."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.rows.row import (
    Row,
)


def rows() -> Iterator[Row]:
    yield Row("a style sheet", "GET", "/static/css/$css")
    yield Row("HEAD of a style sheet", "HEAD", "/static/css/$css")
    yield Row("POST of a style sheet", "POST", "/static/css/$css")
    yield Row("a style sheet with a token", "GET", "/static/css/$css?x=anything")
    yield Row("a script", "GET", "/static/js/$js")
    yield Row("an image", "GET", "/static/img/$img")
    for name, header in (
        ("since long ago", ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")),
        ("since later", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")),
        ("since never", ("If-Modified-Since", "rubbish")),
        ("the first bytes", ("Range", "bytes=0-9")),
        ("the last bytes", ("Range", "bytes=-9")),
        ("the rest", ("Range", "bytes=10-")),
        ("too much", ("Range", "bytes=0-99999999")),
        ("nothing there", ("Range", "bytes=99999999-")),
        ("an odd unit", ("Range", "lines=1-2")),
        ("backwards", ("Range", "bytes=9-1")),
    ):
        yield Row(f"a style sheet {name}", "GET", "/static/css/$css", headers=(header,))
    for target in (
        "/static",
        "/static/",
        "/static/css",
        "/static/css/",
        "/static/nope.css",
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static/css/%00",
    ):
        yield Row(f"GET {target}", "GET", target)
